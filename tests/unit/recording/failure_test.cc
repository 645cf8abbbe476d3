// What happens when the disk does not play along: recording stops, says so, and costs the test run nothing
// else.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tests/support/child_process.h"
#include "tests/support/mounts.h"
#include "tests/unit/recording/session_fixture.h"

namespace alibi::recording {
namespace {

using testing::run_in_child;

constexpr auto kDisk = static_cast<uint32_t>(model::DropReason::kDisk);

class Failure : public SessionFixture {
 protected:
  // Records tests until recording stops (or 10 MB are written); the number of tests that ended before.
  int record_until_stopped() {
    define(100);
    for (int test = 0; test < 2000; ++test) {
      const uint32_t context = begin_test("t");
      if (context == 0) return test;
      for (uint32_t i = 0; i < 1000; ++i) hit(1 + i % 100);
      if (!end_test(context).ok()) return test;
    }
    return -1;
  }
};

TEST_F(Failure, AFullDiskStopsRecordingAndKeepsWhatWasRecorded) {
  open();
  files_.allocations_left = 3;
  const int ended = record_until_stopped();
  ASSERT_GT(ended, 0);
  EXPECT_EQ(stream_.next, stream_.limit);  // the inline path cannot store anywhere
  EXPECT_GE(session_->drop_count(kDisk), 1u);
  ASSERT_EQ(listed().shards.size(), 1u);
  const shard::Shard shard = read(listed().shards[0]);
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(static_cast<int>(shard.test_ends.size()), ended);
  ASSERT_EQ(shard.drops.size(), 1u);
  EXPECT_EQ(shard.drops[0].context, model::kWholeProcess);
  EXPECT_EQ(shard.drops[0].reason, kDisk);
  EXPECT_FALSE(shard.closed.has_value());
}

TEST_F(Failure, AfterAStopEveryCallIsANoOpThatCounts) {
  open();
  files_.allocations_left = 3;
  ASSERT_GT(record_until_stopped(), 0);
  const int failures = files_.failures;
  const uint64_t dropped = session_->drop_count(kDisk);
  for (int i = 0; i < 1000; ++i) hit(5);
  EXPECT_EQ(session_->drop_count(kDisk), dropped + 1000);
  EXPECT_EQ(end_test(1).error().code, ErrorCode::kRecordingStopped);
  EXPECT_EQ(session_->define_file("/x.py").error().code, ErrorCode::kRecordingStopped);
  EXPECT_EQ(session_->set_strategy("trace").error().code, ErrorCode::kRecordingStopped);
  session_->drop({1}, kDisk, 1);
  EXPECT_EQ(files_.failures, failures);  // nothing was tried again
  EXPECT_TRUE(session_->shard_path().empty());
  EXPECT_EQ(session_->close().error().code, ErrorCode::kRecordingStopped);
}

TEST_F(Failure, AForkAfterAStopStaysStopped) {
  open();
  files_.allocations_left = 3;
  ASSERT_GT(record_until_stopped(), 0);
  EXPECT_EQ(run_in_child([&] {
              hit(5);
              return stream_.next == stream_.limit ? 0 : 1;
            }),
            0);
  EXPECT_EQ(listed().shards.size(), 1u);
}

TEST_F(Failure, AFullFileSystemIsNoSignal) {
  if (!testing::mounts_are_possible()) GTEST_SKIP() << "needs root: a full file system is mounted";
  EXPECT_EQ(run_in_child([&] {
              if (!testing::mount_small(directory_.path(), 1 << 20)) return 1;
              auto opened = try_open();
              if (!opened.ok()) return 2;
              session_ = std::move(opened).value();
              const int ended = record_until_stopped();
              if (ended <= 0) return 3;
              const shard::Shard shard = read(listed().shards.at(0));
              if (shard.losses.damaged() || shard.drops.size() != 1) return 4;
              return static_cast<int>(shard.test_ends.size()) == ended ? 0 : 5;
            }),
            0);
}

TEST_F(Failure, AFileSystemThatIsFullFromTheStartIsAnErrorWithACause) {
  if (!testing::mounts_are_possible()) GTEST_SKIP() << "needs root: a full file system is mounted";
  EXPECT_EQ(run_in_child([&] {
              if (!testing::mount_small(directory_.path(), 3 * 4096)) return 1;
              const auto opened = try_open();
              if (opened.ok() || opened.error().code != ErrorCode::kDiskFull) return 2;
              return testing::names_in(shards()).empty() ? 0 : 3;
            }),
            0);
}

TEST_F(Failure, ALimitOnFileSizesStopsRecordingWithoutASignal) {
  EXPECT_EQ(run_in_child([&] {
              const rlimit limit{200'000, 200'000};
              ::setrlimit(RLIMIT_FSIZE, &limit);
              ::signal(SIGXFSZ, SIG_DFL);
              auto opened = try_open();
              if (!opened.ok()) return 1;
              session_ = std::move(opened).value();
              return record_until_stopped() > 0 && session_->drop_count(kDisk) > 0 ? 0 : 2;
            }),
            0);
  EXPECT_FALSE(read(listed().shards.at(0)).losses.damaged());
}

TEST_F(Failure, AReadOnlyFileSystemIsAnErrorWithACause) {
  if (!testing::mounts_are_possible()) GTEST_SKIP() << "needs root: a read-only file system is mounted";
  EXPECT_EQ(run_in_child([&] {
              if (!testing::mount_small(directory_.path(), 1 << 20)) return 1;
              if (!testing::remount_read_only(directory_.path())) return 2;
              const auto opened = try_open();
              if (opened.ok() || opened.error().code != ErrorCode::kCannotCreate) return 3;
              return opened.error().os_error == EROFS ? 0 : 4;
            }),
            0);
}

TEST_F(Failure, ADirectoryThatMayNotBeWrittenIsAnErrorWithACause) {
  EXPECT_EQ(run_in_child([&] {
              ::chmod(directory_.path().c_str(), 0500);
              if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0)
                return 1;  // root may write anywhere
              const auto opened = try_open();
              if (opened.ok() || opened.error().code != ErrorCode::kCannotCreate) return 2;
              return opened.error().message.find("session") != std::string::npos ? 0 : 3;
            }),
            0);
}

TEST_F(Failure, ASessionDirectoryThatIsAFileIsAnErrorWithACause) {
  testing::write_text(shards(), "in the way");
  const auto opened = try_open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kCannotCreate);
  EXPECT_EQ(stream_.next, stream_.limit);
}

