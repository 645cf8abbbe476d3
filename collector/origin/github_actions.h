// The tags of a run of GitHub Actions that are made of more than one variable, or of files: addresses, the
// pull request of the event file, the number of the job.
//
// Used by ci_provider. Reads at most 8 MiB of each file; one that is missing, too large or no JSON costs only
// its tags. The runner does not tell the number of a job; its own log does.
#ifndef ALIBI_COLLECTOR_ORIGIN_GITHUB_ACTIONS_H_
#define ALIBI_COLLECTOR_ORIGIN_GITHUB_ACTIONS_H_

#include <optional>
#include <string>
#include <string_view>

#include "collector/origin/tags.h"
#include "tracer/base/file_system.h"

namespace alibi::origin {

void add_github_tags(const Environment& environment, const FileSystem& files, Tags* tags);

// Of the lines of a runner's Worker_*.log; nothing when it does not say it.
std::optional<std::string> job_number_in(std::string_view log);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_GITHUB_ACTIONS_H_
