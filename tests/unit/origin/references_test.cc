#include "collector/origin/references.h"

#include <gtest/gtest.h>

namespace alibi::origin {
namespace {

TEST(Tags, OfAnEnvironmentAreTheFirstOfEachName) {
  const char* const variables[] = {"A=1", "B=x=y", "=odd", "none", "A=2", "C=", nullptr};
  EXPECT_EQ(environment_of(variables), (Environment{{"A", "1"}, {"B", "x=y"}, {"C", ""}}));
  EXPECT_TRUE(environment_of(nullptr).empty());
}

TEST(Tags, AreValidTextOfBoundedLength) {
  EXPECT_EQ(clean_text("a\xffz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(clean_text("é", 1), "é");
  EXPECT_EQ(clean_text("ééé", 2), "éé");
  EXPECT_EQ(clean_text("\xed\xa0\x80").substr(0, 3), "\xEF\xBF\xBD") << "a surrogate";
  EXPECT_EQ(clean_text("\xe2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "cut off";
  EXPECT_EQ(clean_text("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(clean_text(std::string("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(clean_text(std::string(6000, 'x')).size(), kLongestValue);
}

TEST(Tags, AreNotOverwrittenByNothing) {
  Tags tags{{"a", "1"}, {"b", "2"}};
  overlay(&tags, {{"a", ""}, {"b", "3"}, {"c", "4"}});
  EXPECT_EQ(tags, (Tags{{"a", "1"}, {"b", "3"}, {"c", "4"}}));
  fill(&tags, {{"a", "9"}, {"d", "5"}, {"e", ""}});
  EXPECT_EQ(tags, (Tags{{"a", "1"}, {"b", "3"}, {"c", "4"}, {"d", "5"}}));
}

TEST(Tags, AsJsonAreNeverCutInTheMiddle) {
  EXPECT_EQ(json_array({"a", "b\"c"}), R"(["a","b\"c"])");
  EXPECT_EQ(json_array({}), "[]");
  EXPECT_EQ(json_array({"a", std::string(5000, 'x'), "b"}), R"(["a","b"])");
  EXPECT_EQ(json_object({{"b", "1"}, {"a", ""}, {"c", std::string(5000, 'x')}, {"d", "2"}}),
            R"({"b":"1","d":"2"})");
  EXPECT_EQ(json_object({{"a", ""}}), "");
}

TEST(References, AreShort) {
  EXPECT_EQ(short_reference("refs/heads/main"), "main");
  EXPECT_EQ(short_reference("refs/heads/origin/main"), "main");
  EXPECT_EQ(short_reference("origin/feature/x"), "feature/x");
  EXPECT_EQ(short_reference("refs/remotes/origin/main"), "main");
  EXPECT_EQ(short_reference("refs/tags/v1"), "v1");
  EXPECT_EQ(short_reference("tags/v1"), "v1");
  EXPECT_EQ(short_reference("heads/x"), "heads/x") << "a branch may be named so";
  EXPECT_EQ(short_reference("feature/origin/x"), "feature/origin/x");
  EXPECT_EQ(short_reference("refs/pull/1/merge"), "pull/1/merge");
}

TEST(References, ThatNameATagAreNoBranch) {
  Tags tags{{"git.branch", "refs/tags/v1"}};
  clean_references(&tags, "");
  EXPECT_EQ(tags, (Tags{{"git.tag", "v1"}}));
  tags = {{"git.branch", "tags/v1"}, {"git.tag", "refs/tags/v2"}};
  clean_references(&tags, "");
  EXPECT_EQ(tags, (Tags{{"git.tag", "v2"}})) << "what is said to be the tag counts";
}

TEST(References, ThatAreEmptyWhenShortAreLeftOut) {
  Tags tags{{"git.branch", "refs/heads/"}};
  clean_references(&tags, "");
  EXPECT_TRUE(tags.empty());
}

TEST(RepositoryUrl, HasNoCredentials) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://user:pass@github.com/o/r.git", "https://github.com/o/r.git"},
      {"https://ghp_token@github.com/o/r.git", "https://github.com/o/r.git"},
      {"https://user:p@ss@github.com/o/r.git", "https://github.com/o/r.git"},
      {"https://user:p/ss@github.com/o/r.git", "https://github.com/o/r.git"},
      {"https://github.com:8443/o/r@v1.git", "https://github.com:8443/o/r@v1.git"},
      {"https://[::1]:80/o@x", "https://[::1]:80/o@x"},
      {"ssh://git@github.com:22/o/r.git", "ssh://github.com:22/o/r.git"},
      {"git://user@host/r", "git://host/r"},
      {"git@github.com:o/r.git", "git@github.com:o/r.git"},
      {"user:secret@github.com:o/r.git", "github.com:o/r.git"},
      {"glpat-abcdefghijklmnopqrst@gitlab.com:o/r.git", "gitlab.com:o/r.git"},
      {"https://github.com/o/r.git?private_token=secret#x", "https://github.com/o/r.git"},
      {" https://u:p@h/r \n", "https://h/r"},
      {"/srv/git/a@b/r.git", "/srv/git/a@b/r.git"},
      {"file:///srv/r.git", "file:///srv/r.git"},
      {"", ""},
      {"https://", "https://"},
      {"https://user:pass@", "https://"},
  };
  for (const auto& [given, expected] : cases) EXPECT_EQ(clean_repository_url(given), expected) << given;
}

TEST(CommitId, IsFortyOrSixtyFourHexDigits) {
  EXPECT_TRUE(is_commit_id(std::string(40, 'a')));
  EXPECT_TRUE(is_commit_id(std::string(64, '0')));
  EXPECT_TRUE(is_commit_id(std::string(40, 'F')));
  EXPECT_FALSE(is_commit_id(std::string(39, 'a')));
  EXPECT_FALSE(is_commit_id(std::string(41, 'a')));
  EXPECT_FALSE(is_commit_id(std::string(39, 'a') + "g"));
  EXPECT_FALSE(is_commit_id(""));
}

TEST(Home, IsExpandedOnlyAtTheStart) {
  EXPECT_EQ(expanded_home("~/x", "/home/u"), "/home/u/x");
  EXPECT_EQ(expanded_home("~", "/home/u"), "/home/u");
  EXPECT_EQ(expanded_home("~other/x", "/home/u"), "~other/x");
  EXPECT_EQ(expanded_home("/a/~/x", "/home/u"), "/a/~/x");
  EXPECT_EQ(expanded_home("~/x", ""), "~/x");
}

}  // namespace
}  // namespace alibi::origin
