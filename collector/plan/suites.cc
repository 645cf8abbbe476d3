#include "collector/plan/suites.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace alibi::plan {
namespace {

constexpr double kSecond = 1e9;
constexpr double kMillisecond = 1e6;
constexpr uint64_t kDefaultMs = 1000;
constexpr double kLongestMs = 1e15;

using SuiteKey = std::tuple<std::string, std::string, std::string>;  // module, suite, file

// What several sources say of one suite: who knows of more tests that must run is right.
std::map<SuiteKey, SuiteFacts> merged(const std::vector<SuiteFacts>& suites) {
  std::map<SuiteKey, SuiteFacts> found;
  for (const SuiteFacts& facts : suites) {
    const auto [place, is_new] = found.emplace(SuiteKey(facts.module, facts.suite, facts.file), facts);
    SuiteFacts& known = place->second;
    known.skipped = std::min(known.skipped, known.tests);
    if (is_new) continue;
    const uint64_t runnable =
        std::max(known.tests - known.skipped, facts.tests - std::min(facts.skipped, facts.tests));
    known.tests = std::max(known.tests, facts.tests);
    known.skipped = known.tests - runnable;
    known.known_ns = std::max(known.known_ns, facts.known_ns);
  }
  return found;
}

SuiteAggregate aggregate_of(SuiteFacts facts, bool is_unskippable) {
  if (is_unskippable) facts.skipped = 0;
  SuiteAggregate suite;
  const auto tests = static_cast<double>(facts.tests);
  const auto runnable = static_cast<double>(facts.tests - facts.skipped);
  if (facts.known_ns && *facts.known_ns > 0) {
    suite.source = DurationSource::kKnown;
    suite.total_ns = static_cast<double>(*facts.known_ns);
    suite.estimated_ns = facts.tests == 0 ? suite.total_ns : suite.total_ns * runnable / tests;
  } else {
    suite.total_ns = tests * kSecond;
    suite.estimated_ns = runnable * kSecond;
  }
  suite.facts = std::move(facts);
  return suite;
}

// One of which no test is known may hold one.
bool must_run(const SuiteFacts& facts) {
  return facts.tests == 0 || facts.skipped < facts.tests;
}

Unit unit_of(const std::string& file, const std::vector<const SuiteAggregate*>& suites) {
  Unit unit;
  unit.file = file;
  double sum = 0;
  for (const SuiteAggregate* suite : suites) {
    if (!must_run(suite->facts)) continue;
    sum += suite->estimated_ns;
    unit.source = suite->source;
  }
  unit.weight_ms = kDefaultMs;
  if (sum <= 0) return unit;
  const double ms = std::min(sum / kMillisecond, kLongestMs);
  unit.weight_ms = std::max<uint64_t>(static_cast<uint64_t>(ms), 1);
  return unit;
}

double percentage_of(const std::vector<SuiteAggregate>& suites) {
  double total = 0, estimated = 0;
  for (const SuiteAggregate& suite : suites) {
    if (suite.facts.tests == 0 || suite.total_ns <= 0) continue;
    total += suite.total_ns;
    estimated += suite.estimated_ns;
  }
  return total > 0 ? (total - estimated) / total * 100 : 0;
}

}  // namespace

RunnableFiles runnable_files(const std::vector<std::string>& files, const std::vector<SuiteFacts>& suites,
                             const std::vector<std::string>& unskippable) {
  const std::set<std::string> marked(unskippable.begin(), unskippable.end());
  RunnableFiles result;
  for (const auto& [key, facts] : merged(suites))
    result.suites.push_back(aggregate_of(facts, marked.contains(facts.file)));
  std::map<std::string, std::vector<const SuiteAggregate*>> by_file;
  for (const SuiteAggregate& suite : result.suites) by_file[suite.facts.file].push_back(&suite);

  for (const std::string& file : std::set<std::string>(files.begin(), files.end())) {
    const std::vector<const SuiteAggregate*>& known = by_file[file];
    const bool runs = known.empty() || marked.contains(file) ||
                      std::any_of(known.begin(), known.end(),
                                  [](const SuiteAggregate* suite) { return must_run(suite->facts); });
    if (runs)
      result.units.push_back(unit_of(file, known));
    else
      result.left_out.push_back(file);
  }
  result.skippable_percentage = percentage_of(result.suites);
  return result;
}

}  // namespace alibi::plan
