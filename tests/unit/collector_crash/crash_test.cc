// What reports say about tests, and the way of crashes through the session's document.
#include "collector/crash/crash.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collector/crash/crash_json.h"
#include "collector/crash/crash_loader.h"
#include "collector/crash/crash_outcomes.h"

namespace alibi::collector {
namespace {

Crash example() {
  Crash crash;
  crash.in_test = true;
  crash.name = "t.py::test_x";
  crash.signal = "SIGSEGV";
  crash.has_address = true;
  crash.address = 0x10;
  crash.shard = "1-2-3.shard";
  crash.threads = {{7, true, false, {{"write_to_null", "broken.cc", 21, "/x/broken.so", 0x20}}}};
  crash.python = "Current thread 0x1 (most recent call first):\n";
  crash.notes = {"a note"};
  crash.complete = true;
  return crash;
}

SessionCoverage coverage_with(bool unfinished) {
  SessionCoverage coverage;
  for (const char* id : {"t.py::test_a", "t.py::test_x"}) {
    TestCoverage test;
    test.id = id;
    test.outcome = Outcome::kPassed;
    coverage.tests.push_back(test);
  }
  if (unfinished) {
    coverage.tests[1].outcome = kNeverEnded;
    add_drop(&coverage.tests[1].evidence.drops, CollectorDrop::kUnfinished, 1);
  }
  return coverage;
}

TEST(CrashOutcomes, ATestThatNeverEndedFailedOfIt) {
  SessionCoverage coverage = coverage_with(true);
  std::vector<Crash> crashes = {example()};
  apply_crashes(&crashes, &coverage);
  EXPECT_EQ(coverage.tests[1].outcome, Outcome::kFailed);
  EXPECT_EQ(coverage.tests[1].reason, "crashed: SIGSEGV at 0x10 in write_to_null");
  EXPECT_EQ(coverage.tests[0].outcome, Outcome::kPassed);
  EXPECT_EQ(crashes.size(), 1u);
}

TEST(CrashOutcomes, ACrashThatTheTestSurvivedIsDropped) {
  SessionCoverage coverage = coverage_with(false);
  std::vector<Crash> crashes = {example()};
  apply_crashes(&crashes, &coverage);
  EXPECT_TRUE(crashes.empty());
  EXPECT_EQ(coverage.tests[1].outcome, Outcome::kPassed);
}

TEST(CrashOutcomes, AForkedChildsCrashAndAHangAreNotes) {
  SessionCoverage coverage = coverage_with(false);
  std::vector<Crash> crashes = {example(), example()};
  crashes[0].forked = true;
  crashes[1].hang = true;
  apply_crashes(&crashes, &coverage);
  EXPECT_EQ(crashes.size(), 2u);
  EXPECT_EQ(coverage.tests[1].outcome, Outcome::kPassed);
}

TEST(CrashOutcomes, OfAHangAndACrashTheCrashEndedTheTest) {
  SessionCoverage coverage = coverage_with(true);
  std::vector<Crash> crashes = {example(), example()};
  crashes[1].hang = true;
  apply_crashes(&crashes, &coverage);
  EXPECT_TRUE(coverage.tests[1].reason.starts_with("crashed:"));
}

TEST(CrashOutcomes, ANameThatWasCutFindsItsTest) {
  SessionCoverage coverage = coverage_with(true);
  std::vector<Crash> crashes = {example()};
  crashes[0].name = "t.py::test_x";
  crashes[0].name_cut = true;
  coverage.tests[1].id = "t.py::test_x[long]";
  apply_crashes(&crashes, &coverage);
  EXPECT_EQ(coverage.tests[1].outcome, Outcome::kFailed);
}

TEST(CrashHeadline, PassesOverTheWayToDie) {
  Crash crash = example();
  crash.signal = "SIGABRT";
  crash.has_address = false;
  crash.threads[0].frames.insert(crash.threads[0].frames.begin(), {"raise", "", 0, "/libc.so.6", 1});
  EXPECT_EQ(headline(crash), "crashed: SIGABRT in write_to_null");
}

TEST(CrashJson, ComesBackAsItWas) {
  std::string document = R"({"id":"s"})";
  keep_crashes({example()}, &document);
  const std::vector<Crash> kept = kept_crashes(document);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(crashes_json(kept), crashes_json({example()}));
  EXPECT_NE(document.find("\"id\":\"s\""), std::string::npos);
}

TEST(CrashJson, ForeignDocumentsAreHarmless) {
  for (const char* document :
       {"", "[]", "{\"crashes\":3}", "{\"crashes\":[1,{\"threads\":{},\"notes\":7,\"address\":-1}]}",
        "{\"crashes\":[{\"threads\":[{\"frames\":[{\"line\":\"x\"}]}]}]"})
    EXPECT_LE(kept_crashes(document).size(), 1u) << document;
}

TEST(CrashLoader, FramesOfHandlersAreLeftOut) {
  crash::Report report;
  report.signal = 11;
  report.code = 1;
  report.modules = {{0x1000, 0x9000, 0, {}, "/nowhere/image.so"}};
  report.stacks = {{7, true, false, 1, {0x1100, 0x1200, 0x1300, 0x1400}}};
  const Crash crash = crash_of(report, nullptr);
  ASSERT_EQ(crash.threads[0].frames.size(), 2u);
  EXPECT_EQ(crash.threads[0].frames[0].offset, 0x300u);  // exact
  EXPECT_EQ(crash.threads[0].frames[1].offset, 0x3FFu);  // a return address
}

}  // namespace
}  // namespace alibi::collector
