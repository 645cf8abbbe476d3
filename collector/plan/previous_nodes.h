// Keeps files on the nodes that had them in the plan before: warm caches, quiet differences. Pure; used by
// make_plan when it is given a previous plan.
#ifndef ALIBI_COLLECTOR_PLAN_PREVIOUS_NODES_H_
#define ALIBI_COLLECTOR_PLAN_PREVIOUS_NODES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/plan/items.h"
#include "collector/plan/node_shares.h"
#include "collector/plan/unit.h"

namespace alibi::plan {

struct StickyRequest {
  const std::vector<Unit>& units;
  const Items& items;
  const std::map<std::string, uint32_t>& previous;  // file -> node
  uint32_t nodes = 1, workers = 1;
  uint64_t wall = 0;  // of the fresh plan, without the workers' start
};

// The fresh plan's nodes renumbered, or a packing that keeps more and whose wall is at most 1 % longer:
// whichever leaves more weight where it was. No node is left empty.
Assignment on_previous_nodes(const StickyRequest& request, Assignment fresh);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_PREVIOUS_NODES_H_
