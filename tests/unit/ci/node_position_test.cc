#include <gtest/gtest.h>

#include "collector/ci/ci_outputs.h"
#include "collector/model/plan_errors.h"

namespace alibi::ci {
namespace {

struct Case {
  Environment environment;
  uint32_t index, total;
  std::string variable;
};

TEST(NodePositionTest, EverySystemSaysItInItsOwnWay) {
  const std::vector<Case> cases = {
      {{{"GITLAB_CI", "true"}, {"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "3"}}, 0, 3, "CI_NODE_INDEX"},
      {{{"GITLAB_CI", "true"}, {"CI_NODE_INDEX", "3"}, {"CI_NODE_TOTAL", "3"}}, 2, 3, "CI_NODE_INDEX"},
      {{{"CIRCLECI", "true"}, {"CIRCLE_NODE_INDEX", "1"}, {"CIRCLE_NODE_TOTAL", "2"}},
       1,
       2,
       "CIRCLE_NODE_INDEX"},
      {{{"BUILDKITE_PARALLEL_JOB", "4"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "5"}},
       4,
       5,
       "BUILDKITE_PARALLEL_JOB"},
      {{{"TF_BUILD", "True"}, {"SYSTEM_JOBPOSITIONINPHASE", "2"}, {"SYSTEM_TOTALJOBSINPHASE", "2"}},
       1,
       2,
       "SYSTEM_JOBPOSITIONINPHASE"},
      // Its matrix is ours, from 0.
      {{{"TF_BUILD", "True"},
        {"SYSTEM_JOBPOSITIONINPHASE", "2"},
        {"SYSTEM_TOTALJOBSINPHASE", "3"},
        {"CI_NODE_INDEX", "0"},
        {"CI_NODE_TOTAL", "3"}},
       0,
       3,
       "CI_NODE_INDEX"},
      {{{"BITBUCKET_PARALLEL_STEP", "0"}, {"BITBUCKET_PARALLEL_STEP_COUNT", "2"}},
       0,
       2,
       "BITBUCKET_PARALLEL_STEP"},
      {{{"SEMAPHORE_JOB_INDEX", "1"}, {"SEMAPHORE_JOB_COUNT", "4"}}, 0, 4, "SEMAPHORE_JOB_INDEX"},
      {{{"SEMAPHORE_CURRENT_JOB", "2"}, {"SEMAPHORE_JOB_COUNT", "4"}}, 1, 4, "SEMAPHORE_CURRENT_JOB"},
      {{{"TEAMCITY_BUILD_PARALLELTESTS_CURRENTBATCH", "1"},
        {"TEAMCITY_BUILD_PARALLELTESTS_TOTALBATCHES", "4"}},
       0,
       4,
       "TEAMCITY_BUILD_PARALLELTESTS_CURRENTBATCH"},
      // Heroku, and whoever sets it: Travis, Jenkins, Codefresh, Drone, AppVeyor.
      {{{"TRAVIS", "true"}, {"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "2"}}, 0, 2, "CI_NODE_INDEX"},
      {{{"JENKINS_URL", "x"}, {"CI_NODE_INDEX", " 1\n"}}, 1, 0, "CI_NODE_INDEX"},
      {{{"KNAPSACK_PRO_CI_NODE_INDEX", "7"}, {"KNAPSACK_PRO_CI_NODE_TOTAL", "8"}, {"CI_NODE_INDEX", "0"}},
       7,
       8,
       "KNAPSACK_PRO_CI_NODE_INDEX"},
  };
  for (const Case& of : cases) {
    const Result<std::optional<NodePosition>> found = node_position(of.environment);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_TRUE(found->has_value()) << of.variable;
    EXPECT_EQ((*found)->index, of.index) << of.variable;
    EXPECT_EQ((*found)->total, of.total) << of.variable;
    EXPECT_EQ((*found)->variable, of.variable);
  }
}

TEST(NodePositionTest, AJobThatIsNoNodeHasNone) {
  // GitLab says the total in every job; Azure's words mean nothing elsewhere.
  for (const Environment& environment :
       {Environment{}, Environment{{"GITHUB_SHA", "abc"}},
        Environment{{"GITLAB_CI", "true"}, {"CI_NODE_TOTAL", "1"}}, Environment{{"CI_NODE_INDEX", ""}},
        Environment{{"SYSTEM_JOBPOSITIONINPHASE", "1"}}}) {
    const Result<std::optional<NodePosition>> found = node_position(environment);
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->has_value());
  }
}

TEST(NodePositionTest, AVariableThatMeansNothingIsNamedInTheError) {
  const std::vector<std::pair<Environment, std::string>> cases = {
      {{{"CIRCLE_NODE_INDEX", "one"}}, "CIRCLE_NODE_INDEX=one is not the number of a node"},
      {{{"CI_NODE_INDEX", "-1"}}, "CI_NODE_INDEX=-1"},
      {{{"CI_NODE_INDEX", "99999999999999999999"}}, "CI_NODE_INDEX=9999"},
      {{{"CI_NODE_INDEX", "1 2"}}, "CI_NODE_INDEX=1 2"},
      {{{"CI_NODE_INDEX", "  "}}, "CI_NODE_INDEX="},
      {{{"CI_NODE_INDEX", std::string(100'000, '9')}}, "999..."},
      {{{"GITLAB_CI", "true"}, {"CI_NODE_INDEX", "0"}}, "counts them from 1"},
      {{{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "2"}}, "is beyond CI_NODE_TOTAL=2"},
      {{{"GITLAB_CI", "true"}, {"CI_NODE_INDEX", "3"}, {"CI_NODE_TOTAL", "2"}}, "is beyond CI_NODE_TOTAL=2"},
      {{{"BUILDKITE_PARALLEL_JOB", "0"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "0"}}, "that there is no node"},
      {{{"BUILDKITE_PARALLEL_JOB", "0"}, {"BUILDKITE_PARALLEL_JOB_COUNT", "x"}},
       "BUILDKITE_PARALLEL_JOB_COUNT=x"},
  };
  for (const auto& [environment, words] : cases) {
    const Result<std::optional<NodePosition>> found = node_position(environment);
    ASSERT_FALSE(found.ok()) << words;
    EXPECT_EQ(found.error().code, collector::kBadPlanSetting);
    EXPECT_NE(found.error().message.find(words), std::string::npos) << found.error().message;
    EXPECT_NE(found.error().message.find("--ci-node"), std::string::npos) << "what to do is missing";
    EXPECT_LT(found.error().message.size(), 300U);
  }
}

}  // namespace
}  // namespace alibi::ci
