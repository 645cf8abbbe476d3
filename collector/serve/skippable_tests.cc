#include "collector/serve/skippable_tests.h"

#include <algorithm>
#include <utility>

#include "collector/serve/change_rules.h"
#include "collector/serve/json_text.h"

namespace alibi::serve {
namespace {

constexpr size_t kMostChanges = 20'000;  // files between two commits
constexpr uint64_t kPageOfTests = 20'000;

std::string test_item(const TestRow& test) {
  std::string item = R"({"id":")" + std::to_string(test.id) + R"(","type":"test","attributes":{"suite":)";
  append_json_string(test.suite, &item);
  item += R"(,"name":)";
  append_json_string(test.name, &item);
  item += R"(,"parameters":)";
  if (test.parameters.empty())
    item += "null";
  else
    append_json_string(test.parameters, &item);
  item += R"(,"configurations":{"test.bundle":)";
  append_json_string(test.module, &item);
  return item + "}}}";
}

std::string suite_item(uint64_t number, const SuiteEvidence& suite) {
  std::string item =
      R"({"id":"suite-)" + std::to_string(number) + R"(","type":"suite","attributes":{"suite":)";
  append_json_string(suite.suite, &item);
  item += R"(,"configurations":{"test.bundle":)";
  append_json_string(suite.module, &item);
  return item + "}}}";
}

void append(const std::string& item, Skippables* chosen) {
  chosen->items += chosen->count++ == 0 ? "{\"data\":[" : ",";
  chosen->items += item;
}

}  // namespace

void SkippableTests::Decision::hear(uint64_t at, bool pass) {
  if (at < start_ns) return;
  passed = pass && (at > start_ns || passed || start_ns == 0);
  start_ns = at;
}

RunContext context_of(const payload::RunFacts& facts) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [name, value] : facts.platform) {
    for (const char* known : kConfigurationTags) {
      if (name == known) values.emplace_back(name, value);
    }
  }
  for (const auto& [name, value] : facts.custom) values.emplace_back("custom." + name, value);
  return {facts.service, facts.env.value_or(std::string()), configurations_text(std::move(values))};
}

void SkippableTests::warm_up() {
  const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (lock.owns_lock()) (void)learn();  // what fails here fails again where somebody is told
}

Result<void> SkippableTests::learn() {
  Result<std::vector<FileRow>> files = database_->files_after(known_.last_file);
  if (!files) return std::move(files).error();
  for (FileRow& file : *files) {
    known_.last_file = file.id;
    known_.files.insert_or_assign(std::move(file.path), file.id);  // it may have been gone meanwhile
  }
  while (true) {
    TestSearch search;
    search.after_id = known_.last_test;
    const Result<std::vector<TestRow>> tests = database_->tests(search, kPageOfTests);
    if (!tests) return tests.error();
    for (const TestRow& test : *tests) {
      known_.last_test = test.id;
      std::string name = test.module + '\0' + test.suite + '\0' + test.name;
      const uint64_t number = known_.names.try_emplace(std::move(name), known_.names.size()).first->second;
      known_.items.emplace(test.id, Item{test_item(test), number});
    }
    if (tests->size() < kPageOfTests) return {};
  }
}

