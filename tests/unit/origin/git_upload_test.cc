#include "collector/origin/git_upload.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <random>
#include <set>

#include "collector/model/error_codes.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/origin/repository.h"

namespace alibi::origin {
namespace {

using alibi::testing::TemporaryDirectory;
using testing::Repository;
using testing::WatchedGit;

class FakeIntake final : public IntakeQuestions {
 public:
  Result<std::vector<std::string>> search_commits(const std::vector<std::string>& commits) override {
    searched.push_back(commits);
    if (fails_search) return Error{collector::kGitFailed, 0, "the service is down"};
    return known;
  }
  Result<void> upload_pack(const std::string& head, const GitPack& pack) override {
    if (static_cast<int>(packs.size()) == fails_from) return Error{collector::kGitFailed, 0, "refused"};
    heads.push_back(head);
    names.push_back(pack.file_name);
    packs.emplace_back(pack.bytes);
    return {};
  }

  std::vector<std::string> known;
  bool fails_search = false;
  int fails_from = -1;
  std::vector<std::vector<std::string>> searched;
  std::vector<std::string> heads, names, packs;
};

class FakeTime final : public Timepiece {
 public:
  Milliseconds now() const override { return time += step; }
  void wait(Milliseconds waited) const override {
    waits.push_back(waited);
    time += waited;
    if (on_wait) on_wait();
  }
  mutable Milliseconds time{1000};
  Milliseconds step{0};
  mutable std::vector<Milliseconds> waits;
  std::function<void()> on_wait;
};

class GitUpload : public ::testing::Test {
 protected:
  GitUpload() : repository_(directory_ / "project") {}

  UploadResult upload(const Repository& repository) { return upload(GitCommand(repository.path())); }
  UploadResult upload(const Git& git) { return upload_git(git, &intake_, options_, time_); }

  // A clone of depth 1 of a repository with three commits.
  Repository shallow_clone() {
    for (const char* const text : {"1", "2", "3"}) commits_.push_back(repository_.commit("a/b.py", text));
    repository_.git({"config", "uploadpack.allowFilter", "true"});
    return Repository(directory_ / "shallow", repository_.url(), {"--depth", "1"});
  }

  // What the service has now, as a repository.
  Repository received() {
    Repository service(directory_ / "service");
    for (const std::string& pack : intake_.packs) service.git({"unpack-objects", "-q"}, pack);
    return service;
  }

  TemporaryDirectory directory_;
  Repository repository_;
  std::vector<std::string> commits_;
  FakeIntake intake_;
  UploadOptions options_;
  FakeTime time_;
};

TEST_F(GitUpload, SendsCommitsAndTreesThatTheServiceDoesNotKnow) {
  const std::string first = repository_.commit("a.py", "content 1");
  const std::string second = repository_.commit("sub/b.py", "content 2");
  intake_.known = {first, std::string(40, 'f'), "nonsense"};
  const std::string before = repository_.state();
  const UploadResult result = upload(repository_);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.commits, 2U);
  EXPECT_EQ(result.known, 1U);
  EXPECT_EQ(repository_.state(), before);

