#include "collector/store/session_directory.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/store/disk.h"

namespace alibi::store {
namespace {

using nlohmann::json;

constexpr double kLatestSecond = 1e10;  // the year 2286: more is not a time

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (found->is_string()) return found->get<std::string>();
  if (!found->is_array()) return found->dump(-1, ' ', false, json::error_handler_t::replace);
  std::string words;  // a command line
  for (const json& word : *found) {
    if (!words.empty()) words += ' ';
    words += word.is_string() ? word.get<std::string>()
                              : word.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return words;
}

// In nanoseconds; 0 when there is none.
uint64_t moment_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return 0;
  const double seconds = found->get<double>();
  if (!std::isfinite(seconds) || seconds <= 0 || seconds >= kLatestSecond) return 0;
  return static_cast<uint64_t>(std::llround(seconds * 1e6)) * 1000;
}

std::string last_part(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace

bool parse_description(std::string_view text, collector::SessionDescription* description) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return false;
  if (std::string id = text_of(document, "id"); !id.empty()) description->id = std::move(id);
  if (const uint64_t started = moment_of(document, "started_unix"); started != 0)
    description->started_unix_ns = started;
  description->root = text_of(document, "root");
  description->environment_name = text_of(document, "environment");
  description->command = text_of(document, "command");
  description->interpreter = text_of(document, "interpreter");
  const auto complete = document.find("complete");
  description->complete = complete != document.end() && complete->is_boolean() && complete->get<bool>();
  const auto status = document.find("exit_status");
  if (status != document.end() && status->is_number_integer()) {
    const auto value = status->get<int64_t>();
    if (value >= INT32_MIN && value <= INT32_MAX) description->exit_status = static_cast<int32_t>(value);
  }
  description->document = document.dump(-1, ' ', false, json::error_handler_t::replace);
  return true;
}

ReadDescription read_description(const std::string& directory) {
  ReadDescription read;
  read.description.id = last_part(directory);
  struct stat status {};
  if (::stat(directory.c_str(), &status) == 0) {
    read.description.started_unix_ns = static_cast<uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U;
  }
  const Result<std::string> text = read_file(directory + "/session.json");
  if (!text)
    read.problem = text.error().message;
  else if (!parse_description(*text, &read.description))
    read.problem = directory + "/session.json is not a JSON object";
  return read;
}

Savings savings_of(const collector::SessionDescription& description) {
  constexpr double kMostSeconds = 1e9;
  const json document = json::parse(description.document, nullptr, false);
  if (!document.is_object()) return {};
  Savings savings;
  const auto tests = document.find("skipped");
  if (tests != document.end() && tests->is_number_unsigned())
    savings.tests = std::min<uint64_t>(tests->get<uint64_t>(), UINT32_MAX);
  const auto seconds = document.find("saved_s");
  if (seconds != document.end() && seconds->is_number()) {
    const double value = seconds->get<double>();
    if (value > 0 && value < kMostSeconds) savings.nanoseconds = static_cast<uint64_t>(value * 1e9);
  }
  return savings;
}

uint64_t ended_unix_ns(const collector::SessionDescription& description, const std::string& evidence_path) {
  const json document = json::parse(description.document, nullptr, false);
  if (const uint64_t ended = document.is_object() ? moment_of(document, "ended_unix") : 0; ended != 0)
    return ended;
  struct stat status {};
  if (::stat(evidence_path.c_str(), &status) != 0) return 0;
  return static_cast<uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U +
         static_cast<uint64_t>(status.st_mtim.tv_nsec);
}

bool is_session_directory(const std::string& directory) {
  const std::vector<std::string> names = names_in(directory);
  return names.empty() || std::any_of(names.begin(), names.end(), [](const std::string& name) {
           return name == "session.json" || name == "lock" || name.ends_with(".shard");
         });
}

std::vector<std::string> leftover_sessions(const std::string& data) {
  std::vector<std::string> leftovers;
  const std::string parent = data + "/sessions";
  for (const std::string& name : names_in(parent)) {
    const std::string directory = parent + "/" + name;
    if (lock_is_free(directory + "/lock") && !exists(directory + "/" + kKeptMark))
      leftovers.push_back(directory);
  }
  return leftovers;
}

}  // namespace alibi::store
