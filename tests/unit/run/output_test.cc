#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "collector/run/byte_queue.h"
#include "collector/run/ci_groups.h"
#include "collector/run/line_prefix.h"
#include "collector/run/printer.h"
#include "collector/run/progress.h"
#include "collector/run/run_signals.h"
#include "collector/run/worker_output.h"
#include "tests/support/temporary_directory.h"

namespace alibi::run {
namespace {

TEST(LinePrefix, NamesEveryLineAndHoldsBackWhatHasNoEnd) {
  LinePrefix lines("[w1] ");
  EXPECT_EQ(lines.feed("one\ntwo\nthr"), "[w1] one\n[w1] two\n");
  EXPECT_EQ(lines.feed("ee\n\n"), "[w1] three\n[w1] \n");
  EXPECT_EQ(lines.feed("left"), "");
  EXPECT_TRUE(lines.has_partial());
  EXPECT_EQ(lines.flush(), "[w1] left\n");
  EXPECT_EQ(lines.flush(), "");
}

TEST(LinePrefix, KeepsTheLastStateOfALineThatIsDrawnOver) {
  LinePrefix lines("> ");
  EXPECT_EQ(lines.feed("10%\r20%\r30%\n"), "> 30%\n");
  EXPECT_EQ(lines.feed("windows\r\n"), "> windows\r\n");
}

TEST(LinePrefix, DoesNotLetColoursRunIntoOthersLines) {
  LinePrefix lines("> ");
  EXPECT_EQ(lines.feed("\x1b[31mred\nstill\x1b[0m plain\nplain\n"),
            "> \x1b[31mred\x1b[0m\n> \x1b[31mstill\x1b[0m plain\n> plain\n");
}

TEST(LinePrefix, PassesBytesThatAreNoText) {
  LinePrefix lines("> ");
  EXPECT_EQ(lines.feed(std::string("\xff\x00\xfe\n", 4)), std::string("> \xff\x00\xfe\n", 6));
}

TEST(LinePrefix, BreaksALineThatNeverEnds) {
  LinePrefix lines("> ");
  const std::string line = lines.feed(std::string(LinePrefix::kLongestLine + 1, 'x'));
  EXPECT_EQ(line.size(), LinePrefix::kLongestLine + 4);
  EXPECT_FALSE(lines.has_partial());
}

TEST(CiGroups, UseTheSystemsOwnSyntax) {
  const OutputGroup group{"worker 1: a|b's\nfile", 7, false, 100, 200};
  EXPECT_EQ(group_begin(CiSyntax::kGithub, group), "::group::worker 1: a|b's file\n");
  EXPECT_EQ(group_end(CiSyntax::kGithub, group), "::endgroup::\n");
  EXPECT_EQ(group_begin(CiSyntax::kGitlab, group),
            "\x1b[0Ksection_start:100:alibi_7[collapsed=true]\r\x1b[0Kworker 1: a|b's file\n");
  EXPECT_EQ(group_end(CiSyntax::kGitlab, group), "\x1b[0Ksection_end:200:alibi_7\r\x1b[0K\n");
  EXPECT_EQ(group_begin(CiSyntax::kBuildkite, group), "--- worker 1: a|b's file\n");
  EXPECT_EQ(group_begin(CiSyntax::kAzure, group), "##[group]worker 1: a|b's file\n");
  EXPECT_EQ(group_begin(CiSyntax::kTeamcity, group),
            "##teamcity[blockOpened name='worker 1: a||b|'s file']\n");
  EXPECT_EQ(group_end(CiSyntax::kTravis, group), "travis_fold:end:alibi_7\r\x1b[0K\n");
}

TEST(CiGroups, ShowWhatFailedUnfolded) {
  EXPECT_EQ(group_begin(CiSyntax::kBuildkite, {"t", 1, true, 0, 0}), "+++ t\n");
  EXPECT_EQ(group_begin(CiSyntax::kGitlab, {"t", 1, true, 5, 0}),
            "\x1b[0Ksection_start:5:alibi_1\r\x1b[0Kt\n");
}

std::string drained(ByteQueue* queue) {
  std::string all;
  while (!queue->empty()) {
    const std::string_view front = queue->front();
    if (front.empty()) break;
    const size_t some = 1 + front.size() / 2;
    all.append(front.substr(0, some));
    queue->pop(some);
  }
  return all;
}

TEST(ByteQueue, KeepsTheOrderOverMemoryAndDisk) {
  const testing::TemporaryDirectory directory;
  ByteQueue queue(directory.path(), 100);
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = std::to_string(i) + ",";
    queue.append(text);
    expected += text;
  }
  EXPECT_EQ(drained(&queue), expected);
  queue.append("again");
  EXPECT_EQ(queue.last_byte(), 'n');
  EXPECT_EQ(drained(&queue), "again");
  EXPECT_TRUE(testing::names_in(directory.path()).empty());
}

TEST(ByteQueue, CountsWhatTheDiskDoesNotTake) {
  ByteQueue queue("/nonexistent", 4);
  queue.append("1234");
  queue.append("5678");
  EXPECT_EQ(drained(&queue), "1234");
  EXPECT_EQ(queue.forgotten(), 4U);
}

struct Pipe {
  Pipe() { EXPECT_EQ(::pipe2(fds.data(), O_CLOEXEC), 0); }
  ~Pipe() {
    for (const int fd : fds) {
      if (fd >= 0) ::close(fd);
    }
  }
  void close_reader() {
    ::close(fds[0]);
    fds[0] = -1;
  }
  std::string read() {
    std::string text(1u << 20, '\0');
    const ssize_t count = ::read(fds[0], text.data(), text.size());
    text.resize(static_cast<size_t>(count < 0 ? 0 : count));
    return text;
  }
  std::array<int, 2> fds{-1, -1};
};

TEST(Printer, NeverBlocksOnAReaderThatDoesNotRead) {
  const testing::TemporaryDirectory directory;
  Pipe output, errors;
  Printer printer(output.fds[1], errors.fds[1], directory.path());
  const std::string megabytes(10u << 20, 'x');
  printer.print(Stream::kOutput, megabytes);
  printer.print(Stream::kOutput, "end");
  EXPECT_EQ(printer.waiting_fd(Stream::kOutput), output.fds[1]);
  std::string read;
  while (read.size() < megabytes.size() + 3) {
    read += output.read();
    printer.pump();
  }
  EXPECT_EQ(read, megabytes + "end");
  EXPECT_TRUE(printer.idle());
}

TEST(Printer, ForgetsAReaderThatLeft) {
  const RunSignals signals;
  const testing::TemporaryDirectory directory;
  Pipe output, errors;
  Printer printer(output.fds[1], errors.fds[1], directory.path());
  output.close_reader();
  printer.print(Stream::kOutput, "lost");
  printer.print(Stream::kOutput, "lost, too");
  EXPECT_TRUE(printer.idle());
  printer.print(Stream::kErrors, "kept");
  EXPECT_EQ(errors.read(), "kept");
}

TEST(Printer, TakesTheStatusAwayBeforeItPrints) {
  const testing::TemporaryDirectory directory;
  Pipe output, errors;
  Printer printer(output.fds[1], errors.fds[1], directory.path());
  printer.draw_status("1/2");
  printer.draw_status("2/2");
  printer.print(Stream::kErrors, "line\n");
  printer.draw_status({});
  EXPECT_EQ(errors.read(), "\r\x1b[K1/2\r\x1b[K2/2\r\x1b[Kline\n");
}

class WorkerOutputTest : public ::testing::Test {
 protected:
  WorkerOutputTest() : printer_(output_.fds[1], errors_.fds[1], directory_.path()) {
    request_.scratch = directory_.path();
    ::fcntl(output_.fds[0], F_SETFL, O_NONBLOCK);
  }
  testing::TemporaryDirectory directory_;
  Pipe output_, errors_;
  Printer printer_;
  RunRequest request_;
};

TEST_F(WorkerOutputTest, ShowsALineWithoutAnEndAfterAWhile) {
  WorkerOutput output(request_, 3, &printer_);
  output.take(Stream::kOutput, "test_x ... ", 1000);
  output.flush_old(2999);
  EXPECT_EQ(output_.read(), "");
  EXPECT_EQ(output.flush_at(), 3000);
  output.flush_old(3000);
  EXPECT_EQ(output_.read(), "[w3] test_x ... \n");
}

TEST_F(WorkerOutputTest, PrintsAGroupAtOnceAndEndsItsLastLine) {
  request_.style = OutputStyle::kGrouped;
  request_.syntax = CiSyntax::kGithub;
  WorkerOutput output(request_, 0, &printer_);
  output.take(Stream::kOutput, "one\n", 0);
  output.take(Stream::kErrors, "two", 0);
  EXPECT_EQ(output_.read(), "");
  output.close_group({"a.py", 1, false, 0, 0});
  EXPECT_EQ(output_.read(), "::group::a.py\none\ntwo\n::endgroup::\n");
  output.close_group({"a.py", 2, false, 0, 0});
  EXPECT_EQ(output_.read(), "");
}

TEST_F(WorkerOutputTest, KeepsALogOfTheBytesAsTheyCame) {
  const std::string path = directory_ / "log";
  WorkerOutput output(request_, 0, &printer_);
  EXPECT_FALSE(output.open_log(path));
  output.take(Stream::kOutput, "1%\r2", 0);
  output.take(Stream::kErrors, "%\n", 0);
  EXPECT_EQ(testing::read_bytes(path).size(), 6U);
  EXPECT_TRUE(output.open_log(directory_ / "absent/log"));
}

TEST(ProgressText, SaysHowFarAndWhatRunsWithinItsWidth) {
  const ProgressFacts facts{12, 40, 1, {"a.py", "b\x1b.py"}, 95'400};
  EXPECT_EQ(progress_text(facts, 100), "12/40 done, 1 failed, 1:35 left: a.py, b?.py");
  EXPECT_EQ(progress_text(facts, 10), "12/40 done");
  EXPECT_EQ(progress_text({0, 1, 0, {"\xc3\xa4"}, {}}, 11), "0/1 done: ");
}

TEST(Progress, IsRedrawnOftenOnATerminalRarelyInALogAndElseNever) {
  Progress terminal(Progress::Where::kTerminal), log(Progress::Where::kLog),
      nowhere(Progress::Where::kNowhere);
  EXPECT_TRUE(terminal.is_due(1000));
  EXPECT_FALSE(terminal.is_due(1099));
  EXPECT_TRUE(terminal.is_due(1100));
  EXPECT_FALSE(log.is_due(1000));
  EXPECT_FALSE(log.is_due(30'999));
  EXPECT_TRUE(log.is_due(31'000));
  EXPECT_FALSE(nowhere.is_due(1'000'000));
}

}  // namespace
}  // namespace alibi::run
