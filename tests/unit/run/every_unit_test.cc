// Whatever workers do, every unit is in the result once and begun as often as it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/run/fake_framework.h"

namespace alibi::run {
namespace {

constexpr const char* kKinds[] = {"pass",      "pass",       "pass",  "fail",  "crash",
                                  "fail-once", "crash-once", "leave", "none",  "flood",
                                  "exit",      "binary",     "odd",   "close", "usage"};
constexpr const char* kModes[] = {"", "", "early", "early", "five", "dies", "drops", "nonsense"};

void check(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::string> files;
  for (size_t i = 3 + random() % 10; i > 0; --i)
    files.push_back(kKinds[random() % std::size(kKinds)] + std::string("-") + std::to_string(i));
  FakeRun run(files, 1 + random() % 3);
  run.request.persistent = random() % 3 != 0;
  run.framework.driver_mode = kModes[random() % std::size(kModes)];
  run.request.retry_failed = random() % 2;
  run.request.fail_fast = random() % 4 == 0;
  run.steals = random() % 4 != 0;
  run.request.style = random() % 2 == 0 ? OutputStyle::kGrouped : OutputStyle::kPrefixed;
  if (random() % 3 == 0) run.framework.files_per_launch = 2;
  for (plan::Unit& unit : run.units) unit.group = random() % 4 == 0 ? "group" : "";
  const RunOutcome outcome = run.run();

  std::set<size_t> seen;
  bool all_passed = true;
  const std::vector<std::string> begun = run.framework.begun();
  for (const UnitRun& unit : outcome.units) {
    EXPECT_TRUE(seen.insert(unit.unit).second) << seed;
    all_passed = all_passed && unit.end == UnitEnd::kPassed;
    const auto times = static_cast<size_t>(std::ranges::count(begun, run.units[unit.unit].file));
    // One that was interrupted had begun and has no result.
    EXPECT_LE(times, unit.attempts + (run.request.fail_fast ? 1 : 0))
        << seed << " " << run.units[unit.unit].file;
    EXPECT_LE(unit.attempts, 1 + run.request.retry_failed) << seed;
    if (unit.end == UnitEnd::kPassed) {
      EXPECT_GE(times, 1U) << seed << " " << run.units[unit.unit].file;
    }
    if (!run.request.fail_fast) {
      EXPECT_NE(unit.end, UnitEnd::kNotRun) << seed << " " << run.units[unit.unit].file;
    }
  }
  EXPECT_EQ(seen.size(), files.size()) << seed;
  if (!all_passed) {
    EXPECT_NE(outcome.exit_status, 0) << seed;
  }
}

TEST(EveryUnit, IsInTheResultOnceWhateverWorkersDo) {
  for (uint32_t seed = 1; seed <= 25; ++seed) check(seed);
}

}  // namespace
}  // namespace alibi::run
