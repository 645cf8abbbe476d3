#include "collector/planning/skips.h"

#include <set>
#include <tuple>

namespace alibi::planning {
namespace {

using framework::DiscoveredTest;
using TestName = std::tuple<std::string, std::string, std::string>;  // module, suite, name

// The service's list, to be asked by name.
class Listed {
 public:
  explicit Listed(const ServiceSkips& service) {
    for (const payload::SkippableItem& item : service.items) {
      const std::string module = item.module.value_or("");
      if (item.level == payload::TestLevel::kSuite)
        suites_.emplace(module, item.suite);
      else
        tests_.emplace(module, item.suite, item.name, item.parameters.value_or(""));
    }
    for (const payload::ManagedTest& test : service.managed) {
      const TestName name{test.module, test.suite, test.name};
      if (test.attempt_to_fix)
        to_fix_.insert(name);
      else if (test.disabled)
        disabled_.insert(name);
    }
  }

  bool is_disabled(const DiscoveredTest& test) const { return disabled_.contains(name_of(test)); }
  bool is_to_be_fixed(const DiscoveredTest& test) const { return to_fix_.contains(name_of(test)); }
  bool has(const DiscoveredTest& test) const {
    for (const std::string& module : {test.module, std::string()}) {
      if (suites_.contains({module, test.suite})) return true;
      if (tests_.contains({module, test.suite, test.name, test.parameters})) return true;
    }
    return false;
  }
  // A test in it that is to be proved fixed has to run, whatever the evidence says.
  bool has_tests_to_fix() const { return !to_fix_.empty(); }
  const std::set<SuiteName>& suites() const { return suites_; }

 private:
  static TestName name_of(const DiscoveredTest& test) { return {test.module, test.suite, test.name}; }

  std::set<SuiteName> suites_;
  std::set<std::tuple<std::string, std::string, std::string, std::string>> tests_;
  std::set<TestName> disabled_, to_fix_;
};

bool is_skipped(const DiscoveredTest& test, const SkipQuestion& question, const Listed& listed) {
  if (listed.is_disabled(test)) return true;
  if (listed.is_to_be_fixed(test)) return false;
  if (!question.evidence_says) return question.service.skips && listed.has(test);
  if (question.trust == Trust::kService) return question.service.skips && listed.has(test);
  if (!test.skipped) return false;
  return question.trust == Trust::kEvidence || !question.service.skips || listed.has(test);
}

// Files in which nothing was looked for: their tests are not known, so the service could object to any.
bool may_be_cleared(const SkipQuestion& question, const Listed& listed) {
  if (!question.evidence_says || question.trust == Trust::kService || listed.has_tests_to_fix()) return false;
  return question.trust == Trust::kEvidence || !question.service.skips;
}

void add_cleared(const SkipQuestion& question, const Listed& listed, std::vector<plan::SuiteFacts>* suites) {
  const bool cleared = may_be_cleared(question, listed);
  std::set<std::string> with_tests;
  for (const DiscoveredTest& test : question.discovery->tests) with_tests.insert(test.file);
  for (const auto& [file, reason] : question.discovery->cleared) {
    if (with_tests.contains(file)) continue;  // each of them was decided
    plan::SuiteFacts facts;
    facts.suite = facts.file = file;
    facts.tests = 1;
    facts.skipped = cleared ? 1 : 0;
    suites->push_back(std::move(facts));
  }
}

std::vector<plan::SuiteFacts> of_tests(const SkipQuestion& question, const Listed& listed) {
  std::map<std::tuple<std::string, std::string, std::string>, plan::SuiteFacts> suites;
  for (const DiscoveredTest& test : question.discovery->tests) {
    plan::SuiteFacts& facts = suites[{test.module, test.suite, test.file}];
    facts.module = test.module;
    facts.suite = test.suite;
    facts.file = test.file;
    ++facts.tests;
    if (is_skipped(test, question, listed)) ++facts.skipped;
  }
  std::vector<plan::SuiteFacts> found;
  for (auto& [name, facts] : suites) {
    const auto known = question.known.find({facts.module, facts.suite});
    if (known != question.known.end()) facts.known_ns = known->second.duration_ns;
    found.push_back(std::move(facts));
  }
  add_cleared(question, listed, &found);
  return found;
}

// Every suite that anybody knows of: one that is not skippable keeps its file.
std::vector<plan::SuiteFacts> of_files(
    const SkipQuestion& question, const Listed& listed,
    const std::function<std::string(const std::string&, const std::string&)>& file_of) {
  std::map<SuiteName, KnownSuite> known = question.known;
  // Where the evidence has a say it was not asked about single tests: they run.
  const bool by_service =
      question.service.skips && (!question.evidence_says || question.trust == Trust::kService);
  for (const SuiteName& suite : listed.suites()) known.try_emplace(suite);
  std::vector<plan::SuiteFacts> found;
  for (auto& [name, suite] : known) {
    plan::SuiteFacts facts;
    facts.module = name.first;
    facts.suite = name.second;
    facts.file = suite.file.empty() ? file_of(name.first, name.second) : suite.file;
    if (facts.file.empty()) continue;
    facts.tests = 1;
    const bool skips = by_service && listed.suites().contains(name);
    facts.skipped = skips ? 1 : 0;
    if (suite.duration_ns != 0) facts.known_ns = suite.duration_ns;
    found.push_back(std::move(facts));
  }
  add_cleared(question, listed, &found);
  return found;
}

}  // namespace

std::vector<plan::SuiteFacts> suites_with_skips(
    const SkipQuestion& question,
    const std::function<std::string(const std::string& module, const std::string& suite)>& file_of) {
  const Listed listed(question.service);
  return question.full ? of_tests(question, listed) : of_files(question, listed, file_of);
}

}  // namespace alibi::planning
