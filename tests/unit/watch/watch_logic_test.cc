#include "collector/watch/watch_logic.h"

#include <gtest/gtest.h>

namespace alibi::watch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Actions = std::vector<Action>;
using Phase = WatchLogic::Phase;

const Change kSource{"/p/shop.py", ChangeKind::kModified};
const Change kOther{"/p/README.md", ChangeKind::kModified};
const Change kWritten{"/p/out.txt", ChangeKind::kModified};

class WatchLogicTest : public ::testing::Test {
 protected:
  WatchLogicTest() {
    known_.add_read("/p/shop.py");
    known_.add_written("/p/out.txt");
  }
  // The first run has ended and nothing waits.
  void settle() {
    EXPECT_EQ(logic_.begin(), Actions{Action::kStartRun});
    EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{});
  }
  Actions changed(const Change& change) { return logic_.changed({change}, now_); }
  Actions pressed(Key key) { return logic_.pressed(key, now_); }

  Time now_{};
  KnownPaths known_;
  WatchLogic logic_{&known_};
};

TEST_F(WatchLogicTest, ASaveOfWhatTestsRestOnRunsAtOnce) {
  settle();
  EXPECT_EQ(changed(kSource), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.changes(), std::vector<std::string>{"/p/shop.py"});
  EXPECT_EQ(logic_.mode(), RunMode::kChanged);
}

TEST_F(WatchLogicTest, ASaveOfAnythingElseIsSettledWhenNothingHasToRun) {
  settle();
  EXPECT_EQ(changed(kOther), Actions{Action::kAsk});
  EXPECT_EQ(logic_.answered(Answer::kNothingToRun), Actions{});
  EXPECT_EQ(logic_.phase(), Phase::kIdle);
  EXPECT_EQ(logic_.settled(), std::vector<std::string>{"/p/README.md"});
  EXPECT_TRUE(logic_.waiting().empty());
}

TEST_F(WatchLogicTest, AndRunsWhenSomethingHasTo) {
  settle();
  (void)changed(kOther);
  EXPECT_EQ(logic_.answered(Answer::kSomethingToRun), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.changes(), std::vector<std::string>{"/p/README.md"});
}

TEST_F(WatchLogicTest, WithoutEvidenceEverySaveRuns) {
  known_ = KnownPaths();
  settle();
  EXPECT_EQ(changed(kOther), Actions{Action::kStartRun});
}

TEST_F(WatchLogicTest, WhileSomethingFailsEverySaveRuns) {
  (void)logic_.begin();
  (void)logic_.run_ended(Standing::kSomethingOpen);
  EXPECT_EQ(changed(kOther), Actions{Action::kStartRun});
}

TEST_F(WatchLogicTest, ANewFileThatMayHoldTestsRunsWithoutAQuestion) {
  settle();
  EXPECT_EQ(changed({"/p/test_new.py", ChangeKind::kCreated}), Actions{Action::kStartRun});
}

TEST_F(WatchLogicTest, ASaveDuringAQuestionAsksAgainAboutBoth) {
  settle();
  (void)changed(kOther);
  EXPECT_EQ(changed({"/p/NOTES.md", ChangeKind::kModified}), (Actions{Action::kStopAsking, Action::kAsk}));
  EXPECT_EQ(changed(kSource), (Actions{Action::kStopAsking, Action::kStartRun}));
  EXPECT_EQ(logic_.changes().size(), 3U);
  EXPECT_EQ(logic_.answered(Answer::kNothingToRun), Actions{});  // came too late
  EXPECT_EQ(logic_.phase(), Phase::kRunning);
}

TEST_F(WatchLogicTest, ASaveDuringARunInterruptsItAndRunsAnew) {
  settle();
  (void)changed(kSource);
  EXPECT_EQ(changed(kSource), Actions{Action::kInterrupt});
  EXPECT_EQ(changed(kSource), Actions{});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.changes(), std::vector<std::string>{"/p/shop.py"});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{});
}

TEST_F(WatchLogicTest, ASaveOfAnythingElseDuringARunWaitsForItsEnd) {
  settle();
  (void)changed(kSource);
  EXPECT_EQ(changed(kOther), Actions{});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{Action::kAsk});
}

TEST_F(WatchLogicTest, WhatTestsWriteDuringARunIsNoSave) {
  settle();
  (void)changed(kSource);
  EXPECT_EQ(changed(kWritten), Actions{});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{});
  EXPECT_EQ(changed(kWritten), Actions{Action::kAsk});  // by hand
}

TEST_F(WatchLogicTest, WhatTheFirstRunWritesIsKnownAtItsEnd) {
  known_ = KnownPaths();
  (void)logic_.begin();
  EXPECT_EQ(changed(kWritten), Actions{});
  known_.add_read("/p/shop.py");
  known_.add_written("/p/out.txt");
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{});
}

