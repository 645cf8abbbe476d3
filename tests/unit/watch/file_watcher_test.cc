#include "collector/watch/file_watcher.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/temporary_directory.h"

namespace alibi::watch {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

struct LateClock final : Clock {
  uint64_t unix_ns() const override { return Clock::real().unix_ns() + 3'600'000'000'000U; }
};

// The real thing, with faults.
class FaultyEvents final : public FolderEvents {
 public:
  struct Faults {
    size_t most = SIZE_MAX;  // folders
    bool overflows = false;  // all events are lost, and it says so
    std::function<void(const std::string&)> before_add;
    std::function<void(const std::string&)> after_add;
  };
  explicit FaultyEvents(Faults* faults) : faults_(faults), real_(std::move(FolderEvents::open()).value()) {}

  Result<int> add(const std::string& path) override {
    if (count_++ >= faults_->most) return os_error(ErrorCode::kCannotRead, ENOSPC, "cannot watch " + path);
    if (faults_->before_add) faults_->before_add(path);
    Result<int> added = real_->add(path);
    if (faults_->after_add) faults_->after_add(path);
    return added;
  }
  void remove(int folder) override { real_->remove(folder); }
  std::vector<FolderEvent> read() override {
    std::vector<FolderEvent> events = real_->read();
    if (!faults_->overflows || events.empty()) return events;
    return {FolderEvent{FolderEvent::Kind::kOverflow, -1, false, {}}};
  }
  int fd() const override { return real_->fd(); }

 private:
  Faults* faults_;
  std::unique_ptr<FolderEvents> real_;
  size_t count_ = 0;
};

class FileWatcherTest : public ::testing::Test {
 protected:
  void begin() {
    watcher_ = std::make_unique<FileWatcher>(directory_.path(), directory_ / ".alibi", IgnoreRules(),
                                             std::make_unique<FaultyEvents>(&faults_), &clock_);
    watcher_->begin(&known_);
  }
  std::string place(const std::string& name) const { return directory_ / name; }
  void make(const std::string& name, const std::string& text = "x") {
    std::filesystem::create_directories(folder_of(place(name)));
    write_text(place(name), text);
  }
  // What has been noticed: the kernel queues events before the calls that cause them return.
  std::vector<std::string> noticed() {
    std::vector<std::string> names;
    if (!watcher_->notice() && !watcher_->polls()) return names;
    for (const Change& change : watcher_->changes())
      names.push_back(change.path.substr(directory_.path().size() + 1));
    return names;
  }
  using Names = std::vector<std::string>;

