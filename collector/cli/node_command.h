// The command of the jobs that `alibi plan` generates (GitLab, Buildkite): `alibi run` with those of the
// plan's flags that only a run heeds. Used by splitting.cc; pure.
#ifndef ALIBI_COLLECTOR_CLI_NODE_COMMAND_H_
#define ALIBI_COLLECTOR_CLI_NODE_COMMAND_H_

#include <string>
#include <vector>

#include "collector/cli/splitting_options.h"

namespace alibi::cli {

// For a POSIX shell. Without --queue and --worker-env, which may hold passwords: generated jobs can be read
// by many.
std::string node_command(const SplittingOptions& options);

// A sentence for each that was given and is not in the command.
std::vector<std::string> not_for_nodes(const SplittingOptions& options);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_NODE_COMMAND_H_
