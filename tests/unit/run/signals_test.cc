// The runner as a process of its own, with signals, terminals and readers that a user may send or leave.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <thread>

#include "collector/run/node_share.h"
#include "tests/unit/run/fake_framework.h"

namespace alibi::run {
namespace {

using Clock = std::chrono::steady_clock;

bool until(const std::function<bool()>& holds) {
  const auto limit = Clock::now() + std::chrono::seconds(30);
  while (!holds()) {
    if (Clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// Runs in a child of this test; its exit status is the outcome's.
class Runner {
 public:
  explicit Runner(FakeRun* run) : run_(run) { run->framework.persistent = run->request.persistent; }
  ~Runner() {
    if (pid_ != 0) {
      ::kill(pid_, SIGKILL);
      (void)status();
    }
    for (const int fd : {terminal_, output_}) {
      if (fd >= 0) ::close(fd);
    }
  }
  // 0 and above: as standard output of the run; -1: /dev/null.
  void start(int output = -1) {
    pid_ = ::fork();
    if (pid_ == 0) body(output);
  }
  // output: as standard output alone, as before `| less`.
  void start_on_terminal(int output = -1) {
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (pid_ == 0 && output >= 0) ::dup2(output, STDOUT_FILENO);
    if (pid_ == 0) body(-2);
  }
  // Threads of a library that take the signals that we wait for.
  void start_among_threads() {
    pid_ = ::fork();
    if (pid_ != 0) return;
    for (int i = 0; i < 4; ++i) std::thread([] { ::pause(); }).detach();
    body(-1);
  }
  bool has_begun(size_t files) {
    return until([&] { return run_->framework.begun().size() >= files; });
  }
  // Its scripts have set what they do on signals.
  bool has_trapped(size_t files) {
    return until([&] { return run_->framework.lines_of("trapped").size() >= files; });
  }
  int status() {
    int status = 0;
    const bool ended = until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; });
    EXPECT_TRUE(ended);
    if (ended) pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  pid_t pid() const { return pid_; }
  int terminal() const { return terminal_; }

 private:
  [[noreturn]] void body(int output) {
    if (output == -1) output = ::open("/dev/null", O_WRONLY);
    if (output >= 0) {
      ::dup2(output, STDOUT_FILENO);
      ::dup2(output, STDERR_FILENO);
    }
    // Who runs the tests in the background ignores some: such are not for a run either.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) (void)::signal(number, SIG_DFL);
    NodeShare source(run_->units, run_->share, Stealing{});
    const Result<RunOutcome> outcome = run_units(run_->request, &run_->framework, &source, run_->share);
    bool all = static_cast<bool>(outcome) && outcome->units.size() == run_->units.size();
    std::string ends;
    if (outcome) {
      for (const UnitRun& unit : outcome->units) ends += unit.end == UnitEnd::kNotRun ? "not run\n" : "run\n";
    }
    testing::write_text(run_->directory / "ends", ends);
    // On a terminal: it is ours again.
    if (output == -2) all = all && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
    ::_exit(all ? outcome->exit_status : 99);
  }

  FakeRun* run_;
  pid_t pid_ = 0;
  int terminal_ = -1, output_ = -1;
};

TEST(Signals, AreTheStatusOfTheRunAndEveryFileIsInItsResult) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    FakeRun run({"hang1", "hang2", "pass1"}, 2);
    Runner runner(&run);
    runner.start();
    ASSERT_TRUE(runner.has_begun(2));
    ::kill(runner.pid(), number);
    EXPECT_EQ(runner.status(), 128 + number);
  }
}

TEST(Signals, EndWorkersThatIgnoreThemAfterTheGrace) {
  FakeRun run({"stubborn1", "stubborn2"}, 2);
  Runner runner(&run);
  runner.start();
  ASSERT_TRUE(runner.has_trapped(2));
  ::kill(runner.pid(), SIGINT);
  EXPECT_EQ(runner.status(), 128 + SIGINT);
}

TEST(Signals, EndThemSoonerWhenTheUserInsists) {
  FakeRun run({"stubborn"}, 1);
  run.request.grace_ms = 600'000;
  Runner runner(&run);
  runner.start();
  ASSERT_TRUE(runner.has_trapped(1));
  for (int i = 0; i < 3; ++i) {
    ::kill(runner.pid(), SIGINT);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // three, not one that is pending thrice
  }
  EXPECT_EQ(runner.status(), 128 + SIGINT);
}

TEST(Signals, ReachAWorkerOnceWhenTheTerminalSendsThemToAll) {
  FakeRun run({"counts1", "counts2"}, 2);
  run.request.grace_ms = 20'000;
  Runner runner(&run);
  runner.start_on_terminal();
  ASSERT_TRUE(runner.has_trapped(2));
  ASSERT_EQ(::write(runner.terminal(), "\x03", 1), 1);
  EXPECT_EQ(runner.status(), 128 + SIGINT);
  EXPECT_EQ(run.framework.lines_of("signals").size(), 2U);
}

TEST(Signals, OfTheTerminalGoToTheOneWorkerThatHasIt) {
  FakeRun run({"counts"}, 1);
  run.request.style = OutputStyle::kPlain;
  Runner runner(&run);
  runner.start_on_terminal();
  ASSERT_TRUE(runner.has_trapped(1));
  ASSERT_EQ(::write(runner.terminal(), "\x03", 1), 1);
  EXPECT_EQ(runner.status(), 2);  // its own
  EXPECT_EQ(run.framework.lines_of("signals").size(), 1U);
}

TEST(Signals, OfTheTerminalLeaveABatchThatTheyInterruptedWithoutResult) {
  FakeRun run({"pass1", "counts"}, 1);
  run.request.style = OutputStyle::kPlain;
  run.request.retry_failed = 1;
  Runner runner(&run);
  runner.start_on_terminal();
  ASSERT_TRUE(runner.has_trapped(1));
  ASSERT_EQ(::write(runner.terminal(), "\x03", 1), 1);
  EXPECT_EQ(runner.status(), 2);
  EXPECT_EQ(run.framework.lines_of("ends"), (std::vector<std::string>{"not run", "not run"}));
}

TEST(Terminal, IsReadByASingleWorkerInPlainStyle) {
  FakeRun run({"reads"}, 1);
  run.request.style = OutputStyle::kPlain;
  Runner runner(&run);
  runner.start_on_terminal();
  ASSERT_TRUE(runner.has_begun(1));
  ASSERT_EQ(::write(runner.terminal(), "hello\n", 6), 6);
  EXPECT_EQ(runner.status(), 0);
  EXPECT_EQ(run.framework.lines_of("line"), std::vector<std::string>{"hello"});
}

TEST(Terminal, IsNobodysInputWhereThereAreSeveral) {
  FakeRun run({"reads", "pass"}, 2);
  Runner runner(&run);
  runner.start_on_terminal();
  EXPECT_EQ(runner.status(), 0);
  EXPECT_TRUE(run.framework.lines_of("line").empty());
}

TEST(Terminal, StaysWithThePipelineThatReadsIt) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
  FakeRun run({"reads", "polite"}, 1);
  run.request.style = OutputStyle::kPlain;
  run.request.grace_ms = 20'000;
  Runner runner(&run);
  runner.start_on_terminal(fds[1]);
  ASSERT_TRUE(runner.has_begun(2));  // the first did not wait for a terminal that is not its own
  EXPECT_EQ(::tcgetpgrp(runner.terminal()), runner.pid());
  ASSERT_EQ(::write(runner.terminal(), "\x03", 1), 1);
  EXPECT_EQ(runner.status(), 128 + SIGINT);
  EXPECT_TRUE(run.framework.lines_of("line").empty());
  for (const int fd : fds) ::close(fd);
}

TEST(Terminal, StopsTheWorkerAndUsAndGoesOnWithBoth) {
  FakeRun run({"reads"}, 1);
  run.request.style = OutputStyle::kPlain;
  Runner runner(&run);
  runner.start_on_terminal();
  ASSERT_TRUE(runner.has_begun(1));
  ASSERT_EQ(::write(runner.terminal(), "\x1a", 1), 1);
  int status = 0;
  ASSERT_TRUE(until([&] { return ::waitpid(runner.pid(), &status, WUNTRACED | WNOHANG) == runner.pid(); }));
  EXPECT_TRUE(WIFSTOPPED(status));
  EXPECT_EQ(::tcgetpgrp(runner.terminal()), runner.pid());
  ::kill(runner.pid(), SIGCONT);
  ASSERT_TRUE(until([&] { return ::tcgetpgrp(runner.terminal()) != runner.pid(); }));
  ASSERT_EQ(::write(runner.terminal(), "hello\n", 6), 6);
  EXPECT_EQ(runner.status(), 0);
  EXPECT_EQ(run.framework.lines_of("line"), std::vector<std::string>{"hello"});
}

TEST(Terminal, ShowsHowFarTheRunIs) {
  FakeRun run({"slow1", "slow2"}, 2);
  run.request.terminal = true;
  Runner runner(&run);
  runner.start_on_terminal();
  std::string shown;
  std::array<char, 4096> bytes{};
  for (ssize_t count; (count = ::read(runner.terminal(), bytes.data(), bytes.size())) > 0;)
    shown.append(bytes.data(), static_cast<size_t>(count));
  EXPECT_EQ(runner.status(), 0);
  EXPECT_NE(shown.find("\r\x1b[K0/2 done"), std::string::npos) << shown;
  EXPECT_NE(shown.find("[w1] running slow2\r\n"), std::string::npos) << shown;
}

// Gone, or a zombie that nobody waits for.
bool is_gone(const std::string& pid) {
  const std::vector<std::byte> bytes = testing::read_bytes("/proc/" + pid + "/stat");
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.empty() || text.find(") Z ") != std::string::npos;
}

TEST(Workers, AreSeenToEndWhereAnotherThreadTakesOurSignals) {
  FakeRun run({"pass1", "pass2", "pass3", "pass4", "pass5"}, 1);
  run.framework.files_per_launch = 1;
  Runner runner(&run);
  runner.start_among_threads();
  EXPECT_EQ(runner.status(), 0);
}

TEST(Workers, LeaveNoProcessBehind) {
  for (const bool persistent : {false, true}) {
    FakeRun run({"leave1", "pass1"}, 2);
    run.request.persistent = persistent;
    EXPECT_EQ(run.run().exit_status, 0);
    if (persistent) continue;
    ASSERT_EQ(run.framework.lines_of("left").size(), 1U);
    EXPECT_TRUE(until([&] { return is_gone(run.framework.lines_of("left")[0]); }));
  }
}

TEST(Workers, EndWhenTheRunnerIsKilled) {
  FakeRun run({"pid-hang"}, 1);
  run.units[0].file = "leave-hang";
  run.units.emplace_back();
  run.units[1].file = "hang";
  run.share = {{0, 1}};
  Runner runner(&run);
  runner.start();
  ASSERT_TRUE(runner.has_begun(2));
  std::string worker;
  ASSERT_TRUE(until([&] {
    const std::vector<std::string> left = run.framework.lines_of("left");
    if (left.empty()) return false;
    const std::vector<std::byte> bytes = testing::read_bytes("/proc/" + left[0] + "/stat");
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const size_t state = text.find(") ");
    if (state == std::string::npos) return false;
    worker = text.substr(state + 4, text.find(' ', state + 4) - state - 4);
    return true;
  }));
  ::kill(runner.pid(), SIGKILL);
  EXPECT_EQ(runner.status(), -SIGKILL);
  EXPECT_TRUE(until([&] { return is_gone(worker); }));
  ::kill(std::stoi(run.framework.lines_of("left")[0]), SIGKILL);
}

// What a script of a batch or a test of a persistent worker started, with and without a shell between.
void expect_nothing_is_left(const std::string& file, bool persistent) {
  FakeRun run({file, "hang"}, 2);
  run.request.persistent = persistent;
  Runner runner(&run);
  runner.start();
  ASSERT_TRUE(runner.has_begun(2));
  ASSERT_TRUE(until([&] { return run.framework.lines_of("left").size() == 1; }));
  const std::string left = run.framework.lines_of("left")[0];
  EXPECT_FALSE(is_gone(left));
  ::kill(runner.pid(), SIGKILL);
  EXPECT_EQ(runner.status(), -SIGKILL);
  EXPECT_TRUE(until([&] { return is_gone(left); }));
}

TEST(Workers, LeaveNothingOfABatchWhenTheRunnerIsKilled) {
  expect_nothing_is_left("through-shell", false);
}

TEST(Workers, LeaveNothingOfAPersistentOneWhenTheRunnerIsKilled) {
  expect_nothing_is_left("through-shell", true);
}

TEST(Workers, LeaveNothingThatIgnoresTheFirstSignalWhenTheRunnerIsKilled) {
  expect_nothing_is_left("through-stubborn", false);
}

TEST(Workers, SeeNoneOfOurDescriptors) {
  const int ours = ::open("/dev/null", O_RDONLY);
  const int high = ::fcntl(ours, F_DUPFD, 100);
  FakeRun run({"descriptors"}, 1);
  EXPECT_EQ(run.run().exit_status, 0);
  EXPECT_EQ(run.framework.lines_of("descriptors"),
            (std::vector<std::string>{"0", "1", "2", "3"}));  // 3: of `ls`
  ::close(ours);
  ::close(high);
}

TEST(Workers, RunToTheirEndWhenNobodyReadsWhatTheyPrint) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
  FakeRun run({"flood1", "flood2", "pass1", "pass2"}, 2);
  Runner runner(&run);
  runner.start(fds[1]);
  ::close(fds[1]);
  ASSERT_TRUE(runner.has_begun(4));
  std::string read;
  std::array<char, 65536> bytes{};
  for (ssize_t count; (count = ::read(fds[0], bytes.data(), bytes.size())) > 0;)
    read.append(bytes.data(), static_cast<size_t>(count));
  EXPECT_EQ(runner.status(), 0);
  EXPECT_GT(read.size(), 6'000'000U);
  ::close(fds[0]);
}

TEST(Workers, AreNotOutlivedForEverByARunWhoseReaderNeverReads) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
  FakeRun run({"flood1", "pass1"}, 2);
  run.request.reader_patience_ms = 200;
  Runner runner(&run);
  runner.start(fds[1]);
  ::close(fds[1]);
  EXPECT_EQ(runner.status(), 0);
  ::close(fds[0]);
}

TEST(Workers, RunToTheirEndWhenTheReaderLeft) {
  std::array<int, 2> fds{};
  ASSERT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0);
  ::close(fds[0]);
  FakeRun run({"flood1", "pass1", "pass2"}, 2);
  Runner runner(&run);
  runner.start(fds[1]);
  ::close(fds[1]);
  EXPECT_EQ(runner.status(), 0);
  EXPECT_EQ(run.framework.begun().size(), 3U);
}

}  // namespace
}  // namespace alibi::run
