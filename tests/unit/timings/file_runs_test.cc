#include "collector/timings/file_runs.h"

#include <gtest/gtest.h>

namespace alibi::timings {
namespace {

constexpr uint64_t kMs = 1'000'000;

FileRun run(int64_t at_s, const std::map<TestHash, uint64_t>& ms) {
  FileRun made;
  made.at_s = at_s;
  for (const auto& [test, one] : ms) made.tests[test] = one * kMs;
  return made;
}

std::vector<bool> whole(const std::vector<FileRun>& runs, const std::set<TestHash>* now = nullptr) {
  std::vector<bool> list;
  for (const plan::Sample& sample : samples_of(runs, now)) list.push_back(sample.whole);
  return list;
}

using Whole = std::vector<bool>;

TEST(FileRuns, SumTheTestsOfARun) {
  const auto samples = samples_of({run(7, {{1, 100}, {2, 50}})}, nullptr);
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].at_s, 7);
  EXPECT_EQ(samples[0].duration_ms, 150u);
  EXPECT_TRUE(samples[0].whole);
}

TEST(FileRuns, AreNotWholeWhereMoreThanATenthWasLeftOut) {
  EXPECT_EQ(whole({run(1, {{1, 100}, {2, 900}}), run(2, {{1, 100}})}), (Whole{true, false}));
  EXPECT_EQ(whole({run(1, {{1, 100}, {2, 900}}), run(2, {{2, 900}})}), (Whole{true, true}));
  // The first run was the partial one.
  EXPECT_EQ(whole({run(1, {{1, 100}}), run(2, {{1, 100}, {2, 900}})}), (Whole{false, true}));
}

TEST(FileRuns, GoByTheTestsThatThereAreNowWhereTheseAreKnown) {
  const std::set<TestHash> now = {1};
  EXPECT_EQ(whole({run(1, {{1, 100}, {2, 900}}), run(2, {{1, 100}})}, &now), (Whole{true, true}));
  const std::set<TestHash> both = {1, 2};
  EXPECT_EQ(whole({run(2, {{1, 100}}), run(1, {{1, 100}, {2, 900}})}, &both), (Whole{false, true}));
}

TEST(FileRuns, AreNotWholeWhenATestNeverEnded) {
  FileRun crashed = run(2, {{1, 100}, {2, 900}});
  crashed.cut = true;
  EXPECT_EQ(whole({run(1, {{1, 100}, {2, 900}}), crashed}), (Whole{true, false}));
  EXPECT_EQ(whole({crashed}), Whole{false});
}

TEST(FileRuns, TakeTheFullestWhereNamesAreOthersEachTime) {
  EXPECT_EQ(whole({run(1, {{1, 500}, {2, 400}}), run(2, {{3, 500}, {4, 400}}), run(3, {{5, 500}})}),
            (Whole{false, true, false}));
}

TEST(FileRuns, GoByNumbersWhereNothingTakesTime) {
  EXPECT_EQ(whole({run(1, {{1, 0}, {2, 0}, {3, 0}}), run(2, {{1, 0}})}), (Whole{true, false}));
}

TEST(FileRuns, SurviveAbsurdTimes) {
  FileRun long_one;
  for (TestHash test = 0; test < 3000; ++test) long_one.tests[test] = UINT64_MAX;
  const auto samples = samples_of({long_one, FileRun{}}, nullptr);
  EXPECT_TRUE(samples[0].whole);
  EXPECT_GT(samples[0].duration_ms, 1'000'000'000u);
  EXPECT_FALSE(samples[1].whole);
}

}  // namespace
}  // namespace alibi::timings
