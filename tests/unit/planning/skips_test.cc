#include "collector/planning/skips.h"

#include <gtest/gtest.h>

namespace alibi::planning {
namespace {

framework::DiscoveredTest test_of(const std::string& name, bool cleared) {
  framework::DiscoveredTest test;
  test.module = "m";
  test.suite = "s.py";
  test.name = name;
  test.file = "s.py";
  test.skipped = cleared;
  return test;
}

payload::SkippableItem listed(const std::string& name) {
  payload::SkippableItem item;
  item.module = "m";
  item.suite = "s.py";
  item.name = name;
  return item;
}

uint64_t skipped(const SkipQuestion& question) {
  uint64_t count = 0;
  for (const plan::SuiteFacts& suite :
       suites_with_skips(question, [](const auto&, const auto& suite) { return suite; }))
    count += suite.skipped;
  return count;
}

class Skips : public testing::Test {
 protected:
  Skips() {
    question_.discovery = &discovery_;
    question_.full = true;
    question_.evidence_says = true;
    // Cleared and listed, cleared only, listed only, neither.
    discovery_.tests = {test_of("both", true), test_of("cleared", true), test_of("listed", false),
                        test_of("none", false)};
    question_.service.skips = true;
    question_.service.items = {listed("both"), listed("listed")};
  }
  framework::Discovery discovery_;
  SkipQuestion question_;
};

TEST_F(Skips, TakeTheWordOfBothUnlessToldOtherwise) {
  EXPECT_EQ(skipped(question_), 1U);
  question_.trust = Trust::kEvidence;
  EXPECT_EQ(skipped(question_), 2U);
  question_.trust = Trust::kService;
  EXPECT_EQ(skipped(question_), 2U);
}

TEST_F(Skips, TakeTheEvidencesWordWhereTheServiceHasNoOpinion) {
  question_.service = {};
  EXPECT_EQ(skipped(question_), 2U);
}

TEST_F(Skips, TakeTheServicesWordWhereNoEvidenceDecidesInTheWorkers) {
  question_.evidence_says = false;
  EXPECT_EQ(skipped(question_), 2U);
}

TEST_F(Skips, LeaveOutDisabledTestsAndRunThoseThatAreToBeFixed) {
  payload::ManagedTest disabled{"m", "s.py", "none"}, to_fix{"m", "s.py", "both"};
  disabled.disabled = true;
  to_fix.disabled = to_fix.attempt_to_fix = true;
  question_.service.managed = {disabled, to_fix};
  EXPECT_EQ(skipped(question_), 1U);
}

TEST_F(Skips, RunAClearedFileWhoseTestsTheServiceCouldObjectTo) {
  discovery_.tests.clear();
  discovery_.cleared["t.py"] = "nothing changed";
  EXPECT_EQ(skipped(question_), 0U);
  question_.service = {};
  EXPECT_EQ(skipped(question_), 1U);
}

TEST_F(Skips, OfWholeSuitesNeedTheEvidenceToHaveNoSay) {
  payload::SkippableItem suite;
  suite.level = payload::TestLevel::kSuite;
  suite.suite = "s.py";
  question_.service.items = {suite};
  question_.full = false;
  EXPECT_EQ(skipped(question_), 0U);
  question_.evidence_says = false;
  EXPECT_EQ(skipped(question_), 1U);
}

}  // namespace
}  // namespace alibi::planning
