#include "collector/store/intake.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

#include "collector/store/disk.h"
#include "collector/store/session_directory.h"
#include "collector/store/source_archive.h"
#include "collector/store/store.h"
#include "tests/support/generated_session.h"
#include "tests/support/temporary_directory.h"

namespace alibi::store {
namespace {

using testing::GeneratedSession;
using testing::TemporaryDirectory;

class Intake : public ::testing::Test {
 protected:
  GeneratedSession make(const std::string& id, double started = 1795262400.0, size_t processes = 1) {
    GeneratedSession session;
    session.root = directory_ / "project";
    session.directory = data_ + "/sessions/" + id;
    session.id = id;
    session.started_unix = started;
    session.tests = 8;
    session.lines_per_test = 30;
    session.files = 4;
    session.functions_per_file = 4;
    session.processes = processes;
    std::string why;
    EXPECT_TRUE(testing::write_generated_session(session, &why)) << why;
    return session;
  }

  std::string only_shard(const GeneratedSession& session) {
    for (const std::string& name : names_in(session.directory)) {
      if (name.ends_with(".shard")) return name;
    }
    return {};
  }

  // Each child merges until it is killed after a growing delay; whoever comes next must find a whole store.
  void kill_at_any_moment(const std::function<void()>& prepare) {
    for (int round = 0; round < 40; ++round) {
      const std::string id = "s" + std::to_string(round);
      const GeneratedSession session = make(id, 1000.0 + round);
      testing::write_text(session.directory + "/lock", "");
      prepare();
      const pid_t child = ::fork();
      if (child == 0) {
        (void)take_in(session.directory, data_);
        ::_exit(0);
      }
      ::usleep(static_cast<useconds_t>(round * 400));
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      std::vector<std::string> warnings;
      const std::vector<IntakeReport> reports = take_in_leftovers(data_, 10, &warnings);
      for (const IntakeReport& report : reports) EXPECT_EQ(report.tests, 8U);
      EXPECT_TRUE(warnings.empty()) << warnings.front();
      Result<Store> store = Store::open(data_, Store::Access::kRead);
      ASSERT_TRUE(store);
      const Result<std::vector<SessionRow>> sessions = store->sessions();
      ASSERT_EQ(sessions->size(), static_cast<size_t>(round) + 1) << "killed after " << round * 400 << " us";
      for (const SessionRow& row : *sessions) EXPECT_EQ(row.unreadable, "");
    }
  }

  size_t stored_tests() { return Store::open(data_, Store::Access::kRead)->latest_tests()->size(); }

  TemporaryDirectory directory_;
  std::string data_ = directory_ / "data";
};

TEST_F(Intake, StoresASessionAndRemovesItsDirectory) {
  const GeneratedSession session = make("s1", 1795262400.0, 2);
  const Result<IntakeReport> report = take_in(session.directory + "/", data_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->tests, 8U);
  EXPECT_EQ(report->files, 4U);
  EXPECT_EQ(report->processes, 2U);
  EXPECT_EQ(report->incomplete_tests, 0U);
  EXPECT_TRUE(report->warnings.empty());
  EXPECT_TRUE(exists(report->evidence));
  EXPECT_FALSE(exists(session.directory));
  EXPECT_FALSE(exists(data_ + "/merged"));
  EXPECT_EQ(stored_tests(), 8U);
}

TEST_F(Intake, KeepsTheDirectoryWhenAskedAndNeverTakesItForALeftover) {
  const GeneratedSession session = make("s1");
  testing::write_text(session.directory + "/lock", "");
  ASSERT_TRUE(take_in(session.directory, data_, {true}));
  EXPECT_TRUE(exists(session.directory));
  EXPECT_TRUE(leftover_sessions(data_).empty());
}

TEST_F(Intake, AMissingOrDamagedDescriptionCostsNoEvidence) {
  for (const char* text : {"", "{\"id\": \"s1\", ", "[1, 2]",
                           "{\"id\": 7, \"root\": [], \"started_unix\": \"soon\", \"complete\": 3}"}) {
    const GeneratedSession session = make("s1");
    testing::write_text(session.directory + "/session.json", text);
    const Result<IntakeReport> report = take_in(session.directory, data_);
    ASSERT_TRUE(report) << text;
    EXPECT_EQ(report->tests, 8U);
  }
  const GeneratedSession session = make("s2");
  ::unlink((session.directory + "/session.json").c_str());
  const Result<IntakeReport> report = take_in(session.directory, data_);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->session_id, "s2") << "the directory's name";
  EXPECT_EQ(report->warnings.size(), 1U);
}

TEST_F(Intake, PutsDamagedShardsAside) {
  const GeneratedSession session = make("s1");
  testing::write_text(session.directory + "/9-9-00000000000000ff.shard", "garbage");
  const Result<IntakeReport> report = take_in(session.directory, data_);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->tests, 8U);
  EXPECT_EQ(report->incomplete_tests, 8U) << "whose evidence the lost shard held is unknown";
  EXPECT_EQ(*read_file(data_ + "/damaged/s1-9-9-00000000000000ff.shard"), "garbage");
  EXPECT_FALSE(exists(session.directory));
}

