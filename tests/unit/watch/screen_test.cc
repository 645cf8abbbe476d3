#include "collector/watch/screen.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "collector/watch/plain_log.h"

namespace alibi::watch {
namespace {

using Activity = View::Activity;

const report::Style kPlain;

RunEvent event(const std::string& line) {
  return parse_run_event(line).value_or(RunEvent());
}

void fail(View* view, const std::string& id, int lines) {
  RunEvent failure = event(R"({"event":"failure","id":")" + id + R"("})");
  for (int i = 1; i <= lines; ++i) failure.text.push_back("E   line " + std::to_string(i));
  view->results.add(failure);
  view->results.add(event(R"({"event":"test","outcome":"failed","id":")" + id + R"("})"));
}

View running() {
  View view;
  view.project = "/home/me/bakery";
  view.command = "python -m pytest --alibi";
  view.time = "12:30:00";
  view.files = 14;
  view.activity = Activity::kRunning;
  view.runs = 1;
  view.results.begin(RunMode::kChanged);
  view.results.add(event(R"({"event":"collected","run":3,"left_out":15})"));
  return view;
}

void end(View* view, int status) {
  view->results.add(event(R"({"event":"end"})"));
  view->end = view->results.end(status, false);
  view->status = status;
  view->activity = Activity::kIdle;
}

std::string text_of(const View& view, ScreenSize size = {}) {
  std::string text;
  for (const std::string& line : screen_lines(view, size, kPlain)) text += line + "\n";
  return text;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Screen, SaysHowFarARunIs) {
  View view = running();
  fail(&view, "a::b", 1);
  EXPECT_TRUE(contains(text_of(view), "RUN   1 of 3 tests, 1 failed"));
}

TEST(Screen, ShowsFailuresBeforeTheRunHasEnded) {
  View view = running();
  fail(&view, "a::b", 2);
  EXPECT_TRUE(contains(text_of(view), "FAILED a::b\n    E   line 1\n    E   line 2\n"));
}

TEST(Screen, AlwaysFitsWhateverItsSize) {
  View view = running();
  view.problems = {std::string(300, 'x'), "another"};
  view.changes = {"a", "b", "c", "d"};
  for (int i = 0; i < 20; ++i) fail(&view, "tests/test_" + std::to_string(i) + ".py::test", i * 3);
  end(&view, 1);
  for (size_t rows = 1; rows < 60; ++rows) {
    for (const size_t columns : {1U, 10U, 80U}) {
      const std::vector<std::string> lines = screen_lines(view, {rows, columns}, kPlain);
      EXPECT_LE(lines.size(), rows);
      for (const std::string& line : lines) EXPECT_LE(line.size(), columns);
    }
  }
}

TEST(Screen, CutsBetweenCharactersOnly) {
  View view = running();
  view.project = "/häuser/größe";
  const std::vector<std::string> lines = screen_lines(view, {10, 16}, kPlain);
  EXPECT_EQ(lines[0], "alibi watch  /hä");
}

TEST(Screen, EveryFailureHasItsLineAndTheFirstItsTraceback) {
  View view = running();
  for (int i = 0; i < 5; ++i) fail(&view, "test_" + std::to_string(i), 10);
  end(&view, 1);
  const std::string text = text_of(view, {24, 80});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(contains(text, "FAILED test_" + std::to_string(i))) << text;
  EXPECT_TRUE(contains(text, "E   line 10"));
}

TEST(Screen, OfALongTracebackTheEndStays) {
  View view = running();
  fail(&view, "a", 100);
  end(&view, 1);
  const std::string text = text_of(view, {20, 80});
  EXPECT_TRUE(contains(text, "FAILED a\n    ...\n"));
  EXPECT_TRUE(contains(text, "E   line 100\n"));
  EXPECT_FALSE(contains(text, "E   line 1\n"));
}

TEST(Screen, WhatATestPrintedGivesWayToItsTraceback) {
  View view = running();
  RunEvent failure = event(R"({"event":"failure","id":"a","text":["E   why","Captured stdout call:"]})");
  for (int i = 0; i < 50; ++i) failure.text.push_back("  printed");
  view.results.add(failure);
  end(&view, 1);
  const std::string text = text_of(view, {20, 80});
  EXPECT_TRUE(contains(text, "E   why"));
  EXPECT_FALSE(contains(text, "printed"));
}

TEST(Screen, FailuresThatDoNotFitAreCountedAndScrolledTo) {
  View view = running();
  for (int i = 0; i < 40; ++i) fail(&view, "test_" + std::to_string(i), 1);
  end(&view, 1);
  EXPECT_TRUE(contains(text_of(view), "more failures: Down"));
  view.first_failure = 39;
  EXPECT_TRUE(contains(text_of(view), "FAILED test_39\n    E   line 1\n"));
  EXPECT_FALSE(contains(text_of(view), "FAILED test_0\n"));
}

TEST(Screen, SaysThatNothingHadToRun) {
  View view = running();
  view.settled = {"README.md"};
  end(&view, 0);
  EXPECT_TRUE(contains(text_of(view), "PASS  nothing had to run; 15 have an alibi"));
  EXPECT_TRUE(contains(text_of(view), "nothing to run for README.md"));
}

TEST(Screen, ABadEndShowsWhatWasPrintedWithoutItsColours) {
  View view = running();
  view.output = "\x1b[31mred\x1b[0m\tafter\r\nlast\n\n";
  view.end = view.results.end(139, false);
  view.status = 139;
  view.activity = Activity::kIdle;
  const std::string text = text_of(view);
  EXPECT_TRUE(contains(text, "FAIL  ended by signal 11"));
  EXPECT_TRUE(contains(text, "red     after\nlast\n")) << text;
}

TEST(Screen, WithoutColoursItUsesNone) {
  View view = running();
  fail(&view, "a", 1);
  EXPECT_FALSE(contains(text_of(view), "\x1b"));
  report::Style coloured;
  coloured.coloured = true;
  const std::vector<std::string> lines = screen_lines(view, {}, coloured);
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(),
                          [](const std::string& line) { return contains(line, "\x1b["); }));
}

