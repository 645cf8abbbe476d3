#include "collector/origin/ci_provider.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collector/origin/github_actions.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_directory.h"

namespace alibi::origin {
namespace {

using Json = nlohmann::json;
using testing::TemporaryDirectory;

Tags tags_of(const Environment& environment) {
  return provider_tags(environment, FileSystem::real());
}

Environment fixture(const std::string& provider) {
  const std::vector<std::byte> bytes =
      testing::read_bytes(testing::golden_path("origin/" + provider + ".environment.json"));
  return Json::parse(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()))
      .get<Environment>();
}

class EveryProvider : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryProvider, SaysWhatItKnowsOfTheSession) {
  const Tags tags = tags_of(fixture(GetParam()));
  EXPECT_EQ(tag_of(tags, "ci.provider.name"), GetParam());
  const std::string text = Json(tags).dump(1) + "\n";
  EXPECT_EQ(text.find("secret"), std::string::npos);
  ALIBI_EXPECT_GOLDEN(std::as_bytes(std::span(text)), std::string("origin/") + GetParam() + ".tags.json");
}

// Each value but those that choose the provider is a megabyte, or no UTF-8, or has lines.
TEST_P(EveryProvider, BoundsWhatItIsTold) {
  const Environment given = fixture(GetParam());
  for (const std::string& hostile :
       {std::string(1 << 20, 'x'), std::string(1 << 20, '\xff'), std::string(1 << 20, '"'),
        std::string("a\nb\r\n\x01\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf{}[]@://%"), std::string(1 << 20, '@'),
        std::string(1 << 20, '/')}) {
    Environment environment = given;
    for (auto& [name, value] : environment)
      if (name != "CODEBUILD_INITIATOR") value = hostile;
    const Tags tags = tags_of(environment);
    EXPECT_EQ(tag_of(tags, "ci.provider.name"), GetParam());
    for (const auto& [name, value] : tags) {
      EXPECT_EQ(clean_text(value), value) << name;
      EXPECT_FALSE(value.empty()) << name;
      const bool is_json =
          name == "_dd.ci.env_vars" || (name == "ci.node.labels" && GetParam() != std::string("gitlab"));
      if (is_json) {
        EXPECT_TRUE(Json::accept(value)) << name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Origin, EveryProvider,
                         ::testing::Values("appveyor", "azurepipelines", "bitbucket", "buildkite", "circleci",
                                           "codefresh", "github", "gitlab", "jenkins", "teamcity", "travisci",
                                           "bitrise", "buddy", "awscodepipeline", "drone"),
                         [](const auto& value) { return std::string(value.param); });

TEST(CiProvider, IsNoneWithoutItsVariable) {
  EXPECT_TRUE(tags_of({{"CI", "true"}, {"JOB_ID", "7"}}).empty());
  EXPECT_TRUE(tags_of({{"CODEBUILD_INITIATOR", "someone"}}).empty());
}

TEST(CiProvider, IsTheFirstOfTheOrderWhenTwoAreThere) {
  EXPECT_EQ(provider_name({{"GITLAB_CI", "1"}, {"GITHUB_SHA", "1"}, {"DRONE", "1"}}), "github");
  EXPECT_EQ(provider_name({{"DRONE", ""}, {"BUDDY", "1"}}), "buddy");
  EXPECT_EQ(provider_name({{"DRONE", ""}}), "drone") << "presence counts, not the value";
}

TEST(CiProvider, TakesTheJobFromTheUsersVariable) {
  EXPECT_EQ(tag_of(tags_of({{"GITLAB_CI", "1"}, {"CI_JOB_ID", "1"}, {"JOB_ID", "2"}}), "ci.job.id"), "2");
}

TEST(CiProvider, LeavesOutAddressesWithMissingParts) {
  const Tags tags = tags_of({{"TF_BUILD", "True"}, {"BUILD_BUILDID", "1"}});
  EXPECT_FALSE(tags.contains("ci.pipeline.url"));
  EXPECT_FALSE(tags_of({{"APPVEYOR", "1"}, {"APPVEYOR_BUILD_ID", "1"}}).contains("ci.job.url"));
  EXPECT_FALSE(tags_of({{"GITHUB_SHA", "1"}}).contains("git.repository_url"));
  EXPECT_FALSE(tags_of({{"TRAVIS", "1"}}).contains("git.repository_url"));
}

TEST(CiProvider, KnowsTheRepositoryOfAppVeyorOnlyAtGithub) {
  const Tags tags = tags_of({{"APPVEYOR", "1"},
                             {"APPVEYOR_REPO_PROVIDER", "bitbucket"},
                             {"APPVEYOR_REPO_NAME", "owner/repo"},
                             {"APPVEYOR_REPO_BRANCH", "main"}});
  EXPECT_FALSE(tags.contains("git.repository_url"));
  EXPECT_FALSE(tags.contains("git.branch"));
}

class Github : public ::testing::Test {
 protected:
  Tags with_event(const std::string& text) const {
    testing::write_text(directory_ / "event.json", text);
    return tags_of(
        {{"GITHUB_SHA", "1"}, {"GITHUB_JOB", "job"}, {"GITHUB_EVENT_PATH", directory_ / "event.json"}});
  }
  const std::string head_ = std::string(40, 'a'), base_ = std::string(40, 'b');
  TemporaryDirectory directory_;
};

TEST_F(Github, ReadsThePullRequestFromItsEventFile) {
  const Tags tags = with_event(Json{{"number", 12},
                                    {"sha", "x"},
                                    {"pull_request",
                                     {{"number", 13},
                                      {"head", {{"sha", head_}, {"repo", {{"sha", "y"}}}}},
                                      {"base", {{"sha", base_}, {"ref", "main"}}}}}}
                                   .dump());
  EXPECT_EQ(tag_of(tags, "pr.number"), "12");
  EXPECT_EQ(tag_of(tags, "git.commit.head.sha"), head_);
  EXPECT_EQ(tag_of(tags, "git.pull_request.base_branch_head_sha"), base_);
}

TEST_F(Github, ToleratesAnyEventFile) {
  for (const char* const text :
       {"", "{", "null", "[]", "12", "{\"number\":\"12\"}", "{\"pull_request\":[]}",
        "{\"number\":{},\"pull_request\":{\"head\":7,\"base\":{\"sha\":{}}}}",
        "{\"number\":-1,\"pull_request\":{\"head\":{\"sha\":\"no commit\"}}}", "{\"number\":5}"}) {
    const Tags tags = with_event(text);
    EXPECT_FALSE(tags.contains("pr.number")) << text;
    EXPECT_FALSE(tags.contains("git.commit.head.sha")) << text;
    EXPECT_EQ(tag_of(tags, "git.commit.sha"), "1") << text;
  }
  EXPECT_FALSE(with_event(std::string(1 << 20, '[')).contains("pr.number"));
  EXPECT_FALSE(with_event(std::string(9 << 20, ' ')).contains("pr.number"));
  EXPECT_FALSE(tags_of({{"GITHUB_SHA", "1"}, {"GITHUB_EVENT_PATH", "/nonexistent"}}).contains("pr.number"));
  EXPECT_FALSE(
      tags_of({{"GITHUB_SHA", "1"}, {"GITHUB_EVENT_PATH", directory_.path()}}).contains("pr.number"));
}

TEST_F(Github, ReadsTheNumberOfTheJobFromTheRunnersLastLog) {
  const FileSystem& files = FileSystem::real();
  ASSERT_TRUE(files.make_directories(directory_ / "_diag"));
  testing::write_text(directory_ / "_diag/Worker_20260101-000000-utc.log", R"({"k":"check_run_id","v":1.0})");
  testing::write_text(
      directory_ / "_diag/Worker_20260102-000000-utc.log",
      "[2026 INFO] {\n  \"d\": [\n  {\n   \"k\": \"check_run_id\",\n   \"v\": 55411116365.0\n");
  const Environment environment{{"GITHUB_SHA", "5ha"},        {"GITHUB_JOB", "job"},
                                {"GITHUB_RUN_ID", "9"},       {"GITHUB_SERVER_URL", "https://github.com"},
                                {"GITHUB_REPOSITORY", "o/r"}, {"RUNNER_TEMP", directory_ / "_work/_temp"}};
  const Tags tags = tags_of(environment);
  EXPECT_EQ(tag_of(tags, "ci.job.id"), "55411116365");
  EXPECT_EQ(tag_of(tags, "ci.job.url"), "https://github.com/o/r/actions/runs/9/job/55411116365");
}

TEST_F(Github, CallsTheJobByNameWhenItsNumberIsUnknown) {
  const Tags tags = tags_of({{"GITHUB_SHA", "5ha"},
                             {"GITHUB_JOB", "job"},
                             {"GITHUB_RUN_ID", "9"},
                             {"GITHUB_SERVER_URL", "https://github.com"},
                             {"GITHUB_REPOSITORY", "o/r"}});
  EXPECT_EQ(tag_of(tags, "ci.job.id"), "job");
  EXPECT_EQ(tag_of(tags, "ci.job.url"), "https://github.com/o/r/commit/5ha/checks");
}

TEST(JobNumber, IsReadFromLinesOfAnyForm) {
  EXPECT_EQ(job_number_in(R"([..] {"job":{"d":[{"k":"check_run_id","v":12.0}]}})"), "12");
  EXPECT_EQ(job_number_in(R"("check_run_id" "check_run_id", "v": "77")"), "77");
  EXPECT_EQ(job_number_in(R"("check_run_id","v":null)"), std::nullopt);
  EXPECT_EQ(job_number_in("\"check_run_id\"" + std::string(300, ' ') + "\"v\":1"), std::nullopt);
  EXPECT_EQ(job_number_in("\"check_run_id\",\"v\":" + std::string(30, '1')), std::nullopt);
  EXPECT_EQ(job_number_in(""), std::nullopt);
}

}  // namespace
}  // namespace alibi::origin
