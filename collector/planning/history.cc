#include "collector/planning/history.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "collector/store/store.h"

namespace alibi::planning {
namespace {

constexpr size_t kSessionsLookedAt = 20;  // of each test: as many as estimates use

uint64_t size_of(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  return failed ? 0 : size;
}

std::string source_text(const timings::Known& known) {
  std::string text;
  for (const auto& [file, samples] : known.samples) {
    text += file + "\n";
    for (const plan::Sample& sample : samples)
      text += std::to_string(sample.at_s) + " " + std::to_string(sample.duration_ms) + "\n";
  }
  return text;
}

// What the tests of stored sessions took, of the environment of the newest one.
Result<void> add_evidence(const HistoryQuestion& question, timings::Known* known) {
  Result<store::Store> store = store::Store::open(question.data, store::Store::Access::kRead);
  if (!store) return std::move(store).error();
  Result<std::vector<store::SessionRow>> sessions = store->sessions();
  if (!sessions) return std::move(sessions).error();
  if (sessions->empty()) return {};
  Result<std::vector<store::TestRow>> tests =
      store->newest_per_test(sessions->back().environment_name, kSessionsLookedAt);
  if (!tests) return std::move(tests).error();
  timings::add_store(*sessions, *tests, question.files, question.tests, known);
  return {};
}

}  // namespace

History read_history(const HistoryQuestion& question) {
  timings::Known known = timings::read_runs(question.data);
  const std::string machine = timings::machine_class();
  History made;
  made.learned = timings::learned_costs(known.runs, question.framework, machine);
  const uint64_t file_ms = question.compat ? 0 : made.learned.costs.file_ms;
  timings::add_junit(question.junit, question.files, &known);
  if (question.has_evidence) {
    if (Result<void> added = add_evidence(question, &known); !added)
      known.notices.push_back("durations in the evidence are not used: " + added.error().message);
  }
  std::vector<plan::FileHistory> files;
  for (const std::string& file : question.files) {
    plan::FileHistory history;
    history.file = file;
    history.bytes = size_of(question.directory + "/" + file);
    if (const auto tests = question.tests.find(file); tests != question.tests.end())
      history.tests = tests->second.size();
    if (const auto samples = known.samples.find(file); samples != known.samples.end())
      history.samples = timings::without_loading(samples->second, file_ms);
    files.push_back(std::move(history));
  }
  plan::EstimateRules rules;
  rules.learns_prior_weight = !question.compat;
  made.files = plan::estimate_files(files, question.now_s, machine, rules);
  made.digest_source = source_text(known) + "loading " + std::to_string(file_ms) + "\n";
  made.samples = std::move(known.samples);
  made.notices = std::move(known.notices);
  return made;
}

}  // namespace alibi::planning
