#include "collector/ci/ci_outputs.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "collector/model/plan_errors.h"

namespace alibi::ci {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t kMostGithub = 256;     // jobs of a matrix
constexpr uint32_t kMostGitlab = 200;     // `parallel`
constexpr uint32_t kMostBuildkite = 500;  // jobs of an upload
constexpr uint32_t kMostAzure = 256;      // jobs of a phase

std::string value_in(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

// Names of jobs and images come from outside and need not be UTF-8.
std::string text_of(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}
std::string quoted(const std::string& text) {
  return text_of(Json(text));
}

Result<void> at_most(uint32_t nodes, uint32_t most, const std::string& who) {
  if (nodes <= most) return {};
  return Error{collector::kBadPlanSetting, 0,
               "the plan has " + std::to_string(nodes) + " nodes, " + who + " takes at most " +
                   std::to_string(most) + ": plan with --max-parallelism " + std::to_string(most) +
                   " and give a node more workers (--ci-node-workers)"};
}

std::string truth(bool value) {
  return value ? "true" : "false";
}

Result<CiOutput> for_github(const CiPlan& plan, const Environment& environment) {
  if (const Result<void> fits = at_most(plan.nodes, kMostGithub, "a matrix of GitHub"); !fits.ok())
    return fits.error();
  Json rows = Json::array();
  for (uint32_t node = 0; node < plan.nodes; ++node)
    rows.push_back({{"ci_node_index", node}, {"ci_node_total", plan.nodes}});
  const std::string line = "matrix=" + text_of(Json{{"include", rows}});
  CiOutput output{.files = {{.path = "github/config", .text = line}}};
  // An empty matrix fails the workflow: the test job asks for has_tests first.
  const std::string path = value_in(environment, "GITHUB_OUTPUT");
  if (!path.empty() && path.front() == '/')
    output.files.push_back(
        {.path = path, .text = line + "\nhas_tests=" + truth(plan.nodes != 0) + "\n", .appends = true});
  else
    output.notices.push_back(
        "GITHUB_OUTPUT is not set: the matrix is in .testoptimization/github/config only");
  return output;
}

// The script's lines are the same in a job of the user's own template.
std::string gitlab_job(const CiPlan& plan, const Environment& environment) {
  const std::string own = value_in(environment, "ALIBI_CI_TEMPLATE");
  const std::string image = value_in(environment, "CI_JOB_IMAGE");
  std::string text;
  if (!own.empty()) text += "include:\n  - local: " + quoted(own) + "\n";
  text += "alibi-tests:\n";
  if (!own.empty())
    text += "  extends: .alibi-tests\n";
  else if (!image.empty())
    text += "  image: " + quoted(image) + "\n";
  text += "  parallel: " + std::to_string(plan.nodes) + "\n";
  // The plan is an artifact of a job of the parent pipeline.
  const std::string pipeline = value_in(environment, "CI_PIPELINE_ID");
  const std::string job = value_in(environment, "CI_JOB_NAME");
  if (!pipeline.empty() && !job.empty())
    text += "  needs:\n    - pipeline: " + quoted(pipeline) + "\n      job: " + quoted(job) + "\n";
  text += "  script:\n    - " +
          quoted(plan.run_command + " --ci-node $((CI_NODE_INDEX - 1)) --junit alibi-junit.xml") + "\n";
  text +=
      "  artifacts:\n    when: always\n    expire_in: 1 week\n    paths: [.alibi/timings]\n"
      "    reports:\n      junit: alibi-junit.xml\n";
  return text;
}

Result<CiOutput> for_gitlab(const CiPlan& plan, const Environment& environment) {
  if (const Result<void> fits = at_most(plan.nodes, kMostGitlab, "`parallel` of GitLab"); !fits.ok())
    return fits.error();
  // A child pipeline without a job fails its trigger.
  const std::string nothing =
      "alibi-nothing-to-run:\n  variables:\n    GIT_STRATEGY: none\n  script:\n    - \"echo no test has to "
      "run\"\n";
  const std::string child = plan.nodes == 0 ? nothing : gitlab_job(plan, environment);
  return CiOutput{.files = {{.path = "gitlab/child.yml", .text = child},
                            {.path = "gitlab/plan.env",
                             .text = "ALIBI_NODES=" + std::to_string(plan.nodes) +
                                     "\nALIBI_HAS_TESTS=" + truth(plan.nodes != 0) + "\n"}}};
}

// `parallelism` has to be positive: whether there is something to run is a parameter of its own.
CiOutput for_circleci(const CiPlan& plan) {
  const Json parameters = {{"parallelism", std::max(plan.nodes, 1U)}, {"has_tests", plan.nodes != 0}};
  return {.files = {{.path = "circleci/parameters.json", .text = text_of(parameters) + "\n"}}};
}

// "$$": the upload would put in this job's value otherwise.
std::string not_interpolated(const std::string& text) {
  std::string literal;
  for (const char letter : text) literal += letter == '$' ? "$$" : std::string(1, letter);
  return literal;
}

Result<CiOutput> for_buildkite(const CiPlan& plan, const Environment& environment) {
  if (const Result<void> fits = at_most(plan.nodes, kMostBuildkite, "an upload of Buildkite"); !fits.ok())
    return fits.error();
  Json step = {{"label", "tests"}};
  step["commands"] = {
      "buildkite-agent artifact download '.testoptimization/**/*' .",
      not_interpolated(plan.run_command) + " --ci-node $$BUILDKITE_PARALLEL_JOB --junit alibi-junit.xml"};
  step["artifact_paths"] = "alibi-junit.xml";
  const std::string queue = value_in(environment, "BUILDKITE_AGENT_META_DATA_QUEUE");
  if (!queue.empty()) {
    step["agents"] = {{"queue", not_interpolated(queue)}};
  }
  if (plan.nodes == 0)
    step["skip"] = "no test has to run";
  else
    step["parallelism"] = plan.nodes;
  const Json pipeline = {{"steps", Json::array({step})}};
  return CiOutput{.files = {{.path = "buildkite/pipeline.json", .text = text_of(pipeline, 2) + "\n"}}};
}

Result<CiOutput> for_azure(const CiPlan& plan) {
  if (const Result<void> fits = at_most(plan.nodes, kMostAzure, "a matrix of Azure Pipelines"); !fits.ok())
    return fits.error();
  // A matrix is an object in any case; of an empty one the job asks has_tests first.
  Json matrix = Json::object();
  for (uint32_t node = 0; node < std::max(plan.nodes, 1U); ++node)
    matrix["node" + std::to_string(node)] = {{"ci_node_index", std::to_string(node)},
                                             {"ci_node_total", std::to_string(std::max(plan.nodes, 1U))}};
  CiOutput output;
  output.standard_output = "##vso[task.setvariable variable=matrix;isOutput=true]" + text_of(matrix) +
                           "\n##vso[task.setvariable variable=has_tests;isOutput=true]" +
                           truth(plan.nodes != 0) + "\n";
  output.files.push_back({.path = "azure/matrix.json", .text = text_of(matrix) + "\n"});
  return output;
}

}  // namespace

Result<CiOutput> ci_output(const std::string& provider, const CiPlan& plan, const Environment& environment) {
  if (provider == "github") return for_github(plan, environment);
  if (provider == "gitlab") return for_gitlab(plan, environment);
  if (provider == "circleci") return for_circleci(plan);
  if (provider == "buildkite") return for_buildkite(plan, environment);
  if (provider == "azurepipelines" || provider == "azure") return for_azure(plan);
  return CiOutput();
}

}  // namespace alibi::ci
