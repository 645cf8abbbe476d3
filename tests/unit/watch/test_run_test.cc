#include "collector/watch/test_run.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "collector/watch/question.h"
#include "collector/watch/signals.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace alibi::watch {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

RunCommand shell(const std::string& script) {
  return {{"/bin/sh", "-c", script}, "/", {}};
}

// Whatever it says is heard; ends when it has ended.
struct Heard {
  int status = -1;
  std::string output;
  std::vector<RunEvent> events;
};

Heard hear(TestRun* run) {
  Heard heard;
  while (true) {
    pollfd places[] = {{run->output_fd(), POLLIN, 0}, {run->events_fd(), POLLIN, 0}};
    (void)::poll(places, 2, 20);
    const std::optional<int> status = run->ended();
    run->read_output();
    for (RunEvent& event : run->read_events()) heard.events.push_back(std::move(event));
    if (!status) continue;
    heard.status = *status;
    heard.output = run->output();
    return heard;
  }
}

void wait_for_output(TestRun* run) {
  while (run->output().empty()) {
    pollfd place{run->output_fd(), POLLIN, 0};
    (void)::poll(&place, 1, 1000);
    run->read_output();
  }
}

bool is_alive(pid_t process) {
  return ::kill(process, 0) == 0;
}

TEST(TestRun, HearsEventsOutputAndTheStatus) {
  Result<TestRun> run = TestRun::start(
      shell(R"(echo out; echo err >&2; echo '{"event":"end","stopped":true}' >&$ALIBI_WATCH_FD; exit 3)"));
  ASSERT_TRUE(run) << run.error().message;
  const Heard heard = hear(&*run);
  EXPECT_EQ(heard.status, 3);
  EXPECT_EQ(heard.output, "out\nerr\n");
  ASSERT_EQ(heard.events.size(), 1U);
  EXPECT_TRUE(heard.events[0].stopped);
}

TEST(TestRun, AProgramThatIsNotThereIsAnError) {
  const Result<TestRun> run = TestRun::start({{"/nowhere/python", "-m", "pytest"}, "/", {}});
  ASSERT_FALSE(run);
  EXPECT_NE(run.error().message.find("/nowhere/python"), std::string::npos);
  EXPECT_FALSE(TestRun::start({{"/bin/sh", "-c", "true"}, "/nowhere", {}}));
}

TEST(TestRun, HasNoTerminalAndAnEmptyInput) {
  Result<TestRun> run = TestRun::start(shell("cat; (exec 3</dev/tty) 2>/dev/null || echo none"));
  ASSERT_TRUE(run);
  EXPECT_EQ(hear(&*run).output, "none\n");
}

TEST(TestRun, TakesVariablesInThePlaceOfItsOwn) {
  ::setenv("ALIBI_TEST_VARIABLE", "before", 1);
  RunCommand command = shell("echo $ALIBI_TEST_VARIABLE; env | grep -c ALIBI_TEST_VARIABLE");
  command.variables = {{"ALIBI_TEST_VARIABLE", "after"}};
  Result<TestRun> run = TestRun::start(command);
  ASSERT_TRUE(run);
  EXPECT_EQ(hear(&*run).output, "after\n1\n");
  ::unsetenv("ALIBI_TEST_VARIABLE");
}

TEST(TestRun, IsInterruptedEvenWhereInterruptsWereIgnored) {
  const auto before = ::signal(SIGINT, SIG_IGN);
  Result<TestRun> run =
      TestRun::start(shell("trap 'echo stopped; exit 7' INT; echo ready; while :; do sleep 0.02; done"));
  ::signal(SIGINT, before);
  ASSERT_TRUE(run);
  wait_for_output(&*run);
  run->interrupt();
  const Heard heard = hear(&*run);
  EXPECT_EQ(heard.status, 7);
  EXPECT_EQ(heard.output, "ready\nstopped\n");
}

TEST(TestRun, LeavesNothingOfItsGroupRunning) {
  Result<TestRun> run = TestRun::start(shell("sleep 1000 & echo $!"));
  ASSERT_TRUE(run);
  const Heard heard = hear(&*run);
  EXPECT_EQ(heard.status, 0);
  const pid_t left = std::atoi(heard.output.c_str());
  ASSERT_GT(left, 0);
  while (is_alive(left)) ::usleep(1000);  // until whoever inherited it has taken note
}

TEST(TestRun, EndsWithItsObject) {
  pid_t process = 0;
  {
    Result<TestRun> run = TestRun::start(shell("trap '' INT TERM; echo $$; while :; do sleep 0.02; done"));
    ASSERT_TRUE(run);
    wait_for_output(&*run);
    process = std::atoi(run->output().c_str());
    EXPECT_TRUE(is_alive(process));
  }
  EXPECT_FALSE(is_alive(process));
}

TEST(TestRun, AFloodDoesNotHoldUpWhoReadsIt) {
  Result<TestRun> run = TestRun::start(shell("yes"));
  ASSERT_TRUE(run);
  wait_for_output(&*run);  // a shell that is interrupted while it starts a program waits for that program
  for (int i = 0; i < 10; ++i) run->read_output();
  run->interrupt();
  EXPECT_EQ(hear(&*run).status, 128 + SIGINT);
}

TEST(Signals, ChildrenAreNotReapedByTheSystemAndWhatIsIgnoredStaysSo) {
  EXPECT_EQ(testing::run_in_child([] {
              ::signal(SIGCHLD, SIG_IGN);
              ::signal(SIGHUP, SIG_IGN);
              Signals signals;
              ::raise(SIGHUP);
              ::raise(SIGTERM);
              if (signals.read() != std::vector<int>{SIGTERM}) return 1;
              Result<TestRun> run = TestRun::start(shell("exit 3"));
              return run && hear(&*run).status == 3 ? 0 : 2;
            }),
            0);
}

TEST(TestRun, KeepsTheEndOfALongOutput) {
  Result<TestRun> run = TestRun::start(shell("seq 1 300000"));
  ASSERT_TRUE(run);
  const Heard heard = hear(&*run);
  EXPECT_LE(heard.output.size(), 512U << 10);
  EXPECT_TRUE(heard.output.ends_with("\n300000\n"));
}

TEST(Question, IsAnsweredByAnotherProcess) {
  const pid_t here = ::getpid();
  for (const Answer expected : {Answer::kNothingToRun, Answer::kSomethingToRun}) {
    Question question([&] { return ::getpid() == here ? Answer::kSomethingToRun : expected; });
    std::optional<Answer> answer;
    while (!answer) answer = question.answer();
    EXPECT_EQ(*answer, expected);
  }
}

TEST(Question, WithoutAnAnswerSomethingRuns) {
  Question question([]() -> Answer { ::_exit(0); });
  std::optional<Answer> answer;
  while (!answer) answer = question.answer();
  EXPECT_EQ(*answer, Answer::kSomethingToRun);
}

TEST(Question, CanBeDropped) {
  Question question([]() -> Answer {
    while (true) ::pause();
  });
  EXPECT_FALSE(question.answer());
}

}  // namespace
}  // namespace alibi::watch