TEST_F(Failure, ATestThatDeletesTheSessionDirectoryStopsRecordingOnly) {
  open();
  std::filesystem::remove_all(shards());
  EXPECT_GT(record_until_stopped(), 0);
  EXPECT_FALSE(std::filesystem::exists(shards()));
}

TEST_F(Failure, ATestThatClosesAllDescriptorsDoesNotDisturbRecording) {
  open();
  EXPECT_EQ(run_in_child([&] {
              for (int fd = 0; fd < 100; ++fd) ::close(fd);
              const int users = ::open((directory_ / "users").c_str(), O_CREAT | O_RDWR, 0600);
              if (users != 0 || record_until_stopped() != -1) return 1;
              struct stat status {};
              return ::fstat(users, &status) == 0 && status.st_size == 0 ? 0 : 2;
            }),
            0);
}

TEST_F(Failure, WithoutFreeDescriptorsRecordingStops) {
  open();
  files_.no_descriptors = true;
  EXPECT_GT(record_until_stopped(), 0);
  EXPECT_GT(session_->drop_count(kDisk), 0u);
}

TEST_F(Failure, TwoSessionsAtOnceInOneDirectoryDoNotMeet) {
  open();
  define(100);
  EXPECT_EQ(run_in_child([&] {
              session_.reset();  // not a child that goes on: another run of the test command
              if (!try_open().ok()) return 1;
              return 0;
            }),
            0);
  EXPECT_EQ(run_in_child([&] {
              session_.reset();
              auto other = try_open();
              if (!other.ok()) return 1;
              session_ = std::move(other).value();
              return record_until_stopped() == -1 && session_->close().ok() ? 0 : 2;
            }),
            0);
  const uint32_t context = begin_test("t");
  hit(7);
  ASSERT_TRUE(end_test(context).ok());
  ASSERT_TRUE(session_->close().ok());
  const shard::SessionFiles files = listed();
  EXPECT_EQ(files.shards.size(), 3u);
  for (const std::string& name : files.shards) EXPECT_FALSE(read(name).losses.damaged()) << name;
}

}  // namespace
}  // namespace alibi::recording
