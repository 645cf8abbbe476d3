// Which installed distribution, in which version, an imported module belongs to. Used by intake; reads the
// metadata folders (*.dist-info, *.egg-info) beside the modules, runs nothing, never writes.
#ifndef ALIBI_COLLECTOR_STORE_DISTRIBUTIONS_H_
#define ALIBI_COLLECTOR_STORE_DISTRIBUTIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::store {

// One entry per distribution, sorted by name; modules without metadata are left out.
// "My.Dist-Name" and "my_dist_name" are one name.
std::string normalised_name(std::string_view name);

std::vector<collector::Distribution> resolve_distributions(
    const std::vector<collector::ImportedModule>& imported);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_DISTRIBUTIONS_H_
