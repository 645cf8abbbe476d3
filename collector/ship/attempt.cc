#include "collector/ship/attempt.h"

#include <nlohmann/json.hpp>

namespace alibi::ship {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t number_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

const json& object_of(const json& object, const char* member) {
  static const json none = json::object();
  const auto found = object.find(member);
  return found != object.end() && found->is_object() ? *found : none;
}

payload::Tags tags_in(const json& object, const char* member) {
  payload::Tags tags;
  for (const auto& [name, value] : object_of(object, member).items()) {
    if (value.is_string()) tags.emplace_back(name, value.get<std::string>());
  }
  return tags;
}

void add_attempt(const json& read, std::vector<Attempt>* attempts) {
  if (!read.is_object()) return;
  Attempt attempt;
  attempt.name = text_of(read, "name");
  if (attempt.name.empty()) return;
  attempt.module = text_of(read, "module");
  attempt.suite = text_of(read, "suite");
  attempt.parameters = text_of(read, "parameters");
  attempt.start_ns = number_of(read, "start_ns");
  attempt.duration_ns = number_of(read, "duration_ns");
  const std::string status = text_of(read, "status");
  attempt.status = status == "pass" ? Status::kPass : status == "skip" ? Status::kSkip : Status::kFail;
  attempt.interrupted = status.empty();
  attempt.tags = tags_in(read, "tags");
  for (const auto& [name, value] : object_of(read, "metrics").items()) {
    if (value.is_number()) attempt.metrics.emplace_back(name, value.get<double>());
  }
  attempts->push_back(std::move(attempt));
}

}  // namespace

const char* status_name(Status status) {
  switch (status) {
    case Status::kPass:
      return "pass";
    case Status::kFail:
      return "fail";
    case Status::kSkip:
      return "skip";
  }
  return "fail";
}

std::vector<Attempt> read_attempts(std::string_view note) {
  const json read = json::parse(note, nullptr, false);
  std::vector<Attempt> attempts;
  if (!read.is_array()) {
    add_attempt(read, &attempts);
  } else {
    for (const json& each : read) add_attempt(each, &attempts);
  }
  return attempts;
}

payload::Tags read_session_tags(std::string_view note) {
  const json read = json::parse(note, nullptr, false);
  return read.is_object() ? tags_in(read, "session_tags") : payload::Tags();
}

}  // namespace alibi::ship
