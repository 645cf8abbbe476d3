// From bins to nodes with workers. Pure; used by make_plan, share_over_workers and sticky plans.
#ifndef ALIBI_COLLECTOR_PLAN_NODE_SHARES_H_
#define ALIBI_COLLECTOR_PLAN_NODE_SHARES_H_

#include <cstdint>
#include <vector>

#include "collector/plan/items.h"
#include "collector/plan/packing.h"
#include "collector/plan/planner.h"

namespace alibi::plan {

// Items by node and worker, workers with nothing left out.
using Assignment = std::vector<std::vector<std::vector<uint32_t>>>;

// The fullest bins first, each to the node with the least so far that has a worker left; nodes and workers
// in the order of their heaviest items.
Assignment bins_to_nodes(const Packing& packing, uint32_t nodes, uint32_t workers);

NodeShare node_share(const Items& items, const std::vector<std::vector<uint32_t>>& workers,
                     uint64_t worker_ms);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_NODE_SHARES_H_
