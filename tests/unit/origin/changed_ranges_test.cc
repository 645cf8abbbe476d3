#include "collector/origin/changed_ranges.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/temporary_directory.h"
#include "tests/unit/origin/repository.h"

namespace alibi::origin {
namespace {

using alibi::testing::TemporaryDirectory;
using testing::Repository;

using Ranges = std::vector<LineRange>;
using Files = std::map<std::string, Ranges, std::less<>>;

std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

class ChangedRangesTest : public ::testing::Test {
 protected:
  ChangedRangesTest() : repository_(directory_ / "project") {}

  Files since(const std::string& base) {
    const Result<ChangedRanges> changed = changed_since(GitCommand(repository_.path()), base);
    EXPECT_TRUE(changed) << changed.error().message;
    return changed ? changed->files() : Files();
  }

  TemporaryDirectory directory_;
  Repository repository_;
};

TEST_F(ChangedRangesTest, AreTheLinesOfNow) {
  const std::string base = repository_.commit("a.py", numbered(1, 20));
  repository_.commit("a.py", numbered(1, 2) + "new\nnew\n" + numbered(4, 9) + numbered(12, 20) + "end");
  // Line 3 became two, 10 and 11 are gone (after line 10 of now), the last is new.
  EXPECT_EQ(since(base), (Files{{"a.py", {{3, 4}, {10, 10}, {20, 20}}}}));
}

TEST_F(ChangedRangesTest, OfDeletedFirstLinesAreTheFirstLine) {
  const std::string base = repository_.commit("a.py", numbered(1, 5));
  repository_.commit("a.py", numbered(3, 5));
  EXPECT_EQ(since(base), (Files{{"a.py", {{1, 1}}}}));
}

TEST_F(ChangedRangesTest, OfNewFilesAreAllAndOfDeletedFilesNone) {
  repository_.commit("old.py", numbered(1, 5));
  const std::string base = repository_.commit("empty.py", "x");
  repository_.git({"rm", "-q", "old.py"});
  repository_.commit("empty.py", "");
  repository_.commit("sub/new.py", numbered(101, 107));
  EXPECT_EQ(since(base), (Files{{"empty.py", {{1, 1}}}, {"sub/new.py", {{1, 7}}}}));
}

TEST_F(ChangedRangesTest, OfRenamedFilesAreWhatDiffersUnderTheNewName) {
  repository_.commit("pure.py", numbered(100, 150));
  const std::string base = repository_.commit("old name.py", numbered(1, 50));
  repository_.git({"mv", "pure.py", "moved.py"});
  repository_.git({"mv", "old name.py", "new name.py"});
  repository_.commit("new name.py", numbered(1, 24) + "changed\n" + numbered(26, 50));
  EXPECT_EQ(since(base), (Files{{"moved.py", {}}, {"new name.py", {{25, 25}}}}));
}

TEST_F(ChangedRangesTest, KnowFilesOfAnyName) {
  const std::vector<std::string> names = {"sp ace.py",    "t\tab.py", "quo\"te.py", "back\\slash.py",
                                          "new\nline.py", "é.py",     "\xff.py",    " b/ b/x.py",
                                          "a b/a",        "++ b.py",  "x b/x.py"};
  repository_.commit("z.py", "1");
  for (const std::string& name : names) repository_.commit(name, "one\n");
  const std::string base = repository_.git({"rev-parse", "HEAD"});
  Files expected;
  for (const std::string& name : names) {
    repository_.commit(name, "one\ntwo\n");
    expected[name] = {{2, 2}};
  }
  EXPECT_EQ(since(base), expected);
}

TEST_F(ChangedRangesTest, AreNotMisledByTextThatLooksLikeADiff) {
  const std::string base =
      repository_.commit("a.py", numbered(1, 3) + "-- a/old.py\n-- /dev/null\n" + numbered(4, 9));
  repository_.commit("a.py", numbered(1, 3) +
                                 "++ b/other.py\ndiff --git a/x b/x\n++ /dev/null\n@@ -1 +1,9 @@\nBinary "
                                 "files a/x and b/y differ\n" +
                                 numbered(4, 9));
  EXPECT_EQ(since(base), (Files{{"a.py", {{4, 8}}}}));
}

TEST_F(ChangedRangesTest, WithoutANewlineAtTheEndAreTheSame) {
  const std::string base = repository_.commit("a.py", "one\ntwo");
  repository_.commit("a.py", "one\ntwo\nthree");
  EXPECT_EQ(since(base), (Files{{"a.py", {{2, 3}}}}));
}

TEST_F(ChangedRangesTest, OfBinaryFilesAreAll) {
  const std::string base = repository_.commit("b in.dat", std::string("\0a", 2));
  repository_.commit("b in.dat", std::string("\0b", 2));
  repository_.commit("m.sh", "x");
  const Files files = since(base);
  ASSERT_EQ(files.at("b in.dat").size(), 1U);
  EXPECT_EQ(files.at("b in.dat")[0].first, 1U);
  EXPECT_GT(files.at("b in.dat")[0].last, 1'000'000U);
}

TEST_F(ChangedRangesTest, DoNotDependOnTheUsersConfiguration) {
  const std::string base = repository_.commit("sub/a.py", "1\n");
  repository_.commit("sub/a.py", "1\n2\n");
  const Files plain = since(base);
  for (const auto& [key, value] : {std::pair{"diff.noprefix", "true"},
                                   {"diff.mnemonicPrefix", "true"},
                                   {"color.ui", "always"},
                                   {"diff.external", "/bin/false"},
                                   {"diff.context", "9"},
                                   {"diff.interHunkContext", "9"},
                                   {"diff.renames", "false"},
                                   {"core.quotepath", "true"},
                                   {"diff.relative", "true"},
                                   {"diff.srcPrefix", "x/"}})
    repository_.git({"config", key, value});
  EXPECT_EQ(since(base), plain);
  EXPECT_EQ(plain, (Files{{"sub/a.py", {{2, 2}}}}));
  const Result<ChangedRanges> below = changed_since(GitCommand(repository_.path() + "/sub"), base);
  EXPECT_EQ(below->files(), plain);
}

TEST_F(ChangedRangesTest, TakeNoTextForACommit) {
  EXPECT_FALSE(changed_since(GitCommand(repository_.path()), "--output=x"));
  EXPECT_FALSE(changed_since(GitCommand(repository_.path()), std::string(40, '1'))) << "not there";
}

TEST(IsModified, IsAnOverlapOfLines) {
  const ChangedRanges changed = ChangedRanges::parse(
      "diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -9,0 +10,3 @@\n+a\n+b\n+c\n@@ -20 +23 @@ def "
      "x\n-a\n+b\n");
  EXPECT_TRUE(changed.is_modified("t.py", 1, 10));
  EXPECT_TRUE(changed.is_modified("t.py", 12, 20));
  EXPECT_TRUE(changed.is_modified("t.py", 11, 11));
  EXPECT_TRUE(changed.is_modified("/t.py", 1, 100));
  EXPECT_TRUE(changed.is_modified("./t.py", 23, 23));
  EXPECT_FALSE(changed.is_modified("t.py", 1, 9));
  EXPECT_FALSE(changed.is_modified("t.py", 13, 22));
  EXPECT_FALSE(changed.is_modified("t.py", 24, 30));
  EXPECT_FALSE(changed.is_modified("u.py", 1, 100));
  EXPECT_TRUE(changed.is_modified("t.py", 0, 0)) << "the file alone decides";
  EXPECT_TRUE(changed.is_modified("t.py", 1, 0));
}

TEST(DiffText, OfAnyKindIsRead) {
  EXPECT_TRUE(ChangedRanges::parse("").files().empty());
  EXPECT_TRUE(ChangedRanges::parse("@@ -1 +1 @@\n+x\nnonsense\n").files().empty());
  EXPECT_EQ(ChangedRanges::parse("diff --git a/x b/x\n@@ -1 +4294967295,4294967295 @@\n").files().at("x"),
            (Ranges{{4294967295U, 4294967295U}}));
  EXPECT_TRUE(ChangedRanges::parse("diff --git a/x b/x\n@@ -1 +99999999999 @@\n@@ -1, +1 @@\n")
                  .files()
                  .at("x")
                  .empty());
  EXPECT_TRUE(ChangedRanges::parse("diff --git \"a/x\\\n+++ \"b/y\\7\n+++ \"\n+++ \n").files().empty());
  EXPECT_EQ(
      ChangedRanges::parse("diff --git \"a/\\303\\251\" \"b/\\303\\251\"\nold mode 1\n").files().count("é"),
      1U);
  // Any bytes.
  std::mt19937 random(3);
  const std::string_view pieces[] = {"diff --git a/x b/x",
                                     "\n",
                                     "+++ b/x",
                                     "@@ -1,2 +3,4 @@",
                                     "-",
                                     "+",
                                     "\"",
                                     "\\",
                                     "\\101",
                                     "\t",
                                     "rename to ",
                                     "a",
                                     std::string_view("\0", 1)};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 30; ++i) text += pieces[random() % std::size(pieces)];
    const ChangedRanges changed = ChangedRanges::parse(text);
    for (const auto& [path, ranges] : changed.files())
      for (const LineRange& range : ranges) EXPECT_LE(range.first, range.last) << text;
  }
}

