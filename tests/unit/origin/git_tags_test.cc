#include "collector/origin/git_tags.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "collector/model/error_codes.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/origin/repository.h"
#include "tracer/base/file_system.h"

namespace alibi::origin {
namespace {

using alibi::testing::TemporaryDirectory;
using testing::Repository;
using testing::WatchedGit;

class GitTagsTest : public ::testing::Test {
 protected:
  GitTagsTest() : repository_(directory_ / "project") { repository_.date_from(1'767'225'600); }

  Tags tags(const Environment& environment = {}, const Tags& provider = {}, const Tags& user = {}) {
    GitTags found = git_tags(environment, provider, user, GitCommand(repository_.path()));
    notices_ = std::move(found.notices);
    return std::move(found.tags);
  }

  TemporaryDirectory directory_;
  Repository repository_;
  std::vector<std::string> notices_;
};

TEST_F(GitTagsTest, SayAllThatTheRepositoryKnows) {
  const std::string commit = repository_.commit("a.py", "1", "Subject: é\n\nBody of\nlines");
  repository_.git({"remote", "add", "origin", "https://user:secret@example.com/o/r.git"});
  EXPECT_EQ(tags(), (Tags{{"ci.workspace_path", repository_.path()},
                          {"git.branch", "main"},
                          {"git.commit.author.date", "2026-01-01T00:00:00+00:00"},
                          {"git.commit.author.email", "ann@example.com"},
                          {"git.commit.author.name", "Ann Author"},
                          {"git.commit.committer.date", "2026-01-01T00:00:00+00:00"},
                          {"git.commit.committer.email", "carl@example.com"},
                          {"git.commit.committer.name", "Carl Committer"},
                          {"git.commit.message", "Subject: é\n\nBody of\nlines"},
                          {"git.commit.sha", commit},
                          {"git.repository_url", "https://example.com/o/r.git"}}));
}

TEST_F(GitTagsTest, AreTheSameFromAFolderBelow) {
  repository_.commit("deep/er/a.py", "1");
  const Tags below = git_tags({}, {}, {}, GitCommand(repository_.path() + "/deep/er")).tags;
  EXPECT_EQ(below, tags());
}

TEST_F(GitTagsTest, OfADetachedHeadHaveNoBranchButMayHaveATag) {
  repository_.commit("a.py", "1");
  repository_.git({"checkout", "-q", "--detach"});
  EXPECT_EQ(tag_of(tags(), "git.branch"), "HEAD");
  repository_.git({"tag", "v1"});
  EXPECT_FALSE(tags().contains("git.branch"));
  EXPECT_EQ(tag_of(tags(), "git.tag"), "v1");
}

TEST_F(GitTagsTest, NameABranchThatIsCalledLikeATag) {
  repository_.commit("a.py", "1");
  repository_.git({"checkout", "-q", "-b", "same"});
  repository_.git({"tag", "same"});
  EXPECT_EQ(tag_of(tags(), "git.branch"), "same");
}

TEST_F(GitTagsTest, OfARepositoryWithoutCommitsAreFew) {
  EXPECT_EQ(tags(), (Tags{{"ci.workspace_path", repository_.path()}, {"git.branch", "main"}}));
}

TEST_F(GitTagsTest, WithoutARepositoryAreThoseOfTheEnvironment) {
  const TemporaryDirectory elsewhere;
  const GitCommand git(elsewhere.path());
  const Result<std::string> answer = ask(git, {"rev-parse", "HEAD"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, collector::kNoRepository);
  const Tags provider{{"git.branch", "feature"}, {"ci.job.id", "1"}};
  EXPECT_EQ(git_tags({{"DD_GIT_TAG", "v1"}}, provider, {}, git).tags,
            (Tags{{"git.branch", "feature"}, {"git.tag", "v1"}}));
}

TEST_F(GitTagsTest, OfAWorktreeAreItsOwn) {
  repository_.commit("a.py", "1");
  repository_.git({"worktree", "add", "-q", "-b", "other", directory_ / "tree"});
  const Tags found = git_tags({}, {}, {}, GitCommand(directory_ / "tree")).tags;
  EXPECT_EQ(tag_of(found, "git.branch"), "other");
  EXPECT_EQ(tag_of(found, "ci.workspace_path"), directory_ / "tree");
}

TEST_F(GitTagsTest, OfAShallowCloneAreThoseOfItsCommit) {
  repository_.commit("a.py", "1");
  const std::string commit = repository_.commit("a.py", "2", "second");
  const Repository shallow(directory_ / "shallow", repository_.url(), {"--depth", "1"});
  const Tags found = git_tags({}, {}, {}, GitCommand(shallow.path())).tags;
  EXPECT_EQ(tag_of(found, "git.commit.sha"), commit);
  EXPECT_EQ(tag_of(found, "git.commit.message"), "second");
  EXPECT_EQ(tag_of(found, "git.repository_url"), repository_.url());
}

TEST_F(GitTagsTest, FollowThePriorityOfTheirSources) {
  repository_.commit("a.py", "1");
  const Tags provider{{"git.branch", "of provider"},
                      {"git.tag", "of provider"},
                      {"git.commit.message", "of provider"},
                      {"git.repository_url", ""},
                      {"ci.workspace_path", "/provider"}};
  const Environment environment{
      {"DD_GIT_BRANCH", "of variable"}, {"DD_GIT_TAG", "of variable"}, {"DD_GIT_COMMIT_MESSAGE", ""}};
  repository_.git({"remote", "add", "origin", "https://example.com/local.git"});
  const Tags found =
      tags(environment, provider, {{"git.branch", "of DD_TAGS"}, {"git.tag", ""}, {"team", "x"}});
  EXPECT_EQ(tag_of(found, "git.branch"), "of DD_TAGS");
  EXPECT_EQ(tag_of(found, "git.tag"), "of variable");
  EXPECT_EQ(tag_of(found, "git.commit.message"), "of provider");
  EXPECT_EQ(tag_of(found, "git.commit.author.name"), "Ann Author");
  EXPECT_EQ(tag_of(found, "git.repository_url"), "https://example.com/local.git");
  EXPECT_FALSE(found.contains("team"));
  EXPECT_FALSE(found.contains("ci.workspace_path")) << "the provider's stays";
}

TEST_F(GitTagsTest, DescribeTheCommitThatTheRuleFound) {
  const std::string first = repository_.commit("a.py", "1", "first");
  repository_.commit("a.py", "2", "second");
  repository_.git({"tag", "v2"});
  Tags found = tags({{"DD_GIT_COMMIT_SHA", first}});
  EXPECT_EQ(tag_of(found, "git.commit.message"), "first");
  EXPECT_FALSE(found.contains("git.tag")) << "v2 is the second";
  found = tags({{"DD_GIT_COMMIT_SHA", std::string(40, '1')}});
  EXPECT_FALSE(found.contains("git.commit.message")) << "not here, and none is better than another's";
}

TEST_F(GitTagsTest, NameAndIgnoreWrongVariables) {
  const std::string commit = repository_.commit("a.py", "1");
  const Tags found = tags({{"DD_GIT_COMMIT_SHA", "main"},
                           {"DD_GIT_REPOSITORY_URL", "  "},
                           {"DD_GIT_PULL_REQUEST_BASE_BRANCH_SHA", std::string(1 << 20, 'z')},
                           {"DD_GIT_BRANCH", "refs/heads/good"}},
                          {{"git.commit.sha", "HEAD"}}, {{"git.commit.head.sha", "x"}});
  EXPECT_EQ(tag_of(found, "git.commit.sha"), commit);
  EXPECT_EQ(tag_of(found, "git.branch"), "good");
  ASSERT_EQ(notices_.size(), 4U);
  EXPECT_NE(notices_[0].find("DD_TAGS says git.commit.head.sha"), std::string::npos) << notices_[0];
  EXPECT_EQ(notices_[1], "DD_GIT_REPOSITORY_URL is empty: ignored");
  EXPECT_EQ(notices_[2], "DD_GIT_COMMIT_SHA is \"main\", which is no commit (40 or 64 hex digits): ignored");
  EXPECT_LT(notices_[3].size(), 300U);
}

TEST_F(GitTagsTest, KnowTheHeadOfAPullRequestAndWhereItLeftItsBase) {
  const std::string base = repository_.commit("a.py", "1", "base");
  repository_.git({"checkout", "-q", "-b", "feature"});
  const std::string head = repository_.commit("a.py", "2", "head of it");
  repository_.git({"checkout", "-q", "main"});
  const std::string later = repository_.commit("b.py", "1", "later");
  repository_.git({"merge", "-q", "--no-ff", "-m", "merged", "feature"});
  const Tags provider{{"git.commit.head.sha", head}, {"git.pull_request.base_branch_head_sha", later}};
  Tags found = tags({}, provider);
  EXPECT_EQ(tag_of(found, "git.commit.message"), "merged");
  EXPECT_EQ(tag_of(found, "git.commit.head.message"), "head of it");
  EXPECT_EQ(tag_of(found, "git.commit.head.author.email"), "ann@example.com");
  EXPECT_EQ(tag_of(found, "git.commit.head.committer.date").substr(0, 4), "2026");
  EXPECT_EQ(tag_of(found, "git.pull_request.base_branch_sha"), base);

  // Of the branch's name: first what the remote has.
  const Repository clone(directory_ / "clone", repository_.url(), {});
  clone.git({"checkout", "-q", "feature"});
  found =
      git_tags({}, {{"git.pull_request.base_branch", "refs/heads/main"}}, {}, GitCommand(clone.path())).tags;
  EXPECT_EQ(tag_of(found, "git.pull_request.base_branch"), "main");
  EXPECT_EQ(tag_of(found, "git.pull_request.base_branch_sha"), head) << "main has it meanwhile";
  found = tags({}, {{"git.pull_request.base_branch_sha", later}});
  EXPECT_EQ(tag_of(found, "git.pull_request.base_branch_sha"), later) << "told: not computed";
}

TEST_F(GitTagsTest, TakeNoValueForAnOption) {
  repository_.commit("a.py", "1");
  const Tags found = tags({}, {{"git.pull_request.base_branch", "--output=" + (directory_ / "made")},
                               {"git.pull_request.base_branch_head_sha", "--help"}});
  EXPECT_FALSE(found.contains("git.pull_request.base_branch_sha"));
  EXPECT_EQ(alibi::testing::names_in(directory_.path()), (std::vector<std::string>{"project"}));
}

TEST(Git, IsAskedWithADeadlineAndNeverPrompts) {
  const TemporaryDirectory directory;
  const Repository repository(directory / "project");
  const GitCommand git(repository.path());
  // An alias is the way to make git run a program.
  repository.git({"config", "alias.slow", "!exec sleep 600"});
  repository.git({"config", "alias.variables", "!echo $LC_ALL $GIT_TERMINAL_PROMPT"});
  const Result<GitAnswer> late = git.run({"slow"}, {}, Milliseconds(50));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, collector::kGitFailed);
  EXPECT_NE(late.error().message.find("50 ms (git slow in "), std::string::npos) << late.error().message;
  EXPECT_EQ(ask_or_nothing(git, {"variables"}), "C 0");
  EXPECT_NE(ask_or_nothing(git, {"config", "--get-all", "safe.directory"}).find(repository.path()),
            std::string::npos);
}

TEST(Git, TrustsAWorkingTreeOfSomebodyElse) {
  const TemporaryDirectory directory;
  Repository repository(directory / "project");
  const std::string commit = repository.commit("sub/a.py", "1");
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  for (const char* const path : {"", "/.git"})
    ASSERT_EQ(::chown((repository.path() + path).c_str(), 12345, 12345), 0);
  const Result<std::string> head = ask(GitCommand(repository.path() + "/sub"), {"rev-parse", "HEAD"});
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(*head, commit);
}

TEST(Git, TellsItsComplaintWithoutCredentials) {
  const TemporaryDirectory directory;
  const Repository repository(directory / "project");
  repository.git({"config", "alias.bad", "!echo \"fatal: no 'https://u:secret@h/r' here\" >&2; exit 1; #"});
  const Result<std::string> answer = ask(GitCommand(repository.path()), {"bad"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, collector::kGitFailed);
  EXPECT_EQ(answer.error().message, "git bad: fatal: no 'https://h/r' here");
}

TEST(Git, FindsTheTopOfTheWorkingTreeByItself) {
  const TemporaryDirectory directory;
  const Repository repository(directory / "project");
  ASSERT_TRUE(FileSystem::real().make_directories(repository.path() + "/a/b"));
  EXPECT_EQ(repository_root(repository.path() + "/a/b"), repository.path());
  EXPECT_EQ(repository_root(directory.path()), "");
}

}  // namespace
}  // namespace alibi::origin
