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
// Of GitHub (none by itself), GitLab, CircleCI, Buildkite, Azure, Bitbucket, Travis, Semaphore, TeamCity,
// Jenkins, Codefresh, Drone, Heroku, AppVeyor, Knapsack. An error when the variable holds no number.
Result<std::optional<NodePosition>> node_position(const Environment& environment);

// "github", "gitlab", ... as collector/origin names providers; "" none.
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
Result<CiOutput> ci_output(const std::string& provider, const CiPlan& plan, const Environment& environment);

// One per CI run and the same on all its nodes, also when a node is retried; "" unknown.
std::string run_key(const std::string& provider, const Environment& environment);

}  // namespace alibi::ci

#endif  // ALIBI_COLLECTOR_CI_CI_OUTPUTS_H_
