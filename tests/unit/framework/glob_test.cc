#include "collector/framework/glob.h"

#include <gtest/gtest.h>

#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

bool matches(const std::string& pattern, const std::string& path) {
  const Result<Glob> glob = Glob::compile(pattern);
  EXPECT_TRUE(glob.ok()) << pattern;
  return glob.ok() && glob->matches(path);
}

TEST(Glob, StarsStayWithinAName) {
  EXPECT_TRUE(matches("test_*.py", "test_a.py"));
  EXPECT_FALSE(matches("test_*.py", "sub/test_a.py"));
  EXPECT_FALSE(matches("*", "a/b"));
  EXPECT_TRUE(matches("a*c*e", "abcde"));
  EXPECT_FALSE(matches("a*c*e", "abcd"));
  EXPECT_TRUE(matches("a**c", "abbc"));
}

TEST(Glob, TwoStarsStandForAnyFoldersAlsoNone) {
  EXPECT_TRUE(matches("**/a.rb", "a.rb"));
  EXPECT_TRUE(matches("**/a.rb", "x/y/a.rb"));
  EXPECT_TRUE(matches("spec/**/*_spec.rb", "spec/a_spec.rb"));
  EXPECT_TRUE(matches("spec/**/*_spec.rb", "spec/x/y/a_spec.rb"));
  EXPECT_FALSE(matches("spec/**/*_spec.rb", "other/a_spec.rb"));
  EXPECT_TRUE(matches("spec/**", "spec/x/y"));
  EXPECT_TRUE(matches("spec/**", "spec"));
  EXPECT_TRUE(matches("**/x/**/y", "a/x/y"));
  EXPECT_FALSE(matches("**/x/**/y", "a/x/z"));
}

TEST(Glob, BracesStandForEachOfTheirChoicesAlsoWithFoldersAndWithinEachOther) {
  EXPECT_TRUE(matches("{test_*,*_test}.py", "a_test.py"));
  EXPECT_TRUE(matches("{a,b/c}/x", "b/c/x"));
  EXPECT_TRUE(matches("{**/__tests__/**/*.{js,ts},**/*.test.{js,ts}}", "src/__tests__/deep/a.ts"));
  EXPECT_TRUE(matches("{**/__tests__/**/*.{js,ts},**/*.test.{js,ts}}", "src/a.test.js"));
  EXPECT_FALSE(matches("{**/__tests__/**/*.{js,ts},**/*.test.{js,ts}}", "src/a.js"));
  EXPECT_TRUE(matches("a{,b}c", "ac"));
  EXPECT_TRUE(matches("a{,b}c", "abc"));
}

TEST(Glob, SetsHaveRangesAndOpposites) {
  EXPECT_TRUE(matches("[a-c]x", "bx"));
  EXPECT_FALSE(matches("[a-c]x", "dx"));
  EXPECT_TRUE(matches("[!a-c]x", "dx"));
  EXPECT_FALSE(matches("[^a-c]x", "ax"));
  EXPECT_TRUE(matches("[{,]x", ",x"));
  EXPECT_TRUE(matches("?.py", "a.py"));
  EXPECT_FALSE(matches("?.py", ".py"));
}

TEST(Glob, ABackslashMakesACharacterMeanItself) {
  EXPECT_TRUE(matches("a\\*", "a*"));
  EXPECT_FALSE(matches("a\\*", "ab"));
  EXPECT_TRUE(matches("\\{a\\}", "{a}"));
}

TEST(Glob, ReadsPathsWithSpacesSemicolonsAndUnicode) {
  EXPECT_TRUE(matches("tests/**/*_test.py", "tests/ä ö;/x y_test.py"));
}

TEST(Glob, RefusesWhatMeansNothingAndSaysWhy) {
  for (const char* const pattern :
       {"[a", "{a", "a\\", "[]", "[!]", "x{a,{b}", "[z-a]", "[!9-0]", "x[a-cz-a]"}) {
    const Result<Glob> glob = Glob::compile(pattern);
    ASSERT_FALSE(glob.ok()) << pattern;
    EXPECT_EQ(glob.error().code, collector::kBadPlanSetting);
    EXPECT_NE(glob.error().message.find(pattern), std::string::npos);
  }
  for (const char* const pattern : {"[a-a]", "[-a]", "[!-a]", "[^-A]", "[a-]", "[z-]"})
    EXPECT_TRUE(Glob::compile(pattern).ok()) << pattern;
  EXPECT_FALSE(Glob::compile("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}").ok());
}

TEST(Glob, KnowsTheFoldersThatItBeginsIn) {
  using Bases = std::vector<std::string>;
  EXPECT_EQ(Glob::compile("spec/models/**/*_spec.rb")->bases(), Bases{"spec/models"});
  EXPECT_EQ(Glob::compile("**/*.py")->bases(), Bases{""});
  EXPECT_EQ(Glob::compile("{b,a/x}/**/*.py")->bases(), (Bases{"a/x", "b"}));
  EXPECT_EQ(Glob::compile("{a,a/x}/**/*.py")->bases(), Bases{"a"});
  EXPECT_EQ(Glob::compile("tests/test_a.py")->bases(), Bases{"tests"});
}

TEST(Glob, SaysWhereSomethingMayStillMatch) {
  const Result<Glob> glob = Glob::compile("spec/*/deep/*_spec.rb");
  EXPECT_TRUE(glob->may_match_below("spec"));
  EXPECT_TRUE(glob->may_match_below("spec/x/deep"));
  EXPECT_FALSE(glob->may_match_below("spec/x/other"));
  EXPECT_FALSE(glob->may_match_below("lib"));
}

TEST(Glob, TakesNoLongTimeForAnyPattern) {
  std::string pattern, folders;
  for (int i = 0; i < 60; ++i) {
    pattern += "**/a*a*a*/";
    folders += "aaaaaaaaaaaaaaaaaaaa/";
  }
  EXPECT_FALSE(matches(pattern + "x", folders + "y"));
}

}  // namespace
}  // namespace alibi::framework
