#include "collector/watch/file_tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "tests/support/temporary_directory.h"

namespace alibi::watch {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

// So late that every file's times can be believed; or not.
struct LateClock final : Clock {
  uint64_t unix_ns() const override { return Clock::real().unix_ns() + (late ? 3'600'000'000'000U : 0U); }
  bool late = true;
};

struct Folders final : FolderObserver {
  void folder_appeared(const std::string& path) override { watched.insert(path); }
  void folder_vanished(const std::string& path) override { watched.erase(path); }
  std::set<std::string> watched;
};

class FileTreeTest : public ::testing::Test {
 protected:
  void make(const std::string& name, const std::string& text = "x") {
    std::filesystem::create_directories(folder_of(place(name)));
    write_text(place(name), text);
  }
  std::string place(const std::string& name) const { return directory_ / name; }
  Change changed(const std::string& name, ChangeKind kind) const { return {place(name), kind}; }
  void begin() { tree_.begin(&known_); }

  TemporaryDirectory directory_;
  LateClock clock_;
  Folders observer_;
  KnownPaths known_;
  FileTree tree_{directory_.path(), directory_ / "evidence", IgnoreRules(), &observer_, &clock_};
};

TEST_F(FileTreeTest, WhatIsThereAtTheBeginningIsNoChange) {
  make("a.py");
  make("deep/down/b.py");
  begin();
  EXPECT_EQ(tree_.look_at_all(), Changes());
  EXPECT_EQ(tree_.files(), 2U);
  EXPECT_EQ(observer_.watched.size(), 3U);
}

TEST_F(FileTreeTest, SaysWhatWasModifiedCreatedAndRemoved) {
  make("a.py", "one");
  make("gone.py");
  begin();
  make("a.py", "three");
  make("new.py");
  std::filesystem::remove(place("gone.py"));
  EXPECT_EQ(tree_.look_again({{directory_.path(), {}}}),
            (Changes{changed("a.py", ChangeKind::kModified), changed("gone.py", ChangeKind::kRemoved),
                     changed("new.py", ChangeKind::kCreated)}));
  EXPECT_EQ(tree_.look_at_all(), Changes());
}

TEST_F(FileTreeTest, AFileRenamedOverAnotherIsAModification) {
  make("a.py", "same size");
  begin();
  make("a.py.new", "same Size");
  std::filesystem::rename(place("a.py.new"), place("a.py"));
  EXPECT_EQ(tree_.look_at_all(), Changes{changed("a.py", ChangeKind::kModified)});
}

TEST_F(FileTreeTest, AWriteWithinATickOfTheLookIsNotMissed) {
  clock_.late = false;
  make("a.py");
  begin();
  EXPECT_EQ(tree_.look_at_all(), Changes{changed("a.py", ChangeKind::kModified)});
}

TEST_F(FileTreeTest, NorIsItMadeUpWhereItIsKnownThatNothingHappened) {
  clock_.late = false;
  make("a.py");
  begin();
  EXPECT_EQ(tree_.look_again({{directory_.path(), {"b.py"}}}), Changes());
  EXPECT_EQ(tree_.look_again({{directory_.path(), {"a.py"}}}),
            Changes{changed("a.py", ChangeKind::kModified)});
}

TEST_F(FileTreeTest, FoldersComeAndGoWithAllThatIsInThem) {
  begin();
  make("new/deep/b.py");
  EXPECT_EQ(tree_.look_again({{directory_.path(), {}}}),
            Changes{changed("new/deep/b.py", ChangeKind::kCreated)});
  EXPECT_TRUE(observer_.watched.contains(place("new/deep")));
  std::filesystem::remove_all(place("new"));
  EXPECT_EQ(tree_.look_again({{directory_.path(), {}}}),
            Changes{changed("new/deep/b.py", ChangeKind::kRemoved)});
  EXPECT_EQ(observer_.watched.size(), 1U);
}

TEST_F(FileTreeTest, AFolderMovedInTheTreeIsLeftAndEntered) {
  make("old/a.py");
  begin();
  std::filesystem::rename(place("old"), place("moved"));
  EXPECT_EQ(
      tree_.look_again({{directory_.path(), {}}}),
      (Changes{changed("moved/a.py", ChangeKind::kCreated), changed("old/a.py", ChangeKind::kRemoved)}));
  EXPECT_TRUE(observer_.watched.contains(place("moved")));
  EXPECT_FALSE(observer_.watched.contains(place("old")));
}

TEST_F(FileTreeTest, AnotherFolderInTheSamePlaceIsComparedFileByFile) {
  make("src/a.py", "one");
  make("src/gone.py");
  begin();
  std::filesystem::rename(place("src"), directory_.path() + "/dist");  // keeps its number: not entered
  make("src/a.py", "other");
  EXPECT_EQ(
      tree_.look_again({{directory_.path(), {}}}),
      (Changes{changed("src/a.py", ChangeKind::kModified), changed("src/gone.py", ChangeKind::kRemoved)}));
}

TEST_F(FileTreeTest, CachesTheDataFolderAndVirtualEnvironmentsAreNotEntered) {
  begin();
  make(".git/index");
  make("__pycache__/a.pyc");
  make("evidence/index.sqlite");
  make("mine/pyvenv.cfg");
  make("mine/lib/x.py");
  make(".a.py.swp");
  EXPECT_EQ(tree_.look_at_all(), Changes());
  EXPECT_FALSE(observer_.watched.contains(place("mine/lib")));
}

TEST_F(FileTreeTest, WhatEvidenceNamesCountsWhereverItLies) {
  make("build/config.json");
  make("build/other.json");
  make("build/sub/x.json");
  known_.add_read(place("build/config.json"));
  begin();
  make("build/config.json", "longer");
  make("build/other.json", "longer");
  make("build/sub/x.json", "longer");
  EXPECT_EQ(tree_.look_at_all(), Changes{changed("build/config.json", ChangeKind::kModified)});
}

TEST_F(FileTreeTest, InAFolderThatTestsListAnEmptyFolderIsAChange) {
  make("data/a.json");
  known_.add_listed(place("data"));
  begin();
  std::filesystem::create_directory(place("data/empty"));
  EXPECT_EQ(tree_.look_at_all(), Changes{changed("data/empty", ChangeKind::kCreated)});
  std::filesystem::remove(place("data/empty"));
  EXPECT_EQ(tree_.look_at_all(), Changes{changed("data/empty", ChangeKind::kRemoved)});
}

TEST_F(FileTreeTest, KnowledgeThatComesLaterAddsFoldersWithoutLosingChanges) {
  make("a.py");
  make("dist/data.json");
  begin();
  make("a.py", "longer");
  KnownPaths more;
  more.add_read(place("dist/data.json"));
  tree_.begin(&more);
  make("dist/data.json", "longer");
  EXPECT_EQ(tree_.look_at_all(), (Changes{changed("a.py", ChangeKind::kModified),
                                          changed("dist/data.json", ChangeKind::kModified)}));
}

TEST_F(FileTreeTest, LinksToFoldersAreNotFollowedAndLinkedFilesCountAsWhatTheyShow) {
  TemporaryDirectory elsewhere;
  write_text(elsewhere / "data.json", "one");
  ASSERT_EQ(::symlink((elsewhere / "data.json").c_str(), place("data.json").c_str()), 0);
  ASSERT_EQ(::symlink(directory_.path().c_str(), place("loop").c_str()), 0);
  begin();
  EXPECT_EQ(observer_.watched.size(), 1U);
  write_text(elsewhere / "data.json", "three");
  EXPECT_EQ(tree_.look_at_all(), Changes{changed("data.json", ChangeKind::kModified)});
}

TEST_F(FileTreeTest, SaysWhichNamesAreWorthALook) {
  make("src/a.py");
  begin();
  EXPECT_TRUE(tree_.is_of_interest(place("src"), "b.py", false));
  EXPECT_TRUE(tree_.is_of_interest(directory_.path(), "lib", true));
  EXPECT_FALSE(tree_.is_of_interest(place("src"), ".a.py.swp", false));
  EXPECT_FALSE(tree_.is_of_interest(place("src"), "__pycache__", true));
  EXPECT_FALSE(tree_.is_of_interest(place("elsewhere"), "b.py", false));
}

}  // namespace
}  // namespace alibi::watch