Result<SkippableTests::Comparison> SkippableTests::compare(const CommitTree& then, const CommitTree& now,
                                                           const SetsOfContext& sets_of_context) {
  Comparison comparison;
  const std::vector<TreeChange> changes = changes_between(then, now);
  if (changes.size() > kMostChanges) {
    comparison.runs_all = std::to_string(changes.size()) + " files differ";
    return comparison;
  }
  absl::flat_hash_map<std::string, std::vector<uint64_t>> covering;
  for (const TreeChange& change : changes) {
    const auto file = known_.files.find(change.path);
    if (file == known_.files.end()) continue;
    Result<std::vector<uint64_t>> sets = database_->sets_covering({file->second});
    if (!sets) return std::move(sets).error();
    covering.emplace(change.path, std::move(*sets));
  }
  static const Sets kNone;
  const Sets* usable = &kNone;
  if (!covering.empty()) {
    const Result<const Sets*> all = sets_of_context();
    if (!all) return all.error();
    usable = *all;
  }
  const auto is_covered = [&](std::string_view path) {
    const auto sets = covering.find(std::string(path));
    if (sets == covering.end()) return false;
    for (const uint64_t set : sets->second) {
      if (usable->contains(set)) return true;
    }
    return false;
  };
  const Judgement judgement = judge(changes, is_covered);
  comparison.runs_all = judgement.runs_all;
  if (!comparison.runs_all.empty()) return comparison;
  for (const std::string& path : judgement.files) {
    comparison.files.insert(known_.files.find(path)->second);
    for (const uint64_t set : covering[path]) comparison.sets.insert(set);
  }
  // What git does not have (generated, or of another repository) cannot be compared.
  std::vector<uint64_t> untracked;
  for (const auto& [path, number] : known_.files) {
    if (!then.has(path)) untracked.push_back(number);
  }
  comparison.files.insert(untracked.begin(), untracked.end());
  const Result<std::vector<uint64_t>> sets = database_->sets_covering(untracked);
  if (!sets) return sets.error();
  comparison.sets.insert(sets->begin(), sets->end());
  return comparison;
}

Result<SkippableTests::Comparison> SkippableTests::compare_with(const std::string& commit,
                                                                const CommitTree& now,
                                                                const SetsOfContext& sets_of_context) {
  const Result<std::shared_ptr<const CommitTree>> then = git_->tree(commit);
  if (!then) return then.error();
  if (*then != nullptr) return compare(**then, now, sets_of_context);
  Comparison comparison;
  comparison.runs_all = "it has not been uploaded";
  return comparison;
}

bool SkippableTests::is_untouched(const Evidence& evidence, const Comparison& comparison) {
  return evidence.cover_set != 0 && evidence.own_file != 0 && comparison.runs_all.empty() &&
         !comparison.sets.contains(evidence.cover_set) && !comparison.files.contains(evidence.own_file);
}

bool SkippableTests::stands(const Evidence& evidence, const Comparison& comparison) {
  const bool complete = evidence.cover_set != 0 && evidence.own_file != 0;
  // A failure that nothing is known of stands until the test passes again.
  return is_untouched(evidence, comparison) || (!complete && evidence.verdict != Status::kPass);
}

Result<std::vector<SkippableTests::Commit>> SkippableTests::commits_with_evidence(uint64_t context,
                                                                                  payload::TestLevel level,
                                                                                  Sets* sets_of_context) {
  Result<std::vector<CommitRow>> rows = database_->recent_commits(context, kCommitsLookedAt);
  if (!rows) return std::move(rows).error();
  std::vector<Commit> commits;
  for (CommitRow& row : *rows) {
    Commit commit;
    Result<std::vector<Evidence>> evidence = database_->evidence(context, row.id);
    if (!evidence) return std::move(evidence).error();
    for (const Evidence& one : *evidence) sets_of_context->insert(one.cover_set);
    if (level == payload::TestLevel::kSuite) {
      Result<std::vector<SuiteEvidence>> suites = database_->suite_evidence(context, row.id);
      if (!suites) return std::move(suites).error();
      commit.suites = std::move(*suites);
    }
    for (const SuiteEvidence& suite : commit.suites)
      sets_of_context->insert(suite.cover_sets.begin(), suite.cover_sets.end());
    commit.row = std::move(row);
    commit.evidence = std::move(*evidence);
    commits.push_back(std::move(commit));
  }
  return commits;
}

Result<void> SkippableTests::compare_all(const CommitTree& now, const Sets& sets_of_context,
                                         std::vector<Commit>* commits, std::vector<std::string>* log) {
  const SetsOfContext all = [&sets_of_context] { return Result<const Sets*>(&sets_of_context); };
  for (Commit& commit : *commits) {
    Result<Comparison> comparison = compare_with(commit.row.sha, now, all);
    if (!comparison) return std::move(comparison).error();
    commit.comparison = std::move(*comparison);
    const Comparison& found = commit.comparison;
    log->push_back("evidence of " + commit.row.sha + ": " +
                   (found.runs_all.empty()
                        ? std::to_string(commit.evidence.size()) + " tests, " +
                              std::to_string(found.files.size()) + " files edited, removed or not in git"
                        : "not used, " + found.runs_all));
  }
  return {};
}

