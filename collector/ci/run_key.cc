#include <array>
#include <string_view>

#include "collector/ci/ci_outputs.h"

namespace alibi::ci {
namespace {

constexpr size_t kMostNames = 7;
struct RunVariables {
  std::string_view provider;
  std::string_view run;  // without it nothing is known
  // What tells apart the jobs of one run that may have equal plans but are not nodes of each other.
  std::array<std::string_view, kMostNames> job;
};

constexpr std::array<RunVariables, 15> kRunVariables = {{
    {"github", "GITHUB_RUN_ID", {"GITHUB_REPOSITORY", "GITHUB_JOB", "RUNNER_OS", "RUNNER_ARCH"}},
    {"gitlab", "CI_PIPELINE_ID", {"CI_PROJECT_ID", "CI_JOB_NAME"}},
    // The workflow's own id changes when it is run again from its failed jobs.
    {"circleci", "CIRCLE_WORKFLOW_WORKSPACE_ID", {"CIRCLE_JOB"}},
    {"circleci", "CIRCLE_WORKFLOW_ID", {"CIRCLE_JOB"}},
    {"buildkite", "BUILDKITE_BUILD_ID", {"BUILDKITE_STEP_ID"}},
    {"azurepipelines",
     "BUILD_BUILDID",
     {"SYSTEM_COLLECTIONID", "SYSTEM_STAGENAME", "SYSTEM_PHASENAME", "AGENT_OS"}},
    {"bitbucket", "BITBUCKET_PIPELINE_UUID", {}},
    {"travisci",
     "TRAVIS_BUILD_ID",
     {"TRAVIS_BUILD_STAGE_NAME", "TRAVIS_OS_NAME", "TRAVIS_CPU_ARCH", "TRAVIS_PYTHON_VERSION",
      "TRAVIS_RUBY_VERSION", "TRAVIS_NODE_VERSION"}},
    {"jenkins", "BUILD_TAG", {"JENKINS_URL"}},
    {"teamcity", "BUILD_NUMBER", {"TEAMCITY_PROJECT_NAME", "TEAMCITY_BUILDCONF_NAME"}},
    {"codefresh", "CF_BUILD_ID", {}},
    {"drone", "DRONE_BUILD_NUMBER", {"DRONE_REPO", "DRONE_STAGE_NAME"}},
    {"appveyor", "APPVEYOR_BUILD_ID", {"APPVEYOR_REPO_NAME", "APPVEYOR_BUILD_WORKER_IMAGE"}},
    {"", "SEMAPHORE_WORKFLOW_ID", {"SEMAPHORE_BLOCK_NAME"}},
    {"", "HEROKU_TEST_RUN_ID", {}},
}};

// So that two names are never one.
std::string escaped(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
    if (plain)
      out += letter;
    else
      out.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
  }
  return out;
}

// GitLab calls the nodes of a job "name 1/3"; the number is of the node, not of the job.
std::string_view without_node(std::string_view name) {
  const size_t digits = name.find_last_not_of("0123456789");
  if (digits == std::string_view::npos || digits + 1 == name.size() || name[digits] != '/') return name;
  const size_t space = name.find_last_not_of("0123456789", digits == 0 ? 0 : digits - 1);
  if (space == std::string_view::npos || space + 1 >= digits || name[space] != ' ') return name;
  return name.substr(0, space);
}

}  // namespace

std::string run_key(const std::string& provider, const Environment& environment) {
  const auto value = [&](std::string_view name) {
    const auto found = environment.find(std::string(name));
    return found == environment.end() ? std::string_view() : std::string_view(found->second);
  };
  for (const RunVariables& of : kRunVariables) {
    if (of.provider != provider || value(of.run).empty()) continue;
    std::string key = (provider.empty() ? "ci" : provider) + "/" + escaped(value(of.run));
    for (const std::string_view name : of.job) {
      if (name.empty()) break;
      key += '/';
      key += escaped(name == "CI_JOB_NAME" ? without_node(value(name)) : value(name));
    }
    return key;
  }
  return "";
}

}  // namespace alibi::ci
