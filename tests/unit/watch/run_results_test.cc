#include "collector/watch/run_results.h"

#include <gtest/gtest.h>

namespace alibi::watch {
namespace {

RunEvent parsed(const std::string& line) {
  return parse_run_event(line).value_or(RunEvent());
}

class RunResultsTest : public ::testing::Test {
 protected:
  void collected(size_t run) {
    results_.add(parsed(R"({"event":"collected","left_out":3,"run":)" + std::to_string(run) + "}"));
  }
  void fails(const std::string& id, const std::string& line = "E   assert 1 == 2") {
    results_.add(parsed(R"({"event":"failure","id":")" + id + R"(","text":[")" + line + R"("]})"));
    results_.add(parsed(R"({"event":"test","outcome":"failed","id":")" + id + R"("})"));
  }
  void passes(const std::string& id) {
    results_.add(parsed(R"({"event":"test","outcome":"passed","id":")" + id + R"("})"));
  }
  void ends() { results_.add(parsed(R"({"event":"end"})")); }
  std::vector<std::string> failing() const {
    std::vector<std::string> ids;
    for (const Failure& failure : results_.failures()) ids.push_back(failure.id);
    return ids;
  }
  using Ids = std::vector<std::string>;

  RunResults results_;
};

TEST_F(RunResultsTest, CountsAndKeepsFailures) {
  results_.begin(RunMode::kChanged);
  collected(2);
  passes("a");
  fails("b");
  ends();
  EXPECT_EQ(results_.end(1, false), RunEnd::kOrderly);
  EXPECT_EQ(results_.counts().passed, 1U);
  EXPECT_EQ(results_.counts().failed, 1U);
  EXPECT_EQ(results_.counts().left_out, 3U);
  EXPECT_EQ(failing(), Ids{"b"});
}

TEST_F(RunResultsTest, AFailureStaysUntilItsTestPasses) {
  results_.begin(RunMode::kChanged);
  fails("b");
  fails("c");
  ends();
  (void)results_.end(1, false);
  results_.begin(RunMode::kChanged);
  EXPECT_TRUE(results_.failures()[0].earlier);
  fails("c");
  EXPECT_EQ(failing(), (Ids{"c", "b"}));  // of this run first
  EXPECT_EQ(results_.end(130, true), RunEnd::kInterrupted);
  EXPECT_EQ(failing(), (Ids{"c", "b"}));
  results_.begin(RunMode::kChanged);
  passes("b");
  passes("c");
  EXPECT_EQ(failing(), Ids{});
}

TEST_F(RunResultsTest, AFailedTestThatIsGoneIsForgottenByAWholeRunOnly) {
  results_.begin(RunMode::kChanged);
  fails("gone");
  ends();
  (void)results_.end(1, false);
  results_.begin(RunMode::kFailed);
  ends();
  (void)results_.end(0, false);
  EXPECT_EQ(failing(), Ids{"gone"});
  results_.begin(RunMode::kChanged);
  fails("x");
  results_.add(parsed(R"({"event":"end","stopped":true})"));
  (void)results_.end(1, false);
  EXPECT_EQ(failing(), (Ids{"x", "gone"}));
  results_.begin(RunMode::kChanged);
  fails("x");
  ends();
  (void)results_.end(1, false);
  EXPECT_EQ(failing(), Ids{"x"});
}

TEST_F(RunResultsTest, WhatCouldNotBeFoundIsForgottenOnceItCan) {
  results_.begin(RunMode::kChanged);
  results_.add(parsed(R"({"event":"failure","id":"tests/a.py","finding":true})"));
  ends();
  EXPECT_EQ(results_.end(2, false), RunEnd::kOrderly);
  results_.begin(RunMode::kChanged);
  results_.add(parsed(R"({"event":"failure","id":"tests/b.py","finding":true})"));
  ends();
  (void)results_.end(2, false);
  EXPECT_EQ(failing(), Ids{"tests/b.py"});
}

TEST_F(RunResultsTest, ATestThatFailsTwiceInARunIsOneFailureWithBothTexts) {
  results_.begin(RunMode::kChanged);
  fails("a", "call");
  fails("a", "teardown");
  ASSERT_EQ(failing(), Ids{"a"});
  EXPECT_EQ(results_.failures()[0].text, (std::vector<std::string>{"call", "teardown"}));
}

TEST_F(RunResultsTest, ARerunThatPassesTakesTheFailureBack) {
  results_.begin(RunMode::kChanged);
  results_.add(parsed(R"({"event":"failure","id":"a"})"));
  passes("a");
  EXPECT_EQ(failing(), Ids{});
}

TEST_F(RunResultsTest, TellsARunnerThatSaysNothingFromOneThatBroke) {
  results_.begin(RunMode::kChanged);
  EXPECT_EQ(results_.end(1, false), RunEnd::kSilent);
  results_.begin(RunMode::kChanged);
  collected(3);
  EXPECT_EQ(results_.end(139, false), RunEnd::kBroken);  // no end was said
  results_.begin(RunMode::kChanged);
  ends();
  EXPECT_EQ(results_.end(4, false), RunEnd::kBroken);
}

TEST(RunEvent, WhatIsNotUnderstoodIsNoEvent) {
  for (const char* line :
       {"", "x", "[]", "{}", R"({"event":"later"})", R"({"event":"test"})", R"({"event":3})"})
    EXPECT_FALSE(parse_run_event(line)) << line;
}

TEST(RunEvent, ValuesOfAnyTypeDoNoHarmAndTerminalsAreNotSteered) {
  const auto event = parse_run_event(
      R"({"event":"failure","id":"a\u001b[2J","text":["x\u001b[31m",3,null],"message":7,"ms":"x"})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->id, "a?[2J");
  EXPECT_EQ(event->text, std::vector<std::string>{"x?[31m"});
}

TEST(LineCutter, CutsWhatComesInPiecesAndDropsWhatIsTooLong) {
  LineCutter cutter;
  std::vector<std::string> lines;
  cutter.add("on", &lines);
  cutter.add("e\ntwo\nth", &lines);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(cutter.rest(), "th");
  cutter.add(std::string(5 << 20, 'x'), &lines);
  cutter.add("tail\nfour\n", &lines);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "four"}));
}

}  // namespace
}  // namespace alibi::watch
