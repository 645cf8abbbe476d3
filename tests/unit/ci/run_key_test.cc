#include <gtest/gtest.h>

#include "collector/ci/ci_outputs.h"

namespace alibi::ci {
namespace {

TEST(RunKeyTest, TheNodesOfARunHaveOneKeyAlsoWhenOneIsRetried) {
  const Environment github = {{"GITHUB_RUN_ID", "77"},
                              {"GITHUB_REPOSITORY", "o/r"},
                              {"GITHUB_JOB", "test"},
                              {"GITHUB_RUN_ATTEMPT", "1"},
                              {"RUNNER_OS", "Linux"}};
  Environment retried = github;
  retried["GITHUB_RUN_ATTEMPT"] = "2";
  EXPECT_EQ(run_key("github", github), "github/77/o%2fr/test/Linux/");
  EXPECT_EQ(run_key("github", github), run_key("github", retried));

  const auto gitlab = [](const std::string& job) {
    return run_key("gitlab", {{"CI_PIPELINE_ID", "5"}, {"CI_PROJECT_ID", "9"}, {"CI_JOB_NAME", job}});
  };
  EXPECT_EQ(gitlab("unit tests 1/12"), "gitlab/5/9/unit%20tests");
  EXPECT_EQ(gitlab("unit tests 1/12"), gitlab("unit tests 12/12"));

  EXPECT_EQ(run_key("circleci", {{"CIRCLE_WORKFLOW_WORKSPACE_ID", "first"},
                                 {"CIRCLE_WORKFLOW_ID", "again"},
                                 {"CIRCLE_JOB", "test"}}),
            "circleci/first/test");
  EXPECT_EQ(run_key("buildkite", {{"BUILDKITE_BUILD_ID", "b"}, {"BUILDKITE_STEP_ID", "s"}}), "buildkite/b/s");
}

TEST(RunKeyTest, OtherJobsOfTheRunHaveAnotherKey) {
  const auto gitlab = [](const std::string& job) {
    return run_key("gitlab", {{"CI_PIPELINE_ID", "5"}, {"CI_JOB_NAME", job}});
  };
  const std::vector<std::string> names = {"unit", "unit 3.11", "unit: [3.11, 1]", "unit: [3.12, 1]", "unit/2",
                                          "3/4",  "",          "unit  1/2",       "a%20b",           "a b"};
  for (const std::string& one : names) {
    for (const std::string& other : names) {
      EXPECT_EQ(gitlab(one) == gitlab(other), one == other) << one << " and " << other;
    }
  }
  const Environment travis = {{"TRAVIS_BUILD_ID", "1"}, {"TRAVIS_PYTHON_VERSION", "3.11"}};
  Environment newer = travis;
  newer["TRAVIS_PYTHON_VERSION"] = "3.12";
  EXPECT_NE(run_key("travisci", travis), run_key("travisci", newer));
}

TEST(RunKeyTest, EveryProviderThatCanDivideHasOne) {
  const std::vector<std::pair<std::string, std::string>> runs = {
      {"azurepipelines", "BUILD_BUILDID"}, {"bitbucket", "BITBUCKET_PIPELINE_UUID"},
      {"travisci", "TRAVIS_BUILD_ID"},     {"jenkins", "BUILD_TAG"},
      {"teamcity", "BUILD_NUMBER"},        {"codefresh", "CF_BUILD_ID"},
      {"drone", "DRONE_BUILD_NUMBER"},     {"appveyor", "APPVEYOR_BUILD_ID"},
      {"", "SEMAPHORE_WORKFLOW_ID"},       {"", "HEROKU_TEST_RUN_ID"},
      {"circleci", "CIRCLE_WORKFLOW_ID"}};
  for (const auto& [provider, variable] : runs) {
    EXPECT_NE(run_key(provider, {{variable, "1"}}), "") << provider;
    EXPECT_NE(run_key(provider, {{variable, "1"}}), run_key(provider, {{variable, "2"}})) << provider;
  }
}

TEST(RunKeyTest, WithoutTheRunsOwnNumberNothingIsKnown) {
  EXPECT_EQ(run_key("", {}), "");
  EXPECT_EQ(run_key("github", {{"GITHUB_JOB", "test"}}), "");
  EXPECT_EQ(run_key("nobody", {{"GITHUB_RUN_ID", "1"}}), "");
}

}  // namespace
}  // namespace alibi::ci
