// Samples of files from the sessions of the store of evidence.
#include <algorithm>
#include <utility>

#include "collector/timings/file_names.h"
#include "collector/timings/file_runs.h"
#include "collector/timings/timings.h"

namespace alibi::timings {
namespace {

constexpr std::ptrdiff_t kEnoughSamples = 3;

bool has_enough(const Known& known, const std::string& file) {
  const auto samples = known.samples.find(file);
  return samples != known.samples.end() &&
         std::count_if(samples->second.begin(), samples->second.end(),
                       [](const plan::Sample& sample) { return sample.whole; }) >= kEnoughSamples;
}

using RunsOfFile = std::map<std::string, FileRun>;  // by session

void add_row(const store::TestRow& row, int64_t at_s, RunsOfFile* runs) {
  FileRun& run = (*runs)[row.evidence];
  run.at_s = at_s;
  run.tests[test_hash(row.id)] += row.duration_ns;
  run.cut = run.cut || row.outcome == collector::kNeverEnded;
}

}  // namespace

void add_store(const std::vector<store::SessionRow>& sessions, const std::vector<store::TestRow>& tests,
               const std::vector<std::string>& files, const TestsOfFiles& tests_now, Known* known) {
  std::map<std::string, int64_t> started;
  for (const store::SessionRow& session : sessions) {
    if (session.unreadable.empty())
      started[session.evidence] = static_cast<int64_t>(session.started_unix_ns / 1'000'000'000);
  }
  const FileNames names(files);
  std::map<std::string, RunsOfFile> by_file;
  for (const store::TestRow& row : tests) {
    const auto session = started.find(row.evidence);
    if (session == started.end()) continue;
    const NameMatch match = names.by_path(std::string_view(row.id).substr(0, row.id.find("::")));
    if (match.file != nullptr) add_row(row, session->second, &by_file[*match.file]);
  }
  for (auto& [file, by_session] : by_file) {
    if (has_enough(*known, file)) continue;
    std::vector<FileRun> runs;
    for (auto& [session, run] : by_session) runs.push_back(std::move(run));
    std::set<TestHash> now;
    const auto current = tests_now.find(file);
    if (current != tests_now.end())
      for (const std::string& id : current->second) now.insert(test_hash(id));
    const std::vector<plan::Sample> samples = samples_of(runs, current == tests_now.end() ? nullptr : &now);
    std::vector<plan::Sample>& list = known->samples[file];
    list.insert(list.end(), samples.begin(), samples.end());
  }
}

}  // namespace alibi::timings
