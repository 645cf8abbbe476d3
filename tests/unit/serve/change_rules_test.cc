#include "collector/serve/change_rules.h"

#include <gtest/gtest.h>

namespace alibi::serve {
namespace {

using Kind = TreeChange::Kind;

std::string listing(const std::vector<TreeEntry>& entries) {
  std::string text;
  for (const TreeEntry& entry : entries)
    text += entry.mode + " blob " + entry.object + "\t" + entry.path + std::string(1, '\0');
  return text;
}

CommitTree tree(const std::vector<TreeEntry>& entries) {
  Result<CommitTree> parsed = CommitTree::parse(listing(entries));
  EXPECT_TRUE(parsed);
  return parsed ? *parsed : CommitTree();
}

const CommitTree kBefore = tree({{"b.py", "100644", "2"}, {"a.py", "100644", "1"}, {"c.py", "100755", "3"}});

bool everything(std::string_view) {
  return true;
}
bool nothing(std::string_view) {
  return false;
}

TEST(CommitTree, KnowsItsFilesInWhateverOrderTheyWereListed) {
  EXPECT_TRUE(kBefore.has("a.py"));
  EXPECT_TRUE(kBefore.has("c.py"));
  EXPECT_FALSE(kBefore.has("a.p"));
  EXPECT_FALSE(kBefore.has(""));
}

TEST(CommitTree, RefusesAListingThatIsCutShortAnywhere) {
  const std::string whole = listing({{"a.py", "100644", "1"}});
  for (size_t length = 1; length < whole.size(); ++length)
    EXPECT_FALSE(CommitTree::parse(std::string_view(whole).substr(0, length))) << length;
  EXPECT_TRUE(CommitTree::parse(whole));
  EXPECT_TRUE(CommitTree::parse(""));
}

TEST(ChangesBetween, AreNoneForTheSameTree) {
  EXPECT_TRUE(changes_between(kBefore, kBefore).empty());
}

TEST(ChangesBetween, NameEditedAddedAndRemovedFiles) {
  const CommitTree after = tree({{"a.py", "100644", "9"}, {"c.py", "100755", "3"}, {"d.py", "100644", "4"}});
  const std::vector<TreeChange> changes = changes_between(kBefore, after);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].path, "a.py");
  EXPECT_EQ(changes[0].kind, Kind::kEdited);
  EXPECT_EQ(changes[1].path, "b.py");
  EXPECT_EQ(changes[1].kind, Kind::kRemoved);
  EXPECT_EQ(changes[2].path, "d.py");
  EXPECT_EQ(changes[2].kind, Kind::kAdded);
}

TEST(ChangesBetween, TakeAnotherModeAndLinksForSomethingElse) {
  const CommitTree after = tree(
      {{"a.py", "100755", "1"}, {"b.py", "100644", "2"}, {"c.py", "100755", "3"}, {"l.py", "120000", "4"}});
  const std::vector<TreeChange> changes = changes_between(kBefore, after);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].kind, Kind::kOther);
  EXPECT_EQ(changes[1].kind, Kind::kOther);
}

TEST(Judge, LetsCoverageDecideAboutEditedAndRemovedSourcesThatItNames) {
  const Judgement judgement =
      judge({{Kind::kEdited, "lib/a.py"}, {Kind::kRemoved, "lib/b.rb"}, {Kind::kAdded, "spec/x_spec.rb"}},
            everything);
  EXPECT_EQ(judgement.runs_all, "");
  EXPECT_EQ(judgement.files, (std::vector<std::string>{"lib/a.py", "lib/b.rb"}));
}

TEST(Judge, RunsEverythingForASourceThatNoCoverageNames) {
  EXPECT_EQ(judge({{Kind::kEdited, "lib/a.py"}}, nothing).runs_all,
            "lib/a.py was edited, which no test's coverage names");
  EXPECT_NE(judge({{Kind::kRemoved, "lib/a.py"}}, nothing).runs_all, "");
}

TEST(Judge, RunsEverythingForWhatIsNoSource) {
  for (const char* path : {"README.md", "Gemfile.lock", "package.json", ".github/workflows/ci.yml", "a/py",
                           "Makefile", "x.pyi", ".py", "data.csv", "t.html.erb"}) {
    EXPECT_NE(judge({{Kind::kEdited, path}}, everything).runs_all, "") << path;
  }
}

TEST(Judge, RunsEverythingForSourcesThatShapeTheWholeRun) {
  for (const char* path : {"conftest.py", "tests/x/conftest.py", "setup.py", "spec/spec_helper.rb",
                           "test/test_helper.rb", "features/support/world.rb", "spec/support/shared.rb"}) {
    EXPECT_NE(judge({{Kind::kEdited, path}}, everything).runs_all, "") << path;
    EXPECT_NE(judge({{Kind::kAdded, path}}, everything).runs_all, "") << path;
  }
}

TEST(Judge, RunsEverythingForNewSourcesThatOthersMayLoad) {
  EXPECT_NE(judge({{Kind::kAdded, "lib/new.py"}}, everything).runs_all, "");
  EXPECT_NE(judge({{Kind::kAdded, "tests/__init__.py"}}, everything).runs_all, "");
  for (const char* path : {"tests/test_new.py", "tests/new_test.py", "spec/new_spec.rb", "test/test_new.rb"})
    EXPECT_EQ(judge({{Kind::kAdded, path}}, nothing).runs_all, "") << path;
}

TEST(Judge, RunsEverythingForLinksModesAndSubmodules) {
  EXPECT_NE(judge({{Kind::kOther, "lib/a.py"}}, everything).runs_all, "");
}

}  // namespace
}  // namespace alibi::serve