TEST_F(WatchLogicTest, AReportThatEachRunWritesStartsOneRunAtMost) {
  const Change report{"/p/report.xml", ChangeKind::kModified};
  settle();
  (void)changed(kSource);
  (void)changed(report);
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{Action::kAsk});
  EXPECT_EQ(logic_.answered(Answer::kSomethingToRun), Actions{Action::kStartRun});
  (void)changed(report);
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{});
  (void)changed(kSource);
  (void)changed(report);
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{});
  // By hand it is a change like any other.
  EXPECT_EQ(changed(report), Actions{Action::kAsk});
}

TEST_F(WatchLogicTest, TestsThatWriteWhatTheyRestOnAreNotRunForEver) {
  settle();
  Actions actions = changed(kSource);
  int runs = 0;
  while (actions == Actions{Action::kStartRun} && runs < 100) {
    ++runs;
    actions = changed(kSource);
    actions = logic_.run_ended(Standing::kAllGood);
  }
  EXPECT_EQ(runs, 6);
  EXPECT_TRUE(logic_.gave_up());
  EXPECT_EQ(logic_.phase(), Phase::kIdle);
  EXPECT_EQ(logic_.waiting(), std::vector<std::string>{"/p/shop.py"});
  // The next save, or key, runs as ever.
  EXPECT_EQ(changed(kSource), Actions{Action::kStartRun});
  EXPECT_FALSE(logic_.gave_up());
}

TEST_F(WatchLogicTest, ARunThatDoesNotStopIsKilled) {
  settle();
  (void)changed(kSource);
  (void)changed(kSource);
  ASSERT_TRUE(logic_.deadline());
  EXPECT_EQ(logic_.time_passed(now_ + seconds(1)), Actions{});
  EXPECT_EQ(logic_.time_passed(*logic_.deadline()), Actions{Action::kKill});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{Action::kStartRun});
  EXPECT_FALSE(logic_.deadline());
}

TEST_F(WatchLogicTest, KeysRunAgainAllAndFailed) {
  settle();
  EXPECT_EQ(pressed(Key::kAgain), Actions{Action::kStartRun});
  EXPECT_EQ(pressed(Key::kAll), Actions{Action::kInterrupt});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.mode(), RunMode::kAll);
  (void)logic_.run_ended(Standing::kAllGood);
  EXPECT_EQ(pressed(Key::kFailed), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.mode(), RunMode::kFailed);
}

TEST_F(WatchLogicTest, ARunOfWhatFailedSettlesNoSave) {
  settle();
  (void)pressed(Key::kPause);
  (void)changed(kSource);
  EXPECT_EQ(pressed(Key::kFailed), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{});
  EXPECT_EQ(pressed(Key::kPause), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.mode(), RunMode::kChanged);
}

TEST_F(WatchLogicTest, WhilePausedSavesWait) {
  settle();
  EXPECT_EQ(pressed(Key::kPause), Actions{});
  EXPECT_EQ(changed(kSource), Actions{});
  EXPECT_EQ(changed(kOther), Actions{});
  EXPECT_EQ(logic_.waiting().size(), 2U);
  EXPECT_EQ(pressed(Key::kPause), Actions{Action::kStartRun});
  EXPECT_EQ(logic_.changes().size(), 2U);
}

TEST_F(WatchLogicTest, QuitWaitsForTheRunToStopUnlessAskedTwice) {
  settle();
  (void)changed(kSource);
  EXPECT_EQ(pressed(Key::kQuit), Actions{Action::kInterrupt});
  EXPECT_EQ(changed(kSource), Actions{});
  EXPECT_EQ(pressed(Key::kAgain), Actions{});
  EXPECT_EQ(pressed(Key::kQuit), Actions{Action::kKill});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{Action::kQuit});
}

TEST_F(WatchLogicTest, QuitWhileIdleOrAskingIsAtOnce) {
  settle();
  (void)changed(kOther);
  EXPECT_EQ(pressed(Key::kQuit), (Actions{Action::kStopAsking, Action::kQuit}));
  EXPECT_EQ(pressed(Key::kQuit), Actions{Action::kQuit});
}

TEST_F(WatchLogicTest, QuitWhileItStopsForASaveDoesNotRunAgain) {
  settle();
  (void)changed(kSource);
  (void)changed(kSource);
  EXPECT_EQ(pressed(Key::kQuit), Actions{});
  EXPECT_EQ(logic_.run_ended(Standing::kAllGood), Actions{Action::kQuit});
}

TEST(QuietTime, EndsAMomentAfterTheLastAndNotForEverAfterTheFirst) {
  QuietTime quiet;
  EXPECT_FALSE(quiet.ends());
  const Time begin{};
  quiet.happened(begin);
  EXPECT_EQ(*quiet.ends(), begin + milliseconds(75));
  quiet.happened(begin + milliseconds(50));
  EXPECT_EQ(*quiet.ends(), begin + milliseconds(125));
  for (int i = 1; i < 100; ++i) quiet.happened(begin + milliseconds(50 * i));
  EXPECT_EQ(*quiet.ends(), begin + seconds(1));
  quiet.reset();
  EXPECT_FALSE(quiet.ends());
}

}  // namespace
}  // namespace alibi::watch