class BaseCommit : public ChangedRangesTest {
 protected:
  // main, with release/1 and a feature branch that left main at `left`; cloned, on the feature.
  Repository clone() {
    repository_.commit("a.py", "1");
    repository_.git({"branch", "release/1"});
    repository_.git({"branch", "unrelated"});
    left_ = repository_.commit("a.py", "2");
    repository_.git({"checkout", "-q", "-b", "feature"});
    repository_.commit("f.py", "1");
    repository_.git({"checkout", "-q", "main"});
    repository_.commit("a.py", "3");
    Repository result(directory_ / "clone", repository_.url(), {});
    result.git({"checkout", "-q", "feature"});
    return result;
  }
  std::string left_;
};

TEST_F(BaseCommit, IsWhatIsTold) {
  const std::string told(40, 'a');
  EXPECT_EQ(*base_commit(GitCommand(repository_.path()), {{"git.pull_request.base_branch_sha", told}}), told);
}

TEST_F(BaseCommit, IsWhereTheNearestBaseBranchWasLeft) {
  const Repository feature = clone();
  const GitCommand git(feature.path());
  EXPECT_EQ(*base_commit(git, {{"git.branch", "feature"}}), left_);
  EXPECT_EQ(changed_since(git, left_)->files(), (Files{{"f.py", {{1, 1}}}}));
  // From a release: nearer than main.
  feature.git({"update-ref", "refs/remotes/origin/hotfix/2", "HEAD"});
  EXPECT_EQ(*base_commit(git, {{"git.branch", "feature"}}), feature.git({"rev-parse", "HEAD"}));
}

TEST_F(BaseCommit, IsNoneOfABaseBranchItself) {
  const Repository feature = clone();
  for (const char* const branch : {"main", "trunk", "release/1"})
    EXPECT_FALSE(base_commit(GitCommand(feature.path()), {{"git.branch", branch}})) << branch;
}

TEST_F(BaseCommit, IsAnErrorWithoutARemote) {
  repository_.commit("a.py", "1");
  const Result<std::string> base = base_commit(GitCommand(repository_.path()), {{"git.branch", "feature"}});
  ASSERT_FALSE(base);
  EXPECT_NE(base.error().message.find("DD_GIT_PULL_REQUEST_BASE_BRANCH_SHA"), std::string::npos);
}

}  // namespace
}  // namespace alibi::origin
