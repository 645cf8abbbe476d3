#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/run/fake_framework.h"

namespace alibi::run {
namespace {

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

struct PersistentRun : FakeRun {
  PersistentRun(const std::vector<std::string>& files, uint32_t workers) : FakeRun(files, workers) {
    request.persistent = true;
  }
};

TEST(PersistentWorkers, TakeFileAfterFileInOneProcessEach) {
  std::vector<std::string> files;
  for (int i = 0; i < 30; ++i) files.push_back("pass" + std::to_string(i));
  PersistentRun run(files, 2);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(run.framework.begun(), sorted(files));
  EXPECT_EQ(outcome.workers[0].processes + outcome.workers[1].processes, 2U);
  EXPECT_GT(outcome.workers[0].boot_ms, 0U);
  EXPECT_TRUE(outcome.workers[0].boot_is_whole);
  EXPECT_EQ(outcome.units[0].loading_ms, 1U);
  EXPECT_TRUE(outcome.units[0].measured);
}

TEST(PersistentWorkers, MayAskForTheNextFileWhileOneRuns) {
  std::vector<std::string> files;
  for (int i = 0; i < 20; ++i) files.push_back("pass" + std::to_string(i));
  PersistentRun run(files, 2);
  run.framework.driver_mode = "early";
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(run.framework.begun(), sorted(files));
}

TEST(PersistentWorkers, CrashInOneFileAndTheOthersAreRunOnce) {
  PersistentRun run({"crash", "pass1", "pass2", "exit", "pass3", "pass4"}, 2);
  run.framework.driver_mode = "early";
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("crash", outcome), UnitEnd::kCrashed);
  EXPECT_EQ(run.end_of("exit", outcome), UnitEnd::kCrashed);
  for (const char* file : {"pass1", "pass2", "pass3", "pass4"})
    EXPECT_EQ(run.end_of(file, outcome), UnitEnd::kPassed);
  EXPECT_EQ(run.framework.begun(), sorted({"crash", "pass1", "pass2", "exit", "pass3", "pass4"}));
  EXPECT_EQ(outcome.exit_status, 128 + SIGSEGV);
}

TEST(PersistentWorkers, RetryOnlyWhatFailedInAFile) {
  PersistentRun run({"fail-part", "fail-once"}, 1);
  run.request.retry_failed = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.flaky, std::vector<size_t>{1});
  EXPECT_NE(run.printed.find("running fail-part::two\n"), std::string::npos);
}

TEST(PersistentWorkers, EndAFileThatTakesTooLongAndRunTheRestInAnotherProcess) {
  PersistentRun run({"hang", "pass1", "stubborn", "pass2"}, 2);
  run.request.file_timeout_ms = 400;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("hang", outcome), UnitEnd::kTimedOut);
  EXPECT_EQ(run.end_of("stubborn", outcome), UnitEnd::kTimedOut);
  EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kPassed);
  EXPECT_EQ(run.end_of("pass2", outcome), UnitEnd::kPassed);
  EXPECT_EQ(outcome.exit_status, 124);
}

TEST(PersistentWorkers, GiveWayToBatchesWhereTheyCannotStartAndSaySoOnce) {
  for (const char* mode : {"dies", "dies-of-signal", "leaves", "drops", "nonsense"}) {
    PersistentRun run({"pass1", "pass2", "fail"}, 2);
    run.framework.driver_mode = mode;
    const RunOutcome outcome = run.run();
    EXPECT_EQ(run.framework.begun(), sorted({"pass1", "pass2", "fail"})) << mode;
    EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kPassed) << mode;
    EXPECT_EQ(std::ranges::count_if(outcome.problems,
                                    [](const std::string& text) {
                                      return text.find("instead of persistent") != std::string::npos;
                                    }),
              1)
        << mode;
  }
}

TEST(PersistentWorkers, ThatNeverBecomeReadyAreEndedWhereThereIsALimit) {
  PersistentRun run({"pass1"}, 1);
  run.framework.driver_mode = "silent";
  run.request.between_files_ms = 0;
  run.request.file_timeout_ms = 500;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kPassed);
  EXPECT_NE(run.printed.find("took too long to start"), std::string::npos);
}

TEST(PersistentWorkers, AreEndedWhenTheySpeakNonsenseInAFile) {
  PersistentRun run({"odd", "pass1", "pass2"}, 1);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("odd", outcome), UnitEnd::kCrashed);
  EXPECT_EQ(run.end_of("pass2", outcome), UnitEnd::kPassed);
  EXPECT_NE(outcome.exit_status, 0);
  EXPECT_EQ(run.framework.begun(), sorted({"odd", "pass1", "pass2"}));
}

TEST(PersistentWorkers, ThatCloseTheirSocketCrashedInTheirFile) {
  PersistentRun run({"close", "pass1"}, 1);
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("close", outcome), UnitEnd::kCrashed);
  EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kPassed);
  EXPECT_EQ(outcome.exit_status, 1);
}

TEST(PersistentWorkers, WithoutTestsDoNoHarmNextToOthers) {
  PersistentRun run({"pass1", "fail-once"}, 1);
  run.framework.driver_mode = "five";
  run.request.retry_failed = 1;
  EXPECT_EQ(run.run().exit_status, 0);
}

