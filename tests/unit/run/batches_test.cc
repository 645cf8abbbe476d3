#include <gtest/gtest.h>

#include <algorithm>

#include "collector/run/node_share.h"
#include "tests/unit/run/fake_framework.h"

namespace alibi::run {
namespace {

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

TEST(Batches, RunEveryFileOnce) {
  std::vector<std::string> files;
  for (int i = 0; i < 40; ++i) files.push_back("pass" + std::to_string(i));
  FakeRun run(files, 3);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(run.framework.begun(), sorted(files));
  EXPECT_EQ(outcome.units.size(), 40U);
  for (const UnitRun& unit : outcome.units) EXPECT_EQ(unit.end, UnitEnd::kPassed);
  EXPECT_NE(run.printed.find("[w0] running pass0\n"), std::string::npos);
}

TEST(Batches, AreOneProcessWhereThereIsOneWorker) {
  FakeRun run({"pass1", "pass2", "pass3"}, 1);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.workers[0].processes, 1U);
  EXPECT_FALSE(outcome.units[0].measured);
}

TEST(Batches, EndWithTheStatusOfTheWorst) {
  EXPECT_EQ(FakeRun({"pass", "fail"}, 2).run().exit_status, 1);
  EXPECT_EQ(FakeRun({"usage", "fail"}, 2).run().exit_status, 4);
  EXPECT_EQ(FakeRun({"usage", "crash"}, 2).run().exit_status, 128 + SIGSEGV);
}

TEST(Batches, TolerateNoTestsOnlyWhereOthersHadSome) {
  EXPECT_EQ(FakeRun({"none1", "pass"}, 2).run().exit_status, 0);
  EXPECT_EQ(FakeRun({"none1", "none2"}, 2).run().exit_status, 5);
}

TEST(Batches, RunACrashedFileNeverTwiceByThemselves) {
  FakeRun run({"crash-once", "pass"}, 2);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("crash-once", outcome), UnitEnd::kCrashed);
  EXPECT_EQ(outcome.exit_status, 128 + SIGSEGV);
  EXPECT_EQ(run.framework.begun(), (std::vector<std::string>{"crash-once", "pass"}));
}

TEST(Batches, PassWhenARetryDoesAndCallTheFileFlaky) {
  FakeRun run({"fail-once", "pass", "crash-once"}, 3);
  run.request.retry_failed = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.flaky, (std::vector<size_t>{0, 2}));
  EXPECT_EQ(outcome.units[0].attempts, 2U);
  EXPECT_EQ(outcome.units[1].attempts, 1U);
}

TEST(Batches, RetryAsOftenAsAskedAndKeepTheLastResult) {
  FakeRun run({"fail", "pass"}, 2);
  run.request.retry_failed = 2;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.units[0].attempts, 3U);
  EXPECT_TRUE(outcome.flaky.empty());
}

TEST(Batches, EndAFileThatTakesTooLongAndRunTheOthers) {
  FakeRun run({"hang", "pass1", "stubborn", "pass2"}, 2);
  run.request.file_timeout_ms = 300;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("hang", outcome), UnitEnd::kTimedOut);
  EXPECT_EQ(run.end_of("stubborn", outcome), UnitEnd::kTimedOut);
  EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kPassed);
  EXPECT_EQ(run.end_of("pass2", outcome), UnitEnd::kPassed);
  EXPECT_EQ(outcome.exit_status, 124);
}

TEST(Batches, StopWithTheFirstFailureWhenAsked) {
  FakeRun run({"fail", "polite", "pass1", "pass2"}, 2);
  run.request.file_timeout_ms = 60'000;  // one file a process
  run.request.fail_fast = true;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.units.size(), 4U);
  EXPECT_EQ(run.end_of("fail", outcome), UnitEnd::kFailed);
  EXPECT_EQ(run.end_of("polite", outcome), UnitEnd::kNotRun);
  EXPECT_EQ(run.end_of("pass2", outcome), UnitEnd::kNotRun);
}

TEST(Batches, HaveNoResultWhereTheyWereInterruptedWhateverTheirStatusSays) {
  FakeRun run({"fail-after-traps", "shrugs", "gives-up"}, 3);
  run.request.fail_fast = true;
  run.request.grace_ms = 20'000;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("fail-after-traps", outcome), UnitEnd::kFailed);
  EXPECT_EQ(run.end_of("shrugs", outcome), UnitEnd::kNotRun);
  EXPECT_EQ(run.end_of("gives-up", outcome), UnitEnd::kNotRun);
  EXPECT_EQ(outcome.exit_status, 1);
}