  EXPECT_EQ(intake_.searched, (std::vector<std::vector<std::string>>{{second, first}}));
  ASSERT_EQ(intake_.packs.size(), 1U);
  EXPECT_EQ(intake_.heads[0], second);
  EXPECT_EQ(intake_.packs[0].substr(0, 8), std::string("PACK\0\0\0\2", 8));
  EXPECT_EQ(result.bytes, intake_.packs[0].size());
  EXPECT_TRUE(intake_.names[0].ends_with(".pack"));
  EXPECT_EQ(intake_.names[0].size(), intake_.names[0].find('-') + 1 + 40 + 5);
  const Repository service = received();
  const std::string all =
      service.git({"cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"});
  EXPECT_NE(all.find("commit " + second), std::string::npos);
  EXPECT_EQ(all.find(first), std::string::npos);
  EXPECT_EQ(all.find("blob"), std::string::npos);
  EXPECT_EQ(service.git({"cat-file", "-t", second + "^{tree}"}), "tree");
  EXPECT_EQ(result.steps, (std::vector<std::string>{
                              "of 2 commits of the last month the service knows 1",
                              "sent 1 pack (" + std::to_string(result.bytes) + " bytes) of 3 objects"}));
}

TEST_F(GitUpload, SendsNothingWhenAllIsKnown) {
  intake_.known = {repository_.commit("a.py", "1")};
  const GitCommand git(repository_.path());
  const WatchedGit watched(git);
  EXPECT_TRUE(upload(watched).complete);
  EXPECT_EQ(intake_.packs.size(), 0U);
  EXPECT_EQ(watched.count("rev-list") + watched.count("fetch"), 0);
}

TEST_F(GitUpload, AsksNothingWhenThereIsNoRecentCommit) {
  repository_.date_from(1'577'836'800);
  repository_.commit("a.py", "1");
  const UploadResult result = upload(repository_);
  EXPECT_TRUE(result.complete);
  EXPECT_TRUE(intake_.searched.empty());
  EXPECT_EQ(result.steps.size(), 1U);
}

TEST_F(GitUpload, DeepensAShallowCloneAndAsksAgain) {
  const Repository clone = shallow_clone();
  const UploadResult result = upload(clone);
  EXPECT_TRUE(result.complete);
  EXPECT_TRUE(result.fetched) << result.steps.back();
  EXPECT_EQ(intake_.searched,
            (std::vector<std::vector<std::string>>{{commits_[2]}, {commits_[2], commits_[1], commits_[0]}}));
  EXPECT_EQ(received().git({"rev-list", "--count", commits_[2]}), "3");
  EXPECT_EQ(clone.state().find("FETCH_HEAD"), std::string::npos);
}

TEST_F(GitUpload, DeepensACloneThatIsKnownOnlyWhenHistoryIsNeeded) {
  const Repository clone = shallow_clone();
  intake_.known = {commits_[2]};
  const std::string before = clone.state();
  EXPECT_TRUE(upload(clone).complete);
  EXPECT_EQ(clone.state(), before);
  options_.needs_history = true;
  const UploadResult result = upload(clone);
  EXPECT_TRUE(result.fetched);
  EXPECT_EQ(intake_.searched.size(), 2U) << "once each";
  EXPECT_EQ(clone.git({"rev-list", "--count", "HEAD"}), "3");
}

TEST_F(GitUpload, LeavesAShallowCloneAloneWhenToldSo) {
  const Repository clone = shallow_clone();
  options_.may_fetch = false;
  const std::string before = clone.state();
  const UploadResult result = upload(clone);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(clone.state(), before);
  EXPECT_EQ(intake_.searched.size(), 1U);
  EXPECT_EQ(intake_.packs.size(), 1U) << "what is here is sent";
  EXPECT_EQ(result.steps[1], "the clone is shallow and may not be deepened");
}

TEST_F(GitUpload, SendsWhatIsHereWhenTheRemoteIsGone) {
  const Repository clone = shallow_clone();
  clone.git({"remote", "set-url", "origin", "file:///nonexistent/user:secret@x"});
  const UploadResult result = upload(clone);
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE(result.fetched);
  EXPECT_EQ(intake_.packs.size(), 1U);
  EXPECT_NE(result.steps[1].find("the clone stays shallow: git fetch: "), std::string::npos)
      << result.steps[1];
}

TEST_F(GitUpload, AsksForTheCommitThenTheUpstreamThenWhateverIsUsual) {
  const Repository clone = shallow_clone();
  const GitCommand git(clone.path());
  WatchedGit watched(git);
  const GitAnswer refusal{128, "", "fatal: remote error: upload-pack: not our ref"};
  watched.instead = [&](const auto& arguments) { return arguments[0] == "fetch" ? &refusal : nullptr; };
  EXPECT_FALSE(upload(watched).fetched);
  std::vector<std::string> ends;
  for (const std::vector<std::string>& arguments : watched.asked) {
    if (arguments[0] != "fetch") continue;
    ends.push_back(arguments.back());
    for (const char* const option : {"--shallow-since=1 month ago", "--update-shallow", "--filter=blob:none",
                                     "--recurse-submodules=no", "--no-tags"})
      EXPECT_TRUE(std::ranges::count(arguments, option)) << option;
  }
  EXPECT_EQ(ends, (std::vector<std::string>{commits_[2], "refs/heads/main", "origin"}));
  EXPECT_TRUE(time_.waits.empty()) << "only a lock is worth waiting for";
}

TEST_F(GitUpload, DeepensWithoutHooksPruningOrTags) {
  Repository clone = shallow_clone();
  repository_.git({"tag", "v1", commits_[0]});
  clone.git({"config", "fetch.prune", "true"});
  clone.git({"config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"});
  clone.git({"update-ref", "refs/remotes/origin/gone", "HEAD"});
  const std::string hook = clone.path() + "/.git/hooks/reference-transaction";
  alibi::testing::write_text(hook, "#!/bin/sh\ntouch '" + (directory_ / "hooked") + "'\n");
  ASSERT_EQ(::chmod(hook.c_str(), 0755), 0);
  repository_.commit("new.py", "1");
  // The last wish, which moves the remote's branches.
  const GitCommand git(clone.path());
  WatchedGit watched(git);
  const GitAnswer refusal{128, "", "fatal: no"};
  watched.instead = [&](const auto& arguments) {
    return arguments[0] == "fetch" && arguments.back() != "origin" ? &refusal : nullptr;
  };
  EXPECT_TRUE(upload(watched).fetched);
  EXPECT_NE(clone.git({"rev-parse", "refs/remotes/origin/main"}), commits_[2]);
  clone.git({"rev-parse", "--verify", "refs/remotes/origin/gone"});
  EXPECT_EQ(clone.git({"tag"}), "");
  EXPECT_FALSE(std::ranges::count(alibi::testing::names_in(directory_.path()), "hooked"));
  clone.git({"update-ref", "refs/heads/other", "HEAD"});
  EXPECT_TRUE(std::ranges::count(alibi::testing::names_in(directory_.path()), "hooked"))
      << "it would have run";
}

TEST_F(GitUpload, DoesNotDeepenWithAnOldGit) {
  const Repository clone = shallow_clone();
  const GitCommand git(clone.path());
  WatchedGit watched(git);
  const GitAnswer old{0, "git version 2.26.3\n", ""};
  watched.instead = [&](const auto& arguments) { return arguments[0] == "version" ? &old : nullptr; };
  EXPECT_TRUE(upload(watched).complete);
  EXPECT_EQ(watched.count("fetch"), 0);
}

TEST_F(GitUpload, WaitsForAnotherGitThatHoldsTheLock) {
  const Repository clone = shallow_clone();
  const std::string lock = clone.path() + "/.git/shallow.lock";
  alibi::testing::write_text(lock, "");
  time_.on_wait = [&] {
    if (time_.waits.size() == 2) std::remove(lock.c_str());
  };
  const UploadResult result = upload(clone);
  EXPECT_TRUE(result.fetched) << result.steps[1];
  ASSERT_EQ(time_.waits.size(), 2U);
  EXPECT_GE(time_.waits[0], Milliseconds(500));
  EXPECT_GE(time_.waits[1], Milliseconds(1000));
  EXPECT_LT(time_.waits[1], Milliseconds(1250));
}

TEST_F(GitUpload, GivesUpOnALockThatStays) {
  const Repository clone = shallow_clone();
  alibi::testing::write_text(clone.path() + "/.git/shallow.lock", "");
  options_.fetch = Milliseconds(3000);
  const UploadResult result = upload(clone);
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE(result.fetched);
  Milliseconds waited{0};
  for (const Milliseconds wait : time_.waits) waited += wait;
  EXPECT_LE(waited, options_.fetch);
}

TEST_F(GitUpload, MakesPacksOfAtMostThreeMebibytes) {
  // Ids of contents cannot be compressed: 40 folders of 6000 files that nobody has.
  std::mt19937_64 random(7);
  std::string folders;
  for (int folder = 0; folder < 40; ++folder) {
    std::string tree;
    for (int file = 0; file < 6000; ++file) {
      std::array<char, 80> entry{};
      std::snprintf(entry.data(), entry.size(), "100644 blob %016llx%016llx%08x\tf%04d\n",
                    static_cast<unsigned long long>(random()), static_cast<unsigned long long>(random()),
                    static_cast<unsigned>(random()), file);
      tree += entry.data();
    }
    folders += "040000 tree " + repository_.git({"mktree", "--missing"}, tree) + "\td" +
               std::to_string(folder) + "\n";
  }
  const std::string tree = repository_.git({"mktree"}, folders);
  const std::string commit = repository_.git({"commit-tree", tree, "-m", "large"});
  repository_.git({"update-ref", "HEAD", commit});
  const UploadResult result = upload(repository_);
  EXPECT_TRUE(result.complete) << result.steps.back();
  EXPECT_GE(result.packs, 2U);
  EXPECT_LE(result.packs, 4U);
  for (const std::string& pack : intake_.packs) EXPECT_LE(pack.size(), 3U << 20);
  EXPECT_EQ(std::set<std::string>(intake_.names.begin(), intake_.names.end()).size(), result.packs);
  EXPECT_EQ(received().git({"rev-list", "--objects", "--filter=blob:none", "--count", commit}), "42");
}

TEST_F(GitUpload, EndsWhenTheServiceDoesNotAnswer) {
  repository_.commit("a.py", "1");
  intake_.fails_search = true;
  const UploadResult result = upload(repository_);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.error->message, "the service is down");
  EXPECT_EQ(result.steps.back(), "ended early: the service is down");
  EXPECT_TRUE(intake_.packs.empty());
}

TEST_F(GitUpload, EndsAtTheFirstPackThatIsRefused) {
  repository_.commit("a.py", "1");
  intake_.fails_from = 0;
  const UploadResult result = upload(repository_);
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.packs, 0U);
  EXPECT_EQ(result.error->message, "refused");
}