TEST(PersistentWorkers, ThatTakeNoMoreLeaveTheRestUndoneAndTheStatusSaysSo) {
  PersistentRun run({"pass1", "pass2"}, 1);
  run.framework.driver_mode = "stops";
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kNotRun);
  EXPECT_EQ(run.end_of("pass2", outcome), UnitEnd::kNotRun);
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(run.printed.find("enough"), std::string::npos);
}

TEST(PersistentWorkers, ThatTookNoMoreTakePartInRetries) {
  PersistentRun run({"quits-once"}, 1);
  run.request.retry_failed = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(outcome.flaky, std::vector<size_t>{0});
  EXPECT_EQ(outcome.exit_status, 0);
}

TEST(PersistentWorkers, LeaveTheRestUndoneAndTheStatusSaysSoAfterRetriesToo) {
  PersistentRun run({"quits-once", "pass"}, 1);
  run.request.retry_failed = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("quits-once", outcome), UnitEnd::kPassed);
  EXPECT_EQ(run.end_of("pass", outcome), UnitEnd::kNotRun);
  EXPECT_EQ(outcome.exit_status, 1);
}

TEST(PersistentWorkers, ThatTakeNoMoreLeaveTheirListToOthersWhereNobodySteals) {
  PersistentRun run({"quits", "slow", "pass1", "pass2"}, 2);
  run.steals = false;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.framework.begun(), sorted({"quits", "slow", "pass1", "pass2"}));
  EXPECT_EQ(run.end_of("pass1", outcome), UnitEnd::kPassed);
  EXPECT_EQ(outcome.exit_status, 1);
}

TEST(PersistentWorkers, AreNotForgivenWhatFailedOutsideOfFiles) {
  for (const auto& [mode, status] :
       {std::pair("teardown-once", 1), std::pair("dies-late-once", 128 + SIGKILL)}) {
    PersistentRun run({"fail-once", "pass"}, 1);
    run.framework.driver_mode = mode;
    run.request.retry_failed = 1;
    const RunOutcome outcome = run.run();
    EXPECT_EQ(outcome.flaky, std::vector<size_t>{0}) << mode;
    EXPECT_EQ(outcome.exit_status, status) << mode;
  }
}

TEST(PersistentWorkers, AreForgivenTheFileTheyDiedInWhenItsRetryPasses) {
  PersistentRun run({"crash-once", "pass"}, 1);
  run.request.retry_failed = 1;
  EXPECT_EQ(run.run().exit_status, 0);
}

TEST(PersistentWorkers, LeaveAFileFailedWhenTheRetryOfItsFailedTestsRunsNone) {
  PersistentRun run({"fail-part", "pass"}, 1);
  run.framework.driver_mode = "loses";
  run.request.retry_failed = 1;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("fail-part", outcome), UnitEnd::kFailed);
  EXPECT_TRUE(outcome.flaky.empty());
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(run.printed.find("fail-part stays failed: its retry ran no test; fail-part::two selects none"),
            std::string::npos)
      << run.printed;
}

TEST(PersistentWorkers, StopWithTheFirstFailureWhenAsked) {
  PersistentRun run({"fail", "hang", "pass1", "pass2"}, 2);
  run.request.fail_fast = true;
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("fail", outcome), UnitEnd::kFailed);
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(outcome.units.size(), 4U);
}

TEST(PersistentWorkers, HaveNoResultOfWhatFailFastInterrupted) {
  PersistentRun run({"fail", "interrupted"}, 2);
  run.request.fail_fast = true;
  // The other has begun when the first fails.
  run.framework.driver_mode = "waits";
  const RunOutcome outcome = run.run();
  EXPECT_EQ(run.end_of("fail", outcome), UnitEnd::kFailed);
  EXPECT_EQ(run.end_of("interrupted", outcome), UnitEnd::kNotRun);
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_TRUE(outcome.problems.empty());
}

TEST(PersistentWorkers, HaveAGroupForEachFileAndAReportForEachProcess) {
  PersistentRun run({"pass1", "fail-once"}, 1);
  run.request.style = OutputStyle::kGrouped;
  run.request.syntax = CiSyntax::kGithub;
  run.request.retry_failed = 1;
  run.request.junit = run.directory / "junit.xml";
  run.framework.junit = true;
  const RunOutcome outcome = run.run();
  EXPECT_NE(run.printed.find("::group::worker 0: pass1 (passed, 0."), std::string::npos) << run.printed;
  EXPECT_NE(run.printed.find(" s)\nrunning pass1\n::endgroup::\n"), std::string::npos) << run.printed;
  const std::vector<std::string> lines = run.framework.lines_of("junit.xml");
  ASSERT_GE(lines.size(), 2U);
  EXPECT_NE(lines[1].find("tests=\"2\" failures=\"0\" errors=\"0\""), std::string::npos) << lines[1];
  EXPECT_EQ(std::ranges::count(testing::names_in(run.directory.path()), "junit-0-0.xml.0"), 0);
}

}  // namespace
}  // namespace alibi::run
