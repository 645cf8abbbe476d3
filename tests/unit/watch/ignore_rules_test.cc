#include "collector/watch/ignore_rules.h"

#include <gtest/gtest.h>

#include "collector/watch/known_paths.h"

namespace alibi::watch {
namespace {

TEST(IgnoreRules, WhatEditorsLeaveBesideAFileIsIgnored) {
  const IgnoreRules rules;
  for (const char* name : {".shop.py.swp", ".shop.py.swo", ".shop.py.swpx", "4913", "shop.py~", "#shop.py#",
                           ".#shop.py", ".goutputstream-XY12", "shop.py___jb_tmp___", ".shop.py.kate-swp"})
    EXPECT_TRUE(rules.ignores_file(name, name)) << name;
}

TEST(IgnoreRules, FilesThatTestsMayRestOnAreNot) {
  const IgnoreRules rules;
  for (const char* name : {"shop.py", ".env", "data.json", "swap.swp.txt", "4914", "#notes", "x.sw",
                           "coverage", ".gitignore", "pyproject.toml"})
    EXPECT_FALSE(rules.ignores_file(name, name)) << name;
}

TEST(IgnoreRules, VersionControlCachesAndBuildOutputAreIgnored) {
  const IgnoreRules rules;
  for (const char* name : {".git", ".alibi", "__pycache__", ".pytest_cache", "node_modules", "build", ".venv",
                           "bakery.egg-info"})
    EXPECT_TRUE(rules.ignores_folder(name, name)) << name;
  for (const char* name : {"src", "tests", ".github", "builder", "data"})
    EXPECT_FALSE(rules.ignores_folder(name, name)) << name;
}

TEST(IgnoreRules, UsersPatternsMeanNamesOrPathsBelowTheRoot) {
  const IgnoreRules rules({"*.log", "data/tmp/*"});
  EXPECT_TRUE(rules.ignores_file("x.log", "deep/down/x.log"));
  EXPECT_TRUE(rules.ignores_file("x.bin", "data/tmp/x.bin"));
  EXPECT_TRUE(rules.ignores_folder("x", "data/tmp/x"));
  EXPECT_FALSE(rules.ignores_file("x.bin", "data/x.bin"));
  EXPECT_TRUE(rules.user_ignores("x.log", "x.log"));
  EXPECT_FALSE(rules.user_ignores("x.py~", "x.py~"));
}

TEST(KnownPaths, AFileThatTestsReadMattersInAnyWay) {
  KnownPaths known;
  EXPECT_FALSE(known.any());
  known.add_read("/p/a.py");
  EXPECT_TRUE(known.any());
  EXPECT_TRUE(known.matters({"/p/a.py", ChangeKind::kModified}));
  EXPECT_TRUE(known.matters({"/p/a.py", ChangeKind::kRemoved}));
  EXPECT_FALSE(known.matters({"/p/b.py", ChangeKind::kCreated}));
}

TEST(KnownPaths, InAFolderThatWasListedComingAndGoingMatters) {
  KnownPaths known;
  known.add_listed("/p/data");
  EXPECT_TRUE(known.matters({"/p/data/new", ChangeKind::kCreated}));
  EXPECT_TRUE(known.matters({"/p/data/old", ChangeKind::kRemoved}));
  EXPECT_FALSE(known.matters({"/p/data/old", ChangeKind::kModified}));
  EXPECT_FALSE(known.matters({"/p/data/deep/new", ChangeKind::kCreated}));
}

TEST(KnownPaths, WhatTestsWriteIsThePathItselfOrAllBelowAFolder) {
  KnownPaths known;
  known.add_written("/p/out.txt");
  known.add_written_folder("/p/made");
  EXPECT_TRUE(known.is_written("/p/out.txt"));
  EXPECT_TRUE(known.is_written("/p/made/deep/x"));
  EXPECT_FALSE(known.is_written("/p/mader"));
  EXPECT_FALSE(known.is_written("/p/out.txt.bak"));
}

TEST(KnownPaths, NewFilesNamedLikeTestFilesMayHoldTests) {
  KnownPaths known;
  known.add_test_file("tests/cases.yaml");
  EXPECT_TRUE(known.may_hold_tests("/p/new.py"));
  EXPECT_TRUE(known.may_hold_tests("/p/new.yaml"));
  EXPECT_FALSE(known.may_hold_tests("/p/new.md"));
}

TEST(KnownPaths, FoldersAreThoseOfFilesAndThoseListed) {
  KnownPaths known;
  known.add_read("/p/a/x.py");
  known.add_read("/p/a/y.py");
  known.add_listed("/p/b");
  EXPECT_EQ(known.folders(), (std::vector<std::string>{"/p/a", "/p/b"}));
}

}  // namespace
}  // namespace alibi::watch
