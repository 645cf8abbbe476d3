// What CI systems read of a plan (matrix, child pipeline, ...) and what they say about the node a job is.
// Pure; used by `alibi plan`, which writes the texts, and by `alibi run`.
#ifndef ALIBI_COLLECTOR_CI_CI_OUTPUTS_H_
#define ALIBI_COLLECTOR_CI_CI_OUTPUTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::ci {

using Environment = std::map<std::string, std::string>;

struct NodePosition {
  uint32_t index = 0;  // from 0
  uint32_t total = 0;  // 0: not said
  std::string variable;
};
// GitLab, CircleCI, Buildkite, Azure, Bitbucket, Semaphore, Heroku say it themselves. Everywhere else
// (GitHub, Travis, Jenkins, Codefresh, Drone, AppVeyor) it is what the user sets: CI_NODE_INDEX and
// CI_NODE_TOTAL, from 0; KNAPSACK_PRO_CI_NODE_*; TeamCity's batches as TEAMCITY_BUILD_PARALLELTESTS_*. Some
// systems (CircleCI, Azure) say "0 of 1" in every job that is not divided. An error when a variable holds no
// number, or no node.
Result<std::optional<NodePosition>> node_position(const Environment& environment);

struct CiFile {
  std::string path;  // relative to the plan folder ("github/config") or absolute ($GITHUB_OUTPUT)
  std::string text;
  bool appends = false;  // to a file that is there
};
struct CiPlan {
  uint32_t nodes = 0;
  std::string run_command = "alibi run";  // of the generated jobs
};
struct CiOutput {
  std::vector<CiFile> files;
  std::string standard_output;  // for systems that read commands there (Azure)
  std::vector<std::string> notices;
};
// "github", "gitlab", "circleci", "buildkite", "azurepipelines" (or "azure"), as collector/origin names them;
// nothing for the others. An error when the system cannot have as many nodes. Without a node: what makes the
// system run no tests and yet pass (docs/ci/). GitLab: ALIBI_CI_TEMPLATE is a file of the repository with a
// hidden job ".alibi-tests" for the generated one to extend.
Result<CiOutput> ci_output(const std::string& provider, const CiPlan& plan, const Environment& environment);

// One per CI run and the same on all its nodes, also when a node is retried; "" unknown. Jobs of one run that
// are no nodes of each other have keys of their own where the system says so: not for the rows of a matrix of
// GitHub, which are told apart by nothing.
std::string run_key(const std::string& provider, const Environment& environment);

}  // namespace alibi::ci

#endif  // ALIBI_COLLECTOR_CI_CI_OUTPUTS_H_