TEST(Batches, StayFailedWhenTheRetryOfASelectionRunsNoTest) {
  FakeRun run({"none-later"}, 1);
  run.units[0].selectors = {"none-later"};
  run.request.retry_failed = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.framework.begun().size(), 2U);
  EXPECT_EQ(run.end_of("none-later", outcome), UnitEnd::kFailed);
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(run.printed.find("its retry ran no test"), std::string::npos) << run.printed;
}

TEST(Batches, DoNotWaitForProcessesThatAWorkerLeavesBehind) {
  FakeRun run({"leave", "escape"}, 2);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_LT(outcome.wall_ms, 2000U);
}

TEST(Batches, RunAllLaunchesOfAFileList) {
  FakeRun run({"pass1", "fail", "pass2"}, 1);
  run.framework.files_per_launch = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.workers[0].processes, 3U);
  EXPECT_EQ(run.framework.begun().size(), 3U);
  EXPECT_EQ(outcome.exit_status, 1);
}

TEST(Batches, AreDividedWhereACommandLineCannotHoldThem) {
  std::vector<std::string> files;
  for (int i = 0; i < 60; ++i) files.push_back("pass" + std::to_string(i) + std::string(60'000, 'x'));
  FakeRun run(files, 1);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(run.framework.begun(), sorted(files));
  EXPECT_GT(outcome.workers[0].processes, 1U);
}

TEST(Batches, PrintAsTheyAreWithASingleWorkerInPlainStyle) {
  FakeRun run({"partial", "binary"}, 1);
  run.request.style = OutputStyle::kPlain;
  run.request.logs = run.directory / "logs";
  EXPECT_EQ(run.run().exit_status, 0);
  EXPECT_EQ(run.printed, "running partial\nno endrunning binary\n\xff\xfe\n");
  EXPECT_EQ(testing::names_in(run.request.logs), std::vector<std::string>{"node-0-worker-0.log"});
}

TEST(Batches, FailWhereTheyEndWithZeroAndLeaveNoReport) {
  FakeRun run({"pass1", "exit-zero", "pass2"}, 1);
  run.framework.junit = true;
  run.request.junit = run.directory / "all.xml";
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 1);
  for (const UnitRun& unit : outcome.units) EXPECT_EQ(unit.end, UnitEnd::kFailed);
  EXPECT_NE(run.printed.find("count as failed: pass1, exit-zero, pass2\n"), std::string::npos) << run.printed;
}

TEST(Batches, PassWithAReport) {
  FakeRun run({"pass1", "pass2"}, 1);
  run.framework.junit = true;
  run.framework.files_per_launch = 1;
  run.request.junit = run.directory / "all.xml";
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_TRUE(outcome.problems.empty());
}

TEST(Batches, FailWhereTheirDriverDidNotComeToItsEnd) {
  FakeRun run({"pass1", "exit-zero", "pass2", "fail"}, 2);
  run.framework.marks = true;
  run.request.retry_failed = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(run.end_of("exit-zero", outcome), UnitEnd::kFailed);
  EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kPassed);
  EXPECT_EQ(run.end_of("pass2", outcome), UnitEnd::kPassed);
  for (const std::string& name : testing::names_in(run.directory.path()))
    EXPECT_EQ(name.find("mark"), std::string::npos) << name;
}

TEST(Batches, AreBelievedWhereNothingSaysMoreThanTheStatus) {
  FakeRun run({"pass", "exit-zero"}, 1);
  run.request.junit = run.directory / "all.xml";  // of a framework that writes none
  EXPECT_EQ(run.run().exit_status, 0);
}

TEST(Batches, SayWhatCannotBeStarted) {
  FakeRun run({"pass"}, 1);
  run.framework.program = "/nonexistent/program";
  NodeShare source(run.units, run.share, Stealing{});
  const Result<RunOutcome> outcome = run_units(run.request, &run.framework, &source, run.share);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("/nonexistent/program"), std::string::npos);
}

}  // namespace
}  // namespace alibi::run