TEST_F(Intake, AnUnfinishedTestIsCountedAsIncomplete) {
  GeneratedSession session = make("s0");
  session.directory = data_ + "/sessions/s1";
  session.unfinished_last_test = true;
  std::string why;
  ASSERT_TRUE(testing::write_generated_session(session, &why)) << why;
  const Result<IntakeReport> report = take_in(session.directory, data_);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->tests, 8U);
  EXPECT_EQ(report->incomplete_tests, 1U);
}

TEST_F(Intake, AFileEditedDuringTheRunTakesTheAlibiFromItsTests) {
  const GeneratedSession session = make("s1");
  std::ofstream(session.root + "/src/module_1.py", std::ios::app) << "# edited\n";
  const Result<IntakeReport> report = take_in(session.directory, data_);
  ASSERT_TRUE(report);
  EXPECT_GT(report->incomplete_tests, 0U);
  Result<Store> store = Store::open(data_, Store::Access::kRead);
  TestReader reader(*store);
  const Result<std::vector<TestRow>> rows = store->latest_tests();
  for (const TestRow& row : *rows) {
    const Result<TestReader::Found> found = reader.read(row);
    ASSERT_TRUE(found);
    bool touched = false;
    for (const auto& file : found->test->evidence.files)
      touched = touched || found->coverage->files[file.file].edited;
    EXPECT_EQ(found->test->complete, !touched) << row.id;
    EXPECT_EQ(found->test->evidence.drops.empty(), !touched) << row.id;
  }
}

TEST_F(Intake, KeepsTheContentOfSourcesByTheirHash) {
  const GeneratedSession session = make("s1");
  const std::string content = *read_file(session.root + "/src/module_2.py");
  ASSERT_TRUE(take_in(session.directory, data_));
  const SourceArchive archive(data_);
  const Hash128 hash = hash128(content.data(), content.size());
  ASSERT_TRUE(archive.read(hash));
  EXPECT_EQ(*archive.read(hash), content);
  EXPECT_FALSE(archive.read({1, 2}));
}

TEST_F(Intake, MergesWhatKilledRunsLeftButNotWhatIsStillRunning) {
  const GeneratedSession killed = make("killed", 1000.0);
  testing::write_text(killed.directory + "/lock", "");
  const GeneratedSession running = make("running", 2000.0);
  testing::write_text(running.directory + "/lock", "");
  const int held = ::open((running.directory + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  std::vector<std::string> warnings;
  const std::vector<IntakeReport> reports = take_in_leftovers(data_, 10, &warnings);
  ::close(held);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].session_id, "killed");
  EXPECT_TRUE(exists(running.directory));
  EXPECT_TRUE(warnings.empty());
}

TEST_F(Intake, RemovesWhatAKilledMergeDidNotFinish) {
  const GeneratedSession session = make("s1");
  ASSERT_TRUE(make_directories(data_ + "/evidence"));
  const std::string old = data_ + "/evidence/00000000000000000001-s0.evidence.new.77";
  testing::write_text(old, "half");
  const timespec times[] = {{1000, 0}, {1000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, old.c_str(), times, 0), 0);
  testing::write_text(data_ + "/evidence/00000000000000000001-s0.evidence.new.78-5", "being copied");
  ASSERT_TRUE(take_in(session.directory, data_));
  EXPECT_FALSE(exists(old));
  EXPECT_EQ(names_in(data_ + "/evidence").size(), 2U);
}

TEST_F(Intake, AnEmptySessionLeavesNothing) {
  ASSERT_TRUE(make_directories(data_ + "/sessions/s1"));
  const Result<IntakeReport> report = take_in(data_ + "/sessions/s1", data_);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->evidence, "");
  EXPECT_FALSE(exists(data_ + "/sessions/s1"));
}

TEST_F(Intake, WithoutADirectoryThereIsNothingToMerge) {
  EXPECT_FALSE(take_in(directory_ / "none", data_));
  testing::write_text(directory_ / "file", "x");
  EXPECT_FALSE(take_in(directory_ / "file", data_));
}

TEST_F(Intake, KilledAtAnyMomentLosesAndDamagesNothing) {
  kill_at_any_moment([] {});
  EXPECT_FALSE(exists(data_ + "/merged"));
}

// As a session on another file system than the data folder's, which cannot be moved there.
TEST_F(Intake, KilledWhileASessionIsRemovedWhereItLiesTakesNoHalfOfItIn) {
  kill_at_any_moment([&] { testing::write_text(data_ + "/merged", "in the way"); });
}

TEST_F(Intake, TwoMergesAtOnceBothSucceed) {
  std::vector<pid_t> children;
  for (int number = 0; number < 4; ++number) {
    const GeneratedSession session = make("s" + std::to_string(number), 1000.0 + number);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(take_in(session.directory, data_) ? 0 : 1);
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(Store::open(data_, Store::Access::kRead)->sessions()->size(), 4U);
}

}  // namespace
}  // namespace alibi::store