  TemporaryDirectory directory_;
  LateClock clock_;
  KnownPaths known_;
  FaultyEvents::Faults faults_;
  std::unique_ptr<FileWatcher> watcher_;
};

TEST_F(FileWatcherTest, NoticesAFileThatIsWrittenInPlace) {
  make("deep/a.py");
  begin();
  EXPECT_EQ(noticed(), Names{});
  make("deep/a.py", "longer");
  EXPECT_EQ(noticed(), Names{"deep/a.py"});
  EXPECT_EQ(noticed(), Names{});
}

TEST_F(FileWatcherTest, NoticesASaveByRenameAsOneChange) {
  make("a.py");
  begin();
  // As vim does: a probe, a backup by renaming, the new file, the backup removed.
  make("4913");
  std::filesystem::remove(place("4913"));
  std::filesystem::rename(place("a.py"), place("a.py~"));
  make("a.py", "new text");
  std::filesystem::remove(place("a.py~"));
  EXPECT_EQ(noticed(), Names{"a.py"});
}

TEST_F(FileWatcherTest, NoticesAFileThatIsKeptOpen) {
  make("a.log");
  begin();
  std::ofstream log(place("a.log"), std::ios::app);
  log << "more" << std::flush;
  EXPECT_EQ(noticed(), Names{"a.log"});
}

TEST_F(FileWatcherTest, LosesNothingInAFolderThatIsFilledBeforeItIsWatched) {
  begin();
  // Files made before the watch is set, and between setting it and reading the folder.
  faults_.before_add = [this](const std::string& path) {
    if (path == place("new")) make("new/early.py");
  };
  faults_.after_add = [this](const std::string& path) {
    if (path == place("new")) make("new/late/deep.py");
  };
  std::filesystem::create_directory(place("new"));
  EXPECT_EQ(noticed(), (Names{"new/early.py", "new/late/deep.py"}));
  faults_.before_add = faults_.after_add = nullptr;
  (void)noticed();
  make("new/late/deep.py", "longer");
  EXPECT_EQ(noticed(), Names{"new/late/deep.py"});
}

TEST_F(FileWatcherTest, WatchesFoldersThatAreMovedInAndFollowsThoseThatMoveWithin) {
  begin();
  TemporaryDirectory elsewhere;
  std::filesystem::create_directories(elsewhere / "package/sub");
  write_text(elsewhere / "package/sub/a.py", "x");
  std::error_code cannot;
  std::filesystem::rename(elsewhere / "package", place("package"), cannot);
  ASSERT_FALSE(cannot);
  EXPECT_EQ(noticed(), Names{"package/sub/a.py"});
  std::filesystem::create_directory(place("lib"));
  (void)noticed();
  std::filesystem::rename(place("package"), place("lib/package"));
  EXPECT_EQ(noticed(), (Names{"lib/package/sub/a.py", "package/sub/a.py"}));
  (void)noticed();
  make("lib/package/sub/a.py", "longer");
  EXPECT_EQ(noticed(), Names{"lib/package/sub/a.py"});
}

TEST_F(FileWatcherTest, GoesOnWithANewFolderInTheOldPlace) {
  make("src/a.py");
  begin();
  std::filesystem::remove_all(place("src"));
  make("src/a.py", "longer");
  EXPECT_EQ(noticed(), Names{"src/a.py"});
  (void)noticed();
  make("src/a.py", "longer still");
  EXPECT_EQ(noticed(), Names{"src/a.py"});
}

TEST_F(FileWatcherTest, LooksAtEverythingWhenEventsWereLost) {
  make("deep/down/a.py");
  make("b.py");
  begin();
  faults_.overflows = true;
  make("deep/down/a.py", "longer");
  make("b.py", "longer");
  EXPECT_EQ(noticed(), (Names{"b.py", "deep/down/a.py"}));
}

TEST_F(FileWatcherTest, LooksNowAndThenWhenThereAreNotEnoughWatches) {
  make("one/a.py");
  make("two/b.py");
  faults_.most = 2;
  begin();
  EXPECT_TRUE(watcher_->polls());
  EXPECT_EQ(watcher_->fd(), -1);
  EXPECT_NE(watcher_->problem().find("max_user_watches"), std::string::npos);
  make("two/b.py", "longer");
  EXPECT_EQ(noticed(), Names{"two/b.py"});
}

TEST_F(FileWatcherTest, RunsOutOfWatchesLaterWithoutLosingAChange) {
  begin();
  faults_.most = 1;
  make("new/a.py");
  EXPECT_EQ(noticed(), Names{"new/a.py"});
  EXPECT_TRUE(watcher_->polls());
  make("new/deeper/b.py");
  EXPECT_EQ(noticed(), Names{"new/deeper/b.py"});
}

TEST_F(FileWatcherTest, WhatIsIgnoredDoesNotEvenWakeIt) {
  make("a.py");
  make("__pycache__/a.pyc");
  begin();
  make(".a.py.swp");
  make("__pycache__/a.pyc", "longer");
  make(".git/index");
  EXPECT_FALSE(watcher_->notice());
}

TEST_F(FileWatcherTest, ManyFilesAtOnceAreOneAnswer) {
  begin();
  for (int i = 0; i < 200; ++i) make("package/module_" + std::to_string(i) + ".py");
  EXPECT_EQ(noticed().size(), 200U);
}

}  // namespace
}  // namespace alibi::watch
