// Which state of the project a plan is for, asked of git. Used by the commands; one thread. Without git, or
// outside a repository, there is none: a plan then holds for its settings and files alone.
#ifndef ALIBI_COLLECTOR_PLANNING_REVISION_H_
#define ALIBI_COLLECTOR_PLANNING_REVISION_H_

#include <string>
#include <string_view>

#include "collector/origin/git.h"
#include "collector/origin/tags.h"
#include "collector/planning/planning.h"

namespace alibi::planning {

Revision revision_of(const std::string& directory, const origin::Environment& environment,
                     const origin::Git& git);

// Ours, and what runs write: it differs between a plan and its run, and no test depends on it.
bool is_product(std::string_view name);

// Names and contents of files that git does not know, in all of the repository, without our products.
std::string untracked_digest(const std::string& root, const origin::Git& git);

}  // namespace alibi::planning

#endif  // ALIBI_COLLECTOR_PLANNING_REVISION_H_