Result<Skippables> SkippableTests::choose(const payload::RunFacts& facts) {
  Skippables chosen;
  const Result<std::optional<uint64_t>> context = database_->context(context_of(facts));
  if (!context) return context.error();
  if (!*context) {
    chosen.log.emplace_back("nothing has been recorded with this service, environment and configuration");
    return chosen;
  }
  const Result<std::shared_ptr<const CommitTree>> now = git_->tree(facts.commit_sha);
  if (!now) return now.error();
  if (*now == nullptr) {
    chosen.log.push_back("commit " + facts.commit_sha + " has not been uploaded, or not as a whole");
    return chosen;
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  Sets sets_of_context;
  Result<std::vector<Commit>> commits = commits_with_evidence(**context, facts.level, &sets_of_context);
  if (!commits) return std::move(commits).error();
  // After the evidence: what it names is known then.
  if (Result<void> learned = learn(); !learned) return std::move(learned).error();
  if (Result<void> compared = compare_all(**now, sets_of_context, &*commits, &chosen.log); !compared)
    return std::move(compared).error();
  if (facts.level == payload::TestLevel::kTest)
    add_tests(*commits, &chosen);
  else
    add_suites(*commits, &chosen);
  return chosen;
}

void SkippableTests::add_tests(const std::vector<Commit>& commits, Skippables* chosen) {
  absl::flat_hash_map<uint64_t, Decision> decisions;
  for (const Commit& commit : commits) {
    if (decisions.empty()) decisions.reserve(commit.evidence.size());
    const Comparison& comparison = commit.comparison;
    for (const Evidence& evidence : commit.evidence) {
      Decision& decision = decisions[evidence.test];
      if (stands(evidence, comparison)) decision.hear(evidence.start_ns, evidence.verdict == Status::kPass);
    }
  }
  // Some clients do not look at parameters: a name is left out with all its tests or not at all.
  absl::flat_hash_set<uint64_t> running;
  for (const auto& [test, decision] : decisions) {
    const auto item = known_.items.find(test);
    if (!decision.passed && item != known_.items.end()) running.insert(item->second.name);
  }
  for (const auto& [test, decision] : decisions) {
    const auto item = decision.passed ? known_.items.find(test) : known_.items.end();
    if (item != known_.items.end() && !running.contains(item->second.name)) append(item->second.json, chosen);
  }
}

void SkippableTests::add_suites(const std::vector<Commit>& commits, Skippables* chosen) {
  using SuiteName = std::pair<std::string, std::string>;  // module, suite
  absl::flat_hash_map<SuiteName, Decision> decisions;
  absl::flat_hash_map<SuiteName, uint64_t> whole;  // tests of a suite whose file is as it is now
  const auto has_same_file = [](const Comparison& comparison, const SuiteEvidence& suite) {
    return comparison.runs_all.empty() && suite.own_file != 0 && !comparison.files.contains(suite.own_file);
  };
  for (const Commit& commit : commits) {
    for (const SuiteEvidence& suite : commit.suites) {
      uint64_t& tests = whole[{suite.module, suite.suite}];
      if (has_same_file(commit.comparison, suite)) tests = std::max(tests, suite.tests);
    }
  }
  for (const Commit& commit : commits) {
    const Comparison& comparison = commit.comparison;
    for (const SuiteEvidence& suite : commit.suites) {
      bool untouched = has_same_file(comparison, suite) && !suite.cover_sets.empty();
      // A session that ran a part of the suite (-k) says nothing about the rest of it.
      if (suite.verdict == Status::kPass && suite.tests < whole[{suite.module, suite.suite}]) continue;
      for (const uint64_t set : suite.cover_sets) untouched = untouched && !comparison.sets.contains(set);
      const bool stands = untouched || (suite.verdict == Status::kFail && suite.cover_sets.empty());
      if (stands) decisions[{suite.module, suite.suite}].hear(suite.start_ns, suite.verdict == Status::kPass);
    }
  }
  uint64_t number = 0;
  for (const auto& [name, decision] : decisions) {
    number += 1;
    SuiteEvidence suite;
    suite.module = name.first;
    suite.suite = name.second;
    if (decision.passed) append(suite_item(number, suite), chosen);
  }
}

}  // namespace alibi::serve
