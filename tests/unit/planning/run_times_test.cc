#include "collector/planning/run_times.h"

#include <gtest/gtest.h>

namespace alibi::planning {
namespace {

struct MadeRun {
  std::vector<plan::Unit> units;
  run::RunOutcome outcome;

  run::UnitRun& add(std::string file, uint64_t wall_ms, std::optional<uint64_t> loading_ms) {
    units.push_back({std::move(file), {}, "", 1000});
    run::UnitRun one;
    one.unit = units.size() - 1;
    one.end = run::UnitEnd::kPassed;
    one.wall_ms = wall_ms;
    one.attempts = 1;
    one.tests = 3;
    one.left_out = 0;
    one.loading_ms = loading_ms;
    outcome.units.push_back(one);
    return outcome.units.back();
  }
  void add_worker(uint64_t boot_ms, bool whole) {
    outcome.workers.emplace_back();
    outcome.workers.back().boot_ms = boot_ms;
    outcome.workers.back().boot_is_whole = whole;
  }
  timings::RunTimings times() const {
    timings::RunTimings made;
    put_times(units, outcome, false, &made);
    return made;
  }
};

TEST(RunTimes, LearnLoadingAsTheMedianOfItsFiles) {
  MadeRun run;
  run.add_worker(400, true);
  run.add("a", 900, 700);  // the first, with what all share
  run.add("b", 120, 20);
  run.add("c", 130, 30);
  EXPECT_EQ(run.times().file_ms, 30U);
  EXPECT_EQ(run.times().boot_ms, 400U);
  EXPECT_EQ(run.times().files.size(), 3U);
  EXPECT_EQ(run.times().files[0].ms, 900U);
}

TEST(RunTimes, LearnNoLoadingWhereFirstFilesAreAsManyAsTheOthers) {
  MadeRun run;
  run.add_worker(400, true);
  run.add_worker(500, true);
  for (const char* file : {"a", "b", "c", "d"}) run.add(file, 900, 700);
  EXPECT_EQ(run.times().file_ms, std::nullopt);
  run.add("e", 900, 50);
  EXPECT_EQ(run.times().file_ms, 700U);
}

TEST(RunTimes, LearnNoLoadingFromPartsRetriesAndWhatBroke) {
  MadeRun run;
  run.add_worker(400, true);
  run.add("part", 900, 0);
  run.units.back().selectors = {"part::a"};
  run.add("again", 900, 0).attempts = 2;
  run.add("broken", 900, 0).end = run::UnitEnd::kCrashed;
  run.add("empty", 900, 0).tests = 0;
  run.add("silent", 900, std::nullopt);
  EXPECT_EQ(run.times().file_ms, std::nullopt);
  for (const char* file : {"a", "b", "c"}) run.add(file, 900, 40);
  EXPECT_EQ(run.times().file_ms, 40U);
}

// It would make the next run's batches as small as if starting the framework cost nothing.
TEST(RunTimes, TakeTheStartOfABatchForNoStartOfTheFramework) {
  MadeRun run;
  run.add_worker(2, false);
  run.add("a", 900, std::nullopt);
  EXPECT_EQ(run.times().boot_ms, std::nullopt);
}

}  // namespace
}  // namespace alibi::planning
