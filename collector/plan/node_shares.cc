#include "collector/plan/node_shares.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

namespace alibi::plan {
namespace {

// Empty ones last.
template <typename List>
bool heaviest_first(const List& one, const List& other) {
  if (one.empty() || other.empty()) return !one.empty() && other.empty();
  return one < other;
}

}  // namespace

Assignment bins_to_nodes(const Packing& packing, uint32_t nodes, uint32_t workers) {
  std::vector<std::vector<uint32_t>> contents(packing.loads.size());
  for (uint32_t item = 0; item < packing.bin_of.size(); ++item)
    contents[packing.bin_of[item]].push_back(item);
  std::vector<uint32_t> order(packing.loads.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&packing, &contents](uint32_t one, uint32_t other) {
    const uint64_t a = packing.loads[one], b = packing.loads[other];
    return a != b ? a > b : contents[one] < contents[other];
  });
  Assignment assignment(nodes);
  using Open = std::pair<uint64_t, uint32_t>;  // load so far, node
  std::priority_queue<Open, std::vector<Open>, std::greater<>> open;
  for (uint32_t node = 0; node < nodes; ++node) open.push({0, node});
  for (const uint32_t bin : order) {
    if (contents[bin].empty() || open.empty()) break;
    const auto [load, node] = open.top();
    open.pop();
    assignment[node].push_back(std::move(contents[bin]));
    if (assignment[node].size() < workers) open.push({load + packing.loads[bin], node});
  }
  for (auto& node : assignment) std::sort(node.begin(), node.end());
  std::stable_sort(assignment.begin(), assignment.end(),
                   [](const auto& one, const auto& other) { return heaviest_first(one, other); });
  return assignment;
}

NodeShare node_share(const Items& items, const std::vector<std::vector<uint32_t>>& workers,
                     uint64_t worker_ms) {
  NodeShare share;
  share.workers.reserve(workers.size());
  for (const std::vector<uint32_t>& held : workers) {
    WorkerShare worker;
    worker.load_ms = std::min(worker_ms, kMostTotal);
    for (const uint32_t item : held) {
      worker.load_ms += items.weights[item];
      worker.units.insert(worker.units.end(), items.members[item].begin(), items.members[item].end());
    }
    share.wall_ms = std::max(share.wall_ms, worker.load_ms);
    share.workers.push_back(std::move(worker));
  }
  return share;
}

}  // namespace alibi::plan
