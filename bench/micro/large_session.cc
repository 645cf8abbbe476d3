#include "bench/micro/large_session.h"

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

namespace alibi::bench {
namespace {

constexpr uint32_t kFiles = 400;
constexpr uint32_t kFunctionsPerFile = 50;
constexpr uint32_t kLinesPerFunction = 10;
constexpr uint32_t kUnits = kFiles * kFunctionsPerFile;
constexpr size_t kTestsPerModule = 100;
constexpr uint32_t kNeighbours = 5;  // functions of one file that run together

void add_tables(collector::SessionCoverage* coverage) {
  coverage->names = {{collector::NameKind::kGlobal, 0, "limit"}, {collector::NameKind::kAttribute, 0, "run"}};
  for (uint32_t file = 0; file < kFiles; ++file) {
    collector::SourceFile source;
    char path[64];
    std::snprintf(path, sizeof path, "/project/src/package_%02u/module_%03u.py", file / 20, file);
    source.path = path;
    source.size = kFunctionsPerFile * kLinesPerFunction * 30;
    source.hash = {file, 1};
    for (uint32_t line = 1; line <= kFunctionsPerFile * kLinesPerFunction; ++line)
      source.lines.push_back(line);
    for (uint32_t function = 0; function < kFunctionsPerFile; ++function) {
      const uint32_t line = function * kLinesPerFunction + 1;
      const std::string name = "Class.method_" + std::to_string(function);
      source.functions.push_back({line, name});
      coverage->units.push_back({file,
                                 line,
                                 kLinesPerFunction,
                                 collector::CodeKind::kFunction,
                                 line,
                                 Hash128{line, file},
                                 name,
                                 {0, 1}});
    }
    coverage->files.push_back(std::move(source));
  }
}

void pick_units(std::mt19937_64* random, size_t count, std::vector<uint32_t>* units) {
  while (units->size() < count) {
    const auto first = static_cast<uint32_t>((*random)() % (kUnits - kNeighbours));
    for (uint32_t unit = first; unit < first + kNeighbours; ++unit) units->push_back(unit);
    std::sort(units->begin(), units->end());
    units->erase(std::unique(units->begin(), units->end()), units->end());
  }
  units->resize(count);
}

// Half of each function's lines, one branch of two per test and function.
void add_lines(std::mt19937_64* random, collector::Evidence* evidence) {
  for (const uint32_t unit : evidence->units) {
    const uint32_t file = unit / kFunctionsPerFile;
    const uint32_t first = unit % kFunctionsPerFile * kLinesPerFunction + 1;
    if (evidence->files.empty() || evidence->files.back().file != file) evidence->files.push_back({file, {}});
    std::vector<uint32_t>& lines = evidence->files.back().lines;
    const bool other_branch = (*random)() % 8 == 0;
    for (uint32_t line = first + 1; line < first + 4; ++line) lines.push_back(line);
    for (uint32_t line = first + (other_branch ? 7 : 5); line < first + (other_branch ? 10 : 7); ++line)
      lines.push_back(line);
  }
}

}  // namespace

collector::SessionCoverage large_session(const LargeSession& options) {
  collector::SessionCoverage coverage;
  char id[40];
  std::snprintf(id, sizeof id, "20261121T120000-%016zx", static_cast<size_t>(options.number));
  coverage.description.id = id;
  coverage.description.started_unix_ns = 1'795'262'400'000'000'000 + options.number * 1'000'000'000;
  coverage.description.root = "/project";
  coverage.description.environment_name = "default";
  coverage.description.complete = true;
  add_tables(&coverage);
  std::mt19937_64 random(options.number);
  std::vector<uint32_t> shared;
  for (size_t test = 0; test < options.tests; ++test) {
    if (test % kTestsPerModule == 0) {
      shared.clear();
      pick_units(&random, options.scopes_per_test * 2 / 3, &shared);
    }
    collector::TestCoverage& covered = coverage.tests.emplace_back();
    char name[128];
    std::snprintf(name, sizeof name, "tests/area_%02zu/test_module_%03zu.py::TestCase::test_case_%06zu",
                  test / 10'000, test / kTestsPerModule % 100, test);
    covered.id = name;
    covered.outcome = collector::Outcome::kPassed;
    covered.duration_ns = 1'000'000 + random() % 5'000'000;
    covered.processes = covered.attempts = 1;
    covered.complete = true;
    covered.evidence.units = shared;
    pick_units(&random, options.scopes_per_test, &covered.evidence.units);
    add_lines(&random, &covered.evidence);
  }
  return coverage;
}

}  // namespace alibi::bench