TEST(Screen, FailuresOfEarlierRunsSayThatTheyAre) {
  View view = running();
  fail(&view, "a", 1);
  end(&view, 1);
  view.results.begin(RunMode::kChanged);
  view.end.reset();
  view.activity = Activity::kRunning;
  EXPECT_TRUE(contains(text_of(view), "FAILED a  (before; not run again yet)"));
}

TEST(PlainLog, SaysEachThingOnce) {
  PlainLog log(kPlain);
  View view = running();
  view.changes = {"a.py"};
  const std::string first = log.update(view);
  EXPECT_TRUE(
      contains(first, "12:30:00 watching 14 files of /home/me/bakery with python -m pytest --alibi\n"));
  EXPECT_TRUE(contains(first, "12:30:00 changed a.py\n12:30:00 running\n"));
  EXPECT_EQ(log.update(view), "");
  fail(&view, "a::b", 1);
  EXPECT_EQ(log.update(view), "12:30:00 FAILED a::b\n    E   line 1\n");
  EXPECT_EQ(log.update(view), "");
  end(&view, 1);
  EXPECT_TRUE(contains(log.update(view), "12:30:00 1 failed; 15 have an alibi"));
  EXPECT_EQ(log.update(view), "");
  view.settled = {"README.md"};
  EXPECT_EQ(log.update(view), "12:30:00 nothing to run for README.md\n");
  view.paused = true;
  EXPECT_EQ(log.update(view), "12:30:00 paused\n");
}

TEST(PlainLog, TellsAFailureAgainInTheNextRun) {
  PlainLog log(kPlain);
  View view = running();
  fail(&view, "a", 0);
  end(&view, 1);
  (void)log.update(view);
  ++view.runs;
  view.end.reset();
  view.results.begin(RunMode::kChanged);
  EXPECT_FALSE(contains(log.update(view), "FAILED"));
  fail(&view, "a", 0);
  EXPECT_TRUE(contains(log.update(view), "FAILED a"));
}

}  // namespace
}  // namespace alibi::watch
