#include "collector/plan/estimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace alibi::plan {
namespace {

constexpr int64_t kDay = 86400;
constexpr int64_t kToday = 28 * kDay;

Sample sample(int64_t day, uint64_t ms, std::string machine = "") {
  return {day * kDay, ms, std::move(machine), true};
}

const std::vector<Sample> kSlowerSinceYesterday = {sample(0, 4000),   sample(7, 4100),  sample(14, 4200),
                                                   sample(20, 30000), sample(27, 9000), sample(28, 9200)};

FileHistory history(std::string file, std::vector<Sample> samples, uint64_t bytes = 0, uint64_t tests = 0) {
  return {std::move(file), bytes, tests, std::move(samples)};
}

Estimate estimate_of(const std::vector<FileHistory>& files, const std::string& file,
                     const std::string& machine = "") {
  return estimate_files(files, kToday, machine).at(file);
}

// Example B3.
TEST(EstimateOne, FollowsALastingSlowDownAndNoOutlier) {
  EXPECT_EQ(estimate_one(kSlowerSinceYesterday, kToday, std::nullopt), 9200u);
}

TEST(EstimateOne, DrawsOneSampleToItsPrior) {
  EXPECT_EQ(estimate_one({sample(28, 60000)}, kToday, 4000), 9865u);
}

TEST(EstimateOne, IsThePriorWhereNothingWasMeasured) {
  EXPECT_EQ(estimate_one({}, kToday, 4000), 4000u);
  EXPECT_EQ(estimate_one({}, kToday, std::nullopt), std::nullopt);
}

TEST(EstimateOne, IsDrawnTheLessTheMoreSamplesThereAre) {
  uint64_t last = 0;
  for (size_t count = 1; count <= 20; ++count) {
    const auto ms = estimate_one(std::vector<Sample>(count, sample(28, 60000)), kToday, 4000);
    EXPECT_GT(*ms, last);
    last = *ms;
  }
  EXPECT_GT(last, 45000u);
}

TEST(EstimateOne, BelievesAnOldSampleAsMuchAsANewOneWhenItIsTheOnly) {
  EXPECT_EQ(estimate_one({sample(0, 60000)}, 400 * kDay, 4000), 9865u);
}

TEST(EstimateOne, IgnoresWhatDidNotRunWhole) {
  std::vector<Sample> samples = kSlowerSinceYesterday;
  for (int skipped = 0; skipped < 30; ++skipped) samples.push_back({kToday, 3, "", false});
  EXPECT_EQ(estimate_one(samples, kToday, std::nullopt), 9200u);
  EXPECT_EQ(estimate_one({{kToday, 3, "", false}}, kToday, 4000), 4000u);
}

TEST(EstimateOne, LooksAtTheTwentyNewest) {
  std::vector<Sample> samples(100, sample(27, 50000));
  samples.insert(samples.end(), 20, sample(28, 100));
  EXPECT_EQ(estimate_one(samples, kToday, std::nullopt), 100u);
  EstimateRules all;
  all.most_samples = 1000;
  EXPECT_EQ(estimate_one(samples, kToday, std::nullopt, all), 50000u);
}

TEST(EstimateOne, IsNotTakenInByAClockThatWasAhead) {
  std::vector<Sample> samples(9, sample(28, 4000));
  samples.push_back(sample(4000, 70000));
  EXPECT_EQ(estimate_one(samples, kToday, std::nullopt), 4000u);
}

TEST(EstimateOne, SurvivesAnyNumber) {
  EstimateRules odd;
  odd.quantile = -3;
  odd.half_life_days = -1;
  odd.prior_weight = -1;
  odd.most_samples = 0;
  EXPECT_EQ(estimate_one({sample(28, 5)}, kToday, 7, odd), 5u);
  const std::vector<Sample> samples = {{INT64_MIN, UINT64_MAX, "", true}, {INT64_MAX, 0, "", true}};
  EXPECT_TRUE(estimate_one(samples, INT64_MAX, UINT64_MAX));
  EXPECT_TRUE(estimate_one(samples, INT64_MIN, 0));
  EXPECT_EQ(estimate_one({sample(28, 0)}, kToday, std::nullopt), 1u);
}

TEST(EstimateFiles, SaysWhatIsKnownAndWhy) {
  const auto estimates =
      estimate_files({history("t/a.py", kSlowerSinceYesterday), history("t/b.py", {})}, kToday, "");
  EXPECT_EQ(estimates.at("t/a.py").duration_ms, 9200u);
  EXPECT_EQ(estimates.at("t/a.py").source, DurationSource::kKnown);
  EXPECT_EQ(estimates.at("t/a.py").why, "q60 of 6 samples");
  EXPECT_EQ(estimates.at("t/b.py").duration_ms, 9200u);
  EXPECT_EQ(estimates.at("t/b.py").source, DurationSource::kDefault);
  EXPECT_EQ(estimates.at("t/b.py").why, "never measured; the median of all files");
}

TEST(EstimateFiles, TakesASecondWhereNothingIsKnownOfAny) {
  const Estimate estimate = estimate_of({history("a.py", {})}, "a.py");
  EXPECT_EQ(estimate.duration_ms, 1000u);
  EXPECT_EQ(estimate.source, DurationSource::kDefault);
  EXPECT_EQ(estimate.why, "nothing is known");
}

TEST(EstimateFiles, GoesByTheSizeOfTheFilesInTheFolder) {
  std::vector<FileHistory> files;
  for (uint64_t size = 1; size <= 8; ++size)
    files.push_back(history("t/f" + std::to_string(size), {sample(28, size * 500)}, size * 1000));
  files.push_back(history("t/new", {}, 6500));
  files.push_back(history("t/huge", {}, 100'000'000));
  const Estimate estimate = estimate_of(files, "t/new");
  EXPECT_NEAR(static_cast<double>(estimate.duration_ms), 3250, 15);
  EXPECT_EQ(estimate.why, "never measured; files of its size in t");
  EXPECT_EQ(estimate_of(files, "t/huge").duration_ms, 8000u);  // not far out of what was seen
}

TEST(EstimateFiles, GoesByTheNumberOfTestsWhereSizesAreNotKnown) {
  std::vector<FileHistory> files;
  for (uint64_t tests = 1; tests <= 8; ++tests)
    files.push_back(history("t/f" + std::to_string(tests), {sample(28, tests * 100)}, 0, tests * 3));
  files.push_back(history("t/new", {}, 0, 12));
  const Estimate estimate = estimate_of(files, "t/new");
  EXPECT_NEAR(static_cast<double>(estimate.duration_ms), 400, 3);
  EXPECT_EQ(estimate.why, "never measured; files of as many tests in t");
}

TEST(EstimateFiles, TakesTheFoldersMedianWhereSizeExplainsNothing) {
  std::vector<FileHistory> files;
  for (uint64_t size = 1; size <= 7; ++size)
    files.push_back(history("t/f" + std::to_string(size), {sample(28, 800 - size * 100)}, size * 1000));
  files.push_back(history("t/new", {}, 50'000));
  files.push_back(history("u/slow", {sample(28, 90'000)}));
  const Estimate estimate = estimate_of(files, "t/new");
  EXPECT_EQ(estimate.duration_ms, 400u);
  EXPECT_EQ(estimate.why, "never measured; the median of t");
}

TEST(EstimateFiles, GivesAFileNoPartInItsOwnPrior) {
  const std::vector<FileHistory> files = {history("a", {sample(28, 60000)}), history("b", {sample(28, 4000)}),
                                          history("c", {sample(28, 4000)}), history("d", {sample(28, 4000)})};
  EstimateRules fixed;
  fixed.learns_prior_weight = false;
  const Estimate estimate = estimate_files(files, kToday, "", fixed).at("a");
  EXPECT_EQ(estimate.duration_ms, 9865u);  // example B3
  EXPECT_EQ(estimate.why, "q60 of 1 sample; 67 % the median of .");
  EXPECT_GT(estimate_of(files, "a").duration_ms, 40000u);
}

// Drawn to each other the longer one would be the shorter one.
TEST(EstimateFiles, BelievesFilesThemselvesWhereFewOthersWereMeasured) {
  const auto estimates = estimate_files(
      {history("long", {sample(28, 600000)}), history("short", {sample(28, 1000)})}, kToday, "");
  EXPECT_EQ(estimates.at("long").duration_ms, 600000u);
  EXPECT_EQ(estimates.at("short").duration_ms, 1000u);
}

TEST(EstimateFiles, ScalesWhatSlowerMachinesTook) {
  std::vector<FileHistory> files;
  for (int number = 0; number < 5; ++number) {
    const std::string name = "t/f" + std::to_string(number);
    files.push_back(history(name, std::vector<Sample>(10, sample(28, 1000, "fast"))));
    files.back().samples.insert(files.back().samples.end(), 10, sample(27, 2000, "slow"));
  }
  files.push_back(history("t/only_slow", std::vector<Sample>(20, sample(27, 2000, "slow"))));
  const Estimate estimate = estimate_of(files, "t/only_slow", "fast");
  EXPECT_EQ(estimate.duration_ms, 1000u);
  EXPECT_EQ(estimate.why, "q60 of 20 samples, 20 of them scaled from other machines; 1 % the median of t");
  EXPECT_EQ(estimate_of(files, "t/only_slow", "slow").duration_ms, 2000u);
  // Two machines that have too few files in common say nothing of each other.
  files.erase(files.begin(), files.begin() + 3);
  EXPECT_EQ(estimate_of(files, "t/only_slow", "fast").why, "q60 of 20 samples");
}

TEST(EstimateFiles, IsTheSameForAnyOrderOfFilesAndSamples) {
  std::mt19937 random(7);
  std::vector<FileHistory> files;
  for (int number = 0; number < 60; ++number) {
    std::vector<Sample> samples;
    for (unsigned count = random() % 25; count > 0; --count) {
      samples.push_back(sample(random() % 29, 1 + random() % 90'000, random() % 2 != 0 ? "x" : "y"));
      samples.back().whole = random() % 5 != 0;
    }
    files.push_back(history((number % 3 != 0 ? "t/f" : "u/f") + std::to_string(number), samples,
                            random() % 9000, random() % 30));
  }
  const auto expected = estimate_files(files, kToday, "x");
  for (int round = 0; round < 20; ++round) {
    std::shuffle(files.begin(), files.end(), random);
    for (FileHistory& file : files) std::shuffle(file.samples.begin(), file.samples.end(), random);
    const auto estimates = estimate_files(files, kToday, "x");
    ASSERT_EQ(estimates.size(), expected.size());
    for (const auto& [file, estimate] : expected) {
      EXPECT_EQ(estimates.at(file).duration_ms, estimate.duration_ms) << file;
      EXPECT_EQ(estimates.at(file).why, estimate.why) << file;
    }
  }
}

}  // namespace
}  // namespace alibi::plan
