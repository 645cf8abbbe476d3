#include "collector/planning/history.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace alibi::planning {
namespace {

class HistoryOf : public ::testing::Test {
 protected:
  void SetUp() override {
    timings::RunTimings run;
    run.at_s = 1000;
    run.machine = timings::machine_class();
    run.framework = "pytest";
    run.boot_ms = 500;
    run.file_ms = 200;
    run.files = {{"a.py", 1200, true}, {"tiny.py", 50, true}};
    ASSERT_TRUE(timings::add_run(directory_ / "data", run));
    testing::write_text(directory_ / "junit.xml",
                        "<testsuite><testcase file='b.py' name='t' time='1.0'/></testsuite>");
    question_.directory = directory_ / "project";
    question_.data = directory_ / "data";
    question_.framework = "pytest";
    question_.files = {"a.py", "b.py", "tiny.py"};
    question_.junit = {directory_ / "junit.xml"};
    question_.now_s = 2000;
  }

  testing::TemporaryDirectory directory_;
  HistoryQuestion question_;
};

// What the plan adds for each unit is not in its weight as well; JUnit's sums of tests never held it.
TEST_F(HistoryOf, CountsLoadingOnce) {
  const History history = read_history(question_);
  EXPECT_EQ(history.learned.costs.file_ms, 200U);
  EXPECT_EQ(history.learned.file_runs, 1U);
  EXPECT_EQ(history.files.at("a.py").duration_ms, 1000U);
  EXPECT_EQ(history.files.at("b.py").duration_ms, 1000U);
  EXPECT_EQ(history.files.at("tiny.py").duration_ms, 1U);
  EXPECT_EQ(history.samples.at("a.py")[0].duration_ms, 1200U);  // as measured, to be shown
}

TEST_F(HistoryOf, LeavesTimesAsTheyAreWhereThePlanHasNoCosts) {
  question_.compat = true;
  EXPECT_EQ(read_history(question_).files.at("a.py").duration_ms, 1200U);
}

TEST_F(HistoryOf, OfAnotherFrameworkHasNoLoading) {
  question_.framework = "rspec";
  const History history = read_history(question_);
  EXPECT_EQ(history.learned.costs.file_ms, 0U);
  EXPECT_EQ(history.files.at("a.py").duration_ms, 1200U);
}

}  // namespace
}  // namespace alibi::planning
