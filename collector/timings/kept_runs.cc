// DATA/timings: writing, reading and forgetting what runs measured.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/model/plan_errors.h"
#include "collector/store/disk.h"
#include "collector/timings/notices.h"
#include "collector/timings/timings.h"
#include "tracer/base/hash.h"

namespace alibi::timings {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kLargestRun = 64u << 20;
constexpr uint64_t kLargestFolder = 128u << 20;
constexpr uint64_t kLongestMs = uint64_t{1} << 40;
constexpr int64_t kLatest = 253'402'300'799;  // the last second of the year 9999
constexpr int kSchema = 1;

std::string folder_of(const std::string& data) {
  return data + "/timings";
}

bool is_run(const std::string& name) {
  return name.ends_with(".json") && !store::is_temporary_name(name);
}

uint64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

std::string text_of(const RunTimings& run) {
  Json document = {{"schema", kSchema},
                   {"at_s", run.at_s},
                   {"machine", run.machine},
                   {"framework", run.framework},
                   {"workers", run.workers}};
  if (run.node_ms) document["node_ms"] = *run.node_ms;
  if (run.boot_ms) document["boot_ms"] = *run.boot_ms;
  if (run.file_ms) document["file_ms"] = *run.file_ms;
  Json whole = Json::object(), cut = Json::object();
  for (const RunTimings::File& file : run.files) (file.whole ? whole : cut)[file.file] = file.ms;
  document["files"] = std::move(whole);
  document["not_whole"] = std::move(cut);
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Sorts by age, and is another one for what any other run measured.
std::string name_of(const RunTimings& run, const std::string& text) {
  char name[64];
  std::snprintf(name, sizeof name, "%012lld-%016llx.json",
                static_cast<long long>(std::clamp<int64_t>(run.at_s, 0, kLatest)),
                static_cast<unsigned long long>(hash64(text.data(), text.size())));
  return name;
}

// The newest stay. What another process removes at the same time is gone as well.
void forget_old_runs(const std::string& folder) {
  std::vector<std::string> names = store::names_in(folder);
  std::erase_if(names, [](const std::string& name) { return !is_run(name); });
  uint64_t kept = 0, bytes = 0;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const std::string path = folder + "/" + *name;
    bytes += size_of(path);
    if (++kept > 1 && (kept > kMostRuns || bytes > kLargestFolder)) ::unlink(path.c_str());
  }
}

Result<Json> document_in(const std::string& path) {
  Result<store::InputFile> file = store::InputFile::open(path);
  if (!file) return std::move(file).error();
  std::string bytes;
  if (Result<void> read = file->append(kLargestRun + 1, &bytes); !read) return std::move(read).error();
  if (bytes.size() > kLargestRun) return Error{collector::kBadTimings, 0, path + " is too large"};
  Json document = Json::parse(bytes, nullptr, false);
  if (!document.is_object()) return Error{collector::kBadTimings, 0, path + " is damaged"};
  const auto schema = document.find("schema");
  if (schema == document.end() || *schema != kSchema)
    return Error{collector::kBadTimings, 0, path + " is of a version that this one does not know"};
  return document;
}

std::optional<uint64_t> number_of(const Json& document, const char* name, uint64_t most) {
  const auto member = document.find(name);
  if (member == document.end() || !member->is_number_unsigned()) return std::nullopt;
  const auto number = member->get<uint64_t>();
  return number <= most ? std::optional(number) : std::nullopt;
}

std::string text_in(const Json& document, const char* name) {
  const auto member = document.find(name);
  return member != document.end() && member->is_string() ? member->get<std::string>() : std::string();
}

// False when something in it is no duration.
bool read_files(const Json& document, const char* name, bool whole, RunTimings* run) {
  const auto files = document.find(name);
  if (files == document.end() || !files->is_object()) return false;
  for (const auto& [file, ms] : files->items()) {
    if (!ms.is_number_unsigned() || ms.get<uint64_t>() > kLongestMs) return false;
    run->files.push_back({file, ms.get<uint64_t>(), whole});
  }
  return true;
}

Result<RunTimings> read_run(const std::string& path) {
  const Result<Json> document = document_in(path);
  if (!document) return document.error();
  RunTimings run;
  const std::optional<uint64_t> at = number_of(*document, "at_s", kLatest);
  if (!at || !read_files(*document, "files", true, &run) || !read_files(*document, "not_whole", false, &run))
    return Error{collector::kBadTimings, 0, path + " is damaged"};
  run.at_s = static_cast<int64_t>(*at);
  run.machine = text_in(*document, "machine");
  run.framework = text_in(*document, "framework");
  run.workers = static_cast<uint32_t>(number_of(*document, "workers", 100'000).value_or(1));
  run.node_ms = number_of(*document, "node_ms", kLongestMs);
  run.boot_ms = number_of(*document, "boot_ms", kLongestMs);
  run.file_ms = number_of(*document, "file_ms", kLongestMs);
  return run;
}

}  // namespace

Result<void> add_run(const std::string& data, const RunTimings& run) {
  RunTimings bounded = run;
  bounded.at_s = std::clamp<int64_t>(run.at_s, 0, kLatest);
  for (RunTimings::File& file : bounded.files) file.ms = std::min(file.ms, kLongestMs);
  const std::string text = text_of(bounded), folder = folder_of(data);
  if (Result<void> made = store::make_data_folder(data); !made) return made;
  if (Result<void> made = store::make_directories(folder); !made) return made;
  // What a power cut takes is measured again by the next run.
  if (Result<void> written =
          store::write_file(folder + "/" + name_of(bounded, text), text, store::Durability::kUnsynced);
      !written)
    return written;
  forget_old_runs(folder);
  return {};
}

Known read_runs(const std::string& data) {
  Known known;
  const std::string folder = folder_of(data);
  Notices notices(&known.notices);
  for (const std::string& name : store::names_in(folder)) {
    if (!is_run(name)) continue;
    Result<RunTimings> run = read_run(folder + "/" + name);
    if (!run) {
      notices.add("left out of the timings: " + run.error().message + "; it can be deleted");
      continue;
    }
    for (const RunTimings::File& file : run->files)
      known.samples[file.file].push_back({run->at_s, file.ms, run->machine, file.whole, true});
    run->files.clear();
    known.runs.push_back(std::move(*run));
  }
  std::stable_sort(known.runs.begin(), known.runs.end(),
                   [](const RunTimings& a, const RunTimings& b) { return a.at_s < b.at_s; });
  return known;
}

}  // namespace alibi::timings
