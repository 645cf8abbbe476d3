#include "collector/plan/long_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/unit/plan/random_suites.h"

namespace alibi::plan {
namespace {

// The worked example: 600 s beside twenty files of 30 s.
std::vector<Unit> giant_suite() {
  std::vector<Unit> units{{"big_test.py", {}, "", 600'000, DurationSource::kKnown}};
  for (int i = 0; i < 20; ++i) units.push_back({"m_" + std::to_string(i) + "_test.py", {}, "", 30'000});
  return units;
}
const FileTests kGiantTests = tests_of("big_test.py", std::vector<uint64_t>(10, 60'000));

std::vector<Unit> parts_of(const Division& division, const std::string& file) {
  std::vector<Unit> parts;
  for (const Unit& unit : division.units) {
    if (unit.file == file) parts.push_back(unit);
  }
  return parts;
}

void expect_refused(std::vector<Unit> units, const std::vector<FileTests>& tests, const FixedCosts& costs,
                    const std::string& reason) {
  const size_t before = units.size();
  const Division division = divide_long_files(std::move(units), tests, 8, 0, costs);
  EXPECT_EQ(division.units.size(), before);
  ASSERT_EQ(division.reasons.size(), 1U);
  EXPECT_EQ(division.reasons[0], "big_test.py: not divided, " + reason);
}

TEST(LongFiles, AGiantIsDividedSoThatTheWorkersCanBeFilledEvenly) {
  const Division division = divide_long_files(giant_suite(), {kGiantTests}, 8, 0, {});
  const std::vector<Unit> parts = parts_of(division, "big_test.py");
  EXPECT_EQ(parts.size(), 6U);  // 600 s to 0.7 of 150 s
  EXPECT_EQ(division.units.size(), 26U);
  ASSERT_EQ(division.reasons.size(), 1U);
  EXPECT_EQ(division.reasons[0],
            "big_test.py: divided into 6 parts (10 tests or groups), the longest 120000 ms of 600000 ms");
  const Plan plan = make_plan(request_for(division.units, 1, 8));
  EXPECT_EQ(plan.nodes.size(), 8U);
  EXPECT_EQ(plan.wall_ms, 150'000U);
}

TEST(LongFiles, PartsHoldEveryTestOnceInTheFilesOrder) {
  Random random(31);
  for (int round = 0; round < 100; ++round) {
    std::vector<uint64_t> weights(2 + random() % 200);
    for (uint64_t& weight : weights) weight = random() % 5000;
    std::vector<Unit> units = units_of({10, 20});
    units.push_back({"big", {}, "", 1'000'000, DurationSource::kKnown});
    const FileTests tests = tests_of("big", weights);
    const Division division = divide_long_files(units, {tests}, 1 + round % 40, 0, {0, 0, 5});
    std::vector<std::string> seen;
    uint64_t total = 0;
    for (const Unit& part : parts_of(division, "big")) {
      std::vector<size_t> places;
      for (const std::string& selector : part.selectors) {
        seen.push_back(selector);
        places.push_back(std::stoul(selector.substr(selector.rfind('_') + 1)));
      }
      EXPECT_TRUE(std::is_sorted(places.begin(), places.end()));
      EXPECT_EQ(part.source, DurationSource::kKnown);
      EXPECT_GE(part.weight_ms, 1U);
      total += part.weight_ms;
    }
    if (seen.empty()) continue;  // left whole
    std::vector<std::string> expected;
    for (const TestGroup& group : tests.groups) expected.push_back(group.selectors.front());
    std::sort(seen.begin(), seen.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(seen, expected);
    // The file's time, whatever its tests add up to; but for rounding.
    EXPECT_NEAR(static_cast<double>(total), 1'000'000, 250);
  }
}

TEST(LongFiles, AGroupOfTestsStaysInOnePart) {
  FileTests tests = tests_of("big_test.py", {100, 100, 100, 100, 100});
  tests.groups[1].selectors = {"big_test.py::Class::a", "big_test.py::Class::b"};
  const Division division = divide_long_files(giant_suite(), {tests}, 8, 0, {});
  size_t together = 0;
  for (const Unit& part : parts_of(division, "big_test.py")) {
    const auto first = std::find(part.selectors.begin(), part.selectors.end(), "big_test.py::Class::a");
    if (first != part.selectors.end() && first + 1 != part.selectors.end() &&
        *(first + 1) == "big_test.py::Class::b")
      ++together;
  }
  EXPECT_EQ(together, 1U);
}

TEST(LongFiles, AFileThatIsNoLongerThanAWorkersShareStaysWhole) {
  const std::vector<Unit> units = units_of({100, 100, 100});
  const Division division = divide_long_files(units, {tests_of("test_0", {50, 50})}, 3, 0, {});
  EXPECT_EQ(division.units.size(), 3U);
  EXPECT_TRUE(division.reasons.empty());
}

TEST(LongFiles, NothingIsDividedForATimeThatIsMetAnyway) {
  EXPECT_EQ(divide_long_files(giant_suite(), {kGiantTests}, 8, 600'000, {}).units.size(), 21U);
  // Towards a target, no finer than it asks for: 0.7 of 300 s. The workers' start is part of the target.
  EXPECT_EQ(divide_long_files(giant_suite(), {kGiantTests}, 8, 300'000, {}).units.size(), 23U);
  EXPECT_EQ(divide_long_files(giant_suite(), {kGiantTests}, 8, 300'000, {0, 150'000, 0}).units.size(), 26U);
}

TEST(LongFiles, OneWorkerNeedsNoParts) {
  const Division division = divide_long_files(giant_suite(), {kGiantTests}, 1, 0, {});
  EXPECT_EQ(division.units.size(), 21U);
  EXPECT_TRUE(division.reasons.empty());
}

TEST(LongFiles, StartsThatEatTheGainKeepTheFileWhole) {
  // Alone with two workers: halves save 300 s, each part's start costs.
  const std::vector<Unit> alone{{"big_test.py", {}, "", 600'000}};
  EXPECT_EQ(divide_long_files(alone, {kGiantTests}, 2, 0, {0, 0, 1000}).units.size(), 3U);
  const Division refused = divide_long_files(alone, {kGiantTests}, 2, 0, {0, 0, 200'000});
  EXPECT_EQ(refused.units.size(), 1U);
  ASSERT_EQ(refused.reasons.size(), 1U);
  EXPECT_EQ(refused.reasons[0],
            "big_test.py: not divided, starting its parts would take longer than they save");
}

TEST(LongFiles, FewerPartsAreMadeWhereManyCostTooMuch) {
  std::vector<Unit> units{{"big_test.py", {}, "", 600'000}};
  const Division division = divide_long_files(
      units, {tests_of("big_test.py", std::vector<uint64_t>(60, 10'000))}, 16, 0, {0, 0, 30'000});
  // 22 parts would cost 660 s of starts, 11 save 515 of 330.
  EXPECT_EQ(division.units.size(), 11U);
}

TEST(LongFiles, SaysWhyAFileStaysWhole) {
  FileTests serial = kGiantTests;
  serial.serial = true;
  expect_refused(giant_suite(), {serial}, {}, "it is marked as serial");
  expect_refused(giant_suite(), {}, {}, "its tests are not known");
  expect_refused(giant_suite(), {tests_of("big_test.py", {5})}, {},
                 "it has one test, or tests that only run together");
  std::vector<Unit> grouped = giant_suite();
  grouped[0].group = "db";
  expect_refused(grouped, {kGiantTests}, {}, "it belongs to the group db, which stays on one worker");
}

TEST(LongFiles, ListsThatWouldLoseOrDoubleTestsAreRefused) {
  FileTests nameless = kGiantTests;
  nameless.groups[3].selectors.clear();
  expect_refused(giant_suite(), {nameless}, {}, "some of its tests cannot be selected");
  FileTests doubled = kGiantTests;
  doubled.groups[3] = doubled.groups[2];
  expect_refused(giant_suite(), {doubled}, {}, "two of its tests are selected by big_test.py::test_2");
  expect_refused(giant_suite(), {kGiantTests, kGiantTests}, {}, "its tests are listed twice");
}

TEST(LongFiles, PartsAreNotDividedAgain) {
  std::vector<Unit> units = giant_suite();
  units[0].selectors = {"big_test.py::test_1"};
  const Division division = divide_long_files(units, {kGiantTests}, 8, 0, {});
  EXPECT_EQ(division.units.size(), units.size());
  EXPECT_TRUE(division.reasons.empty());
}

TEST(LongFiles, HugeTimesDoNotWrap) {
  std::vector<Unit> units{{"big_test.py", {}, "", UINT64_MAX}, {"other", {}, "", UINT64_MAX}};
  const FileTests tests = tests_of("big_test.py", {UINT64_MAX, UINT64_MAX, UINT64_MAX});
  const Division division =
      divide_long_files(units, {tests}, 4, UINT64_MAX / 8, {UINT64_MAX / 16, UINT64_MAX / 16, 1});
  EXPECT_EQ(parts_of(division, "big_test.py").size(), 3U);
}

}  // namespace
}  // namespace alibi::plan
