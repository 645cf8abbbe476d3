// Processes that outlive what they were started in: who meets whom, and who is gone.
#include "tracer/recording/board.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tests/support/temporary_directory.h"
#include "tracer/shard/session_directory.h"

namespace alibi::recording {
namespace {

using Access = Board::Access;

class BoardOfASession : public ::testing::Test {
 protected:
  void SetUp() override {
    main_ = Board::open(FileSystem::real(), directory_.path(), Access::kCreate);
    ASSERT_NE(main_, nullptr);
    ASSERT_TRUE(main_->enter_test_process("main.shard"));
  }
  std::unique_ptr<Board> join() const {
    return Board::open(FileSystem::real(), directory_.path(), Access::kJoin);
  }
  std::vector<Meeting> open(std::vector<uint32_t> contexts) { return open(main_.get(), std::move(contexts)); }
  static std::vector<Meeting> open(Board* board, const std::vector<uint32_t>& contexts) {
    std::vector<Meeting> met;
    board->set_contexts(contexts, &met);
    return met;
  }
  // A process that enters the board for `context` of main and lives until it is told to end.
  pid_t start_program(const std::string& shard, uint32_t context) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    const pid_t process = ::fork();
    if (process == 0) {
      main_->forget();
      std::unique_ptr<Board> board = join();
      std::vector<Meeting> met;
      const bool entered = board != nullptr && board->enter_program(shard, {"main.shard", {context}}, &met);
      const char answer = entered ? static_cast<char>('0' + met.size()) : 'x';
      if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
      while (true) ::pause();
    }
    EXPECT_EQ(::read(ready[0], &answer_, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
    return process;
  }
  static void kill(pid_t process) {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
  }

  testing::TemporaryDirectory directory_;
  std::unique_ptr<Board> main_;
  char answer_ = 0;  // of the program started last: how many it met when it entered
};

TEST_F(BoardOfASession, AProgramOfAnOpenTestMeetsNobody) {
  EXPECT_TRUE(open({0, 1}).empty());
  const pid_t program = start_program("program.shard", 1);
  EXPECT_EQ(answer_, '0');
  kill(program);
  EXPECT_TRUE(open({0}).empty());
  EXPECT_TRUE(open({0, 2}).empty());
}

TEST_F(BoardOfASession, AProgramThatOutlivesItsTestMeetsEachLaterOneWhileItLives) {
  EXPECT_TRUE(open({0, 1}).empty());
  const pid_t program = start_program("program.shard", 1);
  EXPECT_TRUE(open({0}).empty());
  const std::vector<Meeting> met = open({0, 2});
  ASSERT_EQ(met.size(), 1u);
  EXPECT_EQ(met[0].user_shard, "main.shard");
  EXPECT_EQ(met[0].user, model::ContextId{2});
  EXPECT_EQ(met[0].used_shard, "program.shard");
  EXPECT_TRUE(open({0, 2}).empty());
  EXPECT_EQ(open({0, 2, 3}).size(), 1u);
  kill(program);
  EXPECT_TRUE(open({0, 4}).empty());
}

TEST_F(BoardOfASession, AProgramOfAFixtureMeetsTheTestThatGoesOnAfterTheSetUp) {
  EXPECT_TRUE(open({0, 1, 2}).empty());
  const pid_t program = start_program("server.shard", 2);
  const std::vector<Meeting> met = open({0, 1});
  ASSERT_EQ(met.size(), 1u);
  EXPECT_EQ(met[0].user, model::ContextId{1});
  kill(program);
}

TEST_F(BoardOfASession, AProgramThatIsBornLateMeetsWhatIsOpenThen) {
  open({0, 5});
  const pid_t program = start_program("late.shard", 1);
  EXPECT_EQ(answer_, '1');
  kill(program);
}

TEST_F(BoardOfASession, AProgramOfTheSessionMeetsNobody) {
  open({0, 1});
  const pid_t program = start_program("program.shard", 0);
  EXPECT_EQ(answer_, '0');
  open({0});
  EXPECT_TRUE(open({0, 2}).empty());
  kill(program);
}

TEST_F(BoardOfASession, TestsOfAnotherTestProcessAreMetWhenTheCauseEnds) {
  open({0, 1});
  int go[2], done[2];
  ASSERT_EQ(::pipe(go), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t worker = ::fork();
  if (worker == 0) {
    main_->forget();
    std::unique_ptr<Board> board = join();
    char byte = 0;
    const bool entered = board->enter_test_process("worker.shard");
    const std::vector<Meeting> met = open(board.get(), {0, 7});
    byte = entered && met.empty() ? 'y' : 'n';
    if (::write(done[1], &byte, 1) != 1 || ::read(go[0], &byte, 1) != 1) ::_exit(1);
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(done[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  const pid_t program = start_program("program.shard", 1);
  const std::vector<Meeting> met = open({0});
  ASSERT_EQ(met.size(), 1u);
  EXPECT_EQ(met[0].user_shard, "worker.shard");
  EXPECT_EQ(met[0].user, model::ContextId{7});
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  ::waitpid(worker, nullptr, 0);
  kill(program);
}

TEST_F(BoardOfASession, ATestProcessThatDiesLeavesItsProgramsToOthers) {
  const pid_t worker = ::fork();
  if (worker == 0) {
    main_->forget();
    std::unique_ptr<Board> board = join();
    if (!board->enter_test_process("worker.shard")) ::_exit(1);
    open(board.get(), {0, 3});
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(worker, nullptr, 0);
  std::unique_ptr<Board> board = join();
  std::vector<Meeting> met;
  open({0, 9});
  ASSERT_TRUE(board->enter_program("program.shard", {"worker.shard", {3}}, &met));
  ASSERT_EQ(met.size(), 1u);
  EXPECT_EQ(met[0].user, model::ContextId{9});
}

TEST_F(BoardOfASession, SlotsOfKilledProcessesAreUsedAgain) {
  std::vector<Meeting> met;
  for (size_t i = 0; i < 2 * Board::kSlots; ++i) {
    const pid_t process = ::fork();
    if (process == 0) {
      main_->forget();
      const bool entered = join()->enter_program("p.shard", {"main.shard", {0}}, &met);
      ::_exit(entered ? 0 : 1);
    }
    int status = 0;
    ::waitpid(process, &status, 0);
    ASSERT_EQ(status, 0) << i;
  }
}

TEST_F(BoardOfASession, AFullBoardSaysSo) {
  std::vector<std::unique_ptr<Board>> all;
  std::vector<Meeting> met;
  for (size_t i = 1; i < Board::kSlots; ++i) {
    all.push_back(join());
    ASSERT_TRUE(all.back()->enter_program("p.shard", {"main.shard", {0}}, &met));
  }
  EXPECT_FALSE(join()->enter_program("p.shard", {"main.shard", {0}}, &met));
  all.pop_back();
  EXPECT_TRUE(join()->enter_program("p.shard", {"main.shard", {0}}, &met));
}

TEST_F(BoardOfASession, MoreOpenContextsThanFitMeanTheWholeSession) {
  std::vector<uint32_t> many;
  for (uint32_t i = 0; i <= Board::kMostOpen; ++i) many.push_back(i);
  open(many);
  std::vector<Meeting> met;
  std::unique_ptr<Board> board = join();
  ASSERT_TRUE(board->enter_program("late.shard", {"main.shard", {1}}, &met));
  ASSERT_FALSE(met.empty());
  EXPECT_EQ(met[0].user, model::kSession);
}

TEST_F(BoardOfASession, AChildThatMayMakeNoFileIsCounted) {
  EXPECT_EQ(shard::list_session(directory_.path())->lost_unmarked, 0u);
  const pid_t child = ::fork();
  if (child == 0) {
    main_->forget();
    main_->count_lost_child();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(shard::list_session(directory_.path())->lost_unmarked, 1u);
}

TEST_F(BoardOfASession, ThereIsNoneWhereNoneWasMade) {
  const testing::TemporaryDirectory other;
  EXPECT_EQ(Board::open(FileSystem::real(), other.path(), Access::kJoin), nullptr);
}

}  // namespace
}  // namespace alibi::recording
