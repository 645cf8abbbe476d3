#include "collector/ci/ci_outputs.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collector/model/plan_errors.h"

namespace alibi::ci {
namespace {

using Json = nlohmann::json;

const CiFile* file_of(const CiOutput& output, const std::string& path) {
  for (const CiFile& file : output.files)
    if (file.path == path) return &file;
  return nullptr;
}
std::string text_in(const CiOutput& output, const std::string& path) {
  const CiFile* file = file_of(output, path);
  return file == nullptr ? "no file " + path : file->text;
}

TEST(CiOutputsTest, GithubReadsAMatrixInThePeersBytes) {
  const Result<CiOutput> output = ci_output("github", {.nodes = 2}, {{"GITHUB_OUTPUT", "/tmp/out"}});
  ASSERT_TRUE(output.ok());
  const std::string line =
      R"(matrix={"include":[{"ci_node_index":0,"ci_node_total":2},{"ci_node_index":1,"ci_node_total":2}]})";
  EXPECT_EQ(text_in(*output, "github/config"), line);
  EXPECT_FALSE(file_of(*output, "github/config")->appends);
  EXPECT_EQ(text_in(*output, "/tmp/out"), line + "\nhas_tests=true\n");
  EXPECT_TRUE(file_of(*output, "/tmp/out")->appends);
  EXPECT_EQ(output->standard_output, "");
  EXPECT_TRUE(output->notices.empty());
}

TEST(CiOutputsTest, GithubWithoutItsFileSaysSo) {
  const std::vector<Environment> environments = {{}, {{"GITHUB_OUTPUT", "not/absolute"}}};
  for (const Environment& environment : environments) {
    const Result<CiOutput> output = ci_output("github", {.nodes = 1}, environment);
    ASSERT_TRUE(output.ok());
    EXPECT_EQ(output->files.size(), 1U);
    ASSERT_EQ(output->notices.size(), 1U);
    EXPECT_NE(output->notices[0].find("GITHUB_OUTPUT"), std::string::npos);
  }
}

TEST(CiOutputsTest, MoreNodesThanASystemTakesAreRefusedWithTheWayOut) {
  const std::vector<std::pair<std::string, uint32_t>> most = {
      {"github", 256}, {"gitlab", 200}, {"buildkite", 500}, {"azurepipelines", 256}};
  for (const auto& [provider, nodes] : most) {
    EXPECT_TRUE(ci_output(provider, {.nodes = nodes}, {}).ok()) << provider;
    const Result<CiOutput> refused = ci_output(provider, {.nodes = nodes + 1}, {});
    ASSERT_FALSE(refused.ok()) << provider;
    EXPECT_EQ(refused.error().code, collector::kBadPlanSetting);
    EXPECT_NE(refused.error().message.find("--max-parallelism " + std::to_string(nodes)), std::string::npos)
        << refused.error().message;
  }
}

TEST(CiOutputsTest, GitlabRunsAChildPipelineWithThePlanOfItsParent) {
  const Result<CiOutput> output = ci_output(
      "gitlab", {.nodes = 3},
      {{"CI_PIPELINE_ID", "4711"}, {"CI_JOB_NAME", "plan: \"all\""}, {"CI_JOB_IMAGE", "python:3.12"}});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(text_in(*output, "gitlab/child.yml"),
            "alibi-tests:\n"
            "  image: \"python:3.12\"\n"
            "  parallel: 3\n"
            "  needs:\n"
            "    - pipeline: \"4711\"\n"
            "      job: \"plan: \\\"all\\\"\"\n"
            "  script:\n"
            "    - \"alibi run --ci-node $((CI_NODE_INDEX - 1)) --junit alibi-junit.xml\"\n"
            "  artifacts:\n"
            "    when: always\n"
            "    expire_in: 1 week\n"
            "    paths: [.alibi/timings]\n"
            "    reports:\n"
            "      junit: alibi-junit.xml\n");
  EXPECT_EQ(text_in(*output, "gitlab/plan.env"), "ALIBI_NODES=3\nALIBI_HAS_TESTS=true\n");
}

TEST(CiOutputsTest, GitlabExtendsAJobOfTheUsers) {
  const Result<CiOutput> output =
      ci_output("gitlab", {.nodes = 1, .run_command = "alibi run --ci-node-workers ncpu"},
                {{"ALIBI_CI_TEMPLATE", "ci/tests.yml"}, {"CI_JOB_IMAGE", "python:3.12"}});
  ASSERT_TRUE(output.ok());
  const std::string child = text_in(*output, "gitlab/child.yml");
  EXPECT_TRUE(child.starts_with(
      "include:\n  - local: \"ci/tests.yml\"\nalibi-tests:\n  extends: .alibi-tests\n  parallel: 1\n"))
      << child;
  EXPECT_EQ(child.find("image:"), std::string::npos);
  EXPECT_NE(child.find("\"alibi run --ci-node-workers ncpu --ci-node $((CI_NODE_INDEX - 1))"),
            std::string::npos)
      << child;
}

TEST(CiOutputsTest, CircleciContinuesWithParameters) {
  const Result<CiOutput> output = ci_output("circleci", {.nodes = 4}, {});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(text_in(*output, "circleci/parameters.json"), "{\"parallelism\":4,\"has_tests\":true}\n");
}

TEST(CiOutputsTest, BuildkiteUploadsOneStepForAllNodes) {
  const Result<CiOutput> output =
      ci_output("buildkite", {.nodes = 5}, {{"BUILDKITE_AGENT_META_DATA_QUEUE", "big$one"}});
  ASSERT_TRUE(output.ok());
  const Json pipeline = Json::parse(text_in(*output, "buildkite/pipeline.json"));
  ASSERT_EQ(pipeline.at("steps").size(), 1U);
  const Json& step = pipeline.at("steps")[0];
  EXPECT_EQ(step.at("parallelism"), 5);
  EXPECT_EQ(step.at("commands")[1], "alibi run --ci-node $$BUILDKITE_PARALLEL_JOB --junit alibi-junit.xml");
  EXPECT_EQ(step.at("agents").at("queue"), "big$$one");
  EXPECT_FALSE(step.contains("skip"));
}

TEST(CiOutputsTest, BuildkiteDoesNotPutVariablesIntoWhatTheUserGave) {
  const Result<CiOutput> output =
      ci_output("buildkite", {.nodes = 1, .run_command = "alibi run --worker-env 'A=$B'"}, {});
  const Json pipeline = Json::parse(text_in(*output, "buildkite/pipeline.json"));
  EXPECT_EQ(pipeline.at("steps")[0].at("commands")[1],
            "alibi run --worker-env 'A=$$B' --ci-node $$BUILDKITE_PARALLEL_JOB --junit alibi-junit.xml");
}

TEST(CiOutputsTest, AzureReadsItsMatrixFromTheOutput) {
  const Result<CiOutput> output = ci_output("azurepipelines", {.nodes = 2}, {});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(output->standard_output,
            "##vso[task.setvariable variable=matrix;isOutput=true]"
            R"({"node0":{"ci_node_index":"0","ci_node_total":"2"},)"
            R"("node1":{"ci_node_index":"1","ci_node_total":"2"}})"
            "\n##vso[task.setvariable variable=has_tests;isOutput=true]true\n");
}

TEST(CiOutputsTest, NothingToRunPassesOnEverySystem) {
  const Result<CiOutput> github = ci_output("github", {.nodes = 0}, {{"GITHUB_OUTPUT", "/o"}});
  EXPECT_EQ(text_in(*github, "/o"), "matrix={\"include\":[]}\nhas_tests=false\n");
  const Result<CiOutput> gitlab = ci_output("gitlab", {.nodes = 0}, {{"ALIBI_CI_TEMPLATE", "x"}});
  EXPECT_EQ(text_in(*gitlab, "gitlab/child.yml").find("alibi run"), std::string::npos);
  EXPECT_NE(text_in(*gitlab, "gitlab/child.yml").find("script:"), std::string::npos) << "a job is needed";
  EXPECT_EQ(text_in(*gitlab, "gitlab/plan.env"), "ALIBI_NODES=0\nALIBI_HAS_TESTS=false\n");
  const Result<CiOutput> circle = ci_output("circleci", {.nodes = 0}, {});
  EXPECT_EQ(text_in(*circle, "circleci/parameters.json"), "{\"parallelism\":1,\"has_tests\":false}\n");
  const Result<CiOutput> buildkite = ci_output("buildkite", {.nodes = 0}, {});
  const Json step = Json::parse(text_in(*buildkite, "buildkite/pipeline.json")).at("steps").at(0);
  EXPECT_TRUE(step.at("skip").is_string());
  EXPECT_FALSE(step.contains("parallelism"));
  const Result<CiOutput> azure = ci_output("azurepipelines", {.nodes = 0}, {});
  EXPECT_NE(azure->standard_output.find("variable=has_tests;isOutput=true]false\n"), std::string::npos);
  EXPECT_NE(azure->standard_output.find("]{\"node0\":"), std::string::npos) << "a matrix has to be an object";
}

TEST(CiOutputsTest, NamesThatAreNoTextDoNotBreakAnything) {
  const Result<CiOutput> output =
      ci_output("gitlab", {.nodes = 1}, {{"CI_PIPELINE_ID", "1"}, {"CI_JOB_NAME", "a\xff\nscript: evil"}});
  ASSERT_TRUE(output.ok());
  EXPECT_EQ(text_in(*output, "gitlab/child.yml").find("\nscript: evil"), std::string::npos);
  EXPECT_TRUE(ci_output("buildkite", {.nodes = 1}, {{"BUILDKITE_AGENT_META_DATA_QUEUE", "\xff"}}).ok());
}

TEST(CiOutputsTest, OtherSystemsReadNothing) {
  for (const char* const provider : {"", "jenkins", "travisci", "bitbucket", "somebody"}) {
    const Result<CiOutput> output = ci_output(provider, {.nodes = 3}, {});
    ASSERT_TRUE(output.ok());
    EXPECT_TRUE(output->files.empty());
    EXPECT_EQ(output->standard_output, "");
  }
}

}  // namespace
}  // namespace alibi::ci