TEST_F(GitUpload, EndsWhenItsTimeIsUpWhereverItIs) {
  repository_.commit("a.py", "1");
  const GitCommand git(repository_.path());
  int completed = 0;
  for (int calls = 1; calls < 40; ++calls) {
    const WatchedGit watched(git);
    time_.step = Milliseconds(1000);
    options_.total = Milliseconds(1000 * calls);
    const UploadResult result = upload(watched);
    completed += result.complete ? 1 : 0;
    EXPECT_TRUE(result.complete || result.error->os_error == ETIMEDOUT);
    for (const Milliseconds patience : watched.patiences) {
      EXPECT_GT(patience.count(), 0);
      EXPECT_LE(patience, options_.total);
    }
  }
  EXPECT_GT(completed, 0);
  EXPECT_LT(completed, 39);
}

TEST_F(GitUpload, OutsideOfARepositoryIsAnErrorAtOnce) {
  const TemporaryDirectory elsewhere;
  const UploadResult result = upload(GitCommand(elsewhere.path()));
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.error->code, collector::kNoRepository);
}

TEST_F(GitUpload, MayBeSwitchedOff) {
  options_ = upload_options({{"DD_CIVISIBILITY_GIT_METADATA_UPLOAD_ENABLED", "False"}});
  const GitCommand git(repository_.path());
  const WatchedGit watched(git);
  EXPECT_FALSE(upload(watched).complete);
  EXPECT_TRUE(watched.asked.empty());
  EXPECT_TRUE(upload_options({}).enabled);
  EXPECT_TRUE(upload_options({{"DD_CIVISIBILITY_GIT_METADATA_UPLOAD_ENABLED", "1"}}).enabled);
}

}  // namespace
}  // namespace alibi::origin
