#include "collector/plan/previous_nodes.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace alibi::plan {
namespace {

constexpr uint32_t kNoNode = UINT32_MAX;
// Of the longest wall allowed, in hundredths: how full a worker may get with files that stay. The rest is
// what the others need to fit.
constexpr uint64_t kFill[] = {100, 99, 98, 96, 94, 90, 85, 80, 70, 60, 50};

std::vector<uint32_t> wanted_nodes(const StickyRequest& request) {
  std::vector<uint32_t> wanted;
  wanted.reserve(request.items.members.size());
  for (const std::vector<size_t>& members : request.items.members) {
    const auto before = request.previous.find(request.units[members.front()].file);
    const bool known = before != request.previous.end() && before->second < request.nodes;
    wanted.push_back(known ? before->second : kNoNode);
  }
  return wanted;
}

uint64_t kept_weight(const StickyRequest& request, const std::vector<uint32_t>& wanted,
                     const Assignment& assignment) {
  uint64_t kept = 0;
  for (uint32_t node = 0; node < assignment.size(); ++node) {
    for (const auto& worker : assignment[node]) {
      for (const uint32_t item : worker) kept += wanted[item] == node ? request.items.weights[item] : 0;
    }
  }
  return kept;
}

// The pair of old and new node that share most comes first.
Assignment renumbered(const StickyRequest& request, const std::vector<uint32_t>& wanted, Assignment fresh) {
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> shared;  // new node, old node
  for (uint32_t node = 0; node < fresh.size(); ++node) {
    for (const auto& worker : fresh[node]) {
      for (const uint32_t item : worker) {
        if (wanted[item] != kNoNode) shared[{node, wanted[item]}] += request.items.weights[item];
      }
    }
  }
  std::vector<std::tuple<uint64_t, uint32_t, uint32_t>> pairs;
  for (const auto& [nodes, weight] : shared) pairs.emplace_back(~weight, nodes.first, nodes.second);
  std::sort(pairs.begin(), pairs.end());
  std::vector<uint32_t> number(fresh.size(), kNoNode);
  std::vector<bool> taken(fresh.size());
  for (const auto& [rank, node, old] : pairs) {
    if (number[node] != kNoNode || taken[old]) continue;
    number[node] = old;
    taken[old] = true;
  }
  uint32_t free = 0;
  for (uint32_t& to : number) {
    if (to != kNoNode) continue;
    while (taken[free]) ++free;
    to = free;
    taken[free] = true;
  }
  Assignment result(fresh.size());
  for (uint32_t node = 0; node < fresh.size(); ++node) result[number[node]] = std::move(fresh[node]);
  return result;
}

// Workers come into being when they get something.
class StickyPacking {
 public:
  explicit StickyPacking(const StickyRequest& request) : request_(request), nodes_(request.nodes) {
    for (uint32_t node = 0; node < request.nodes; ++node) least_.insert({0, node});
  }

  bool fits(uint32_t node, uint64_t weight, uint64_t capacity) const {
    return nodes_[node].least(request_.workers).first + weight <= capacity;
  }
  uint32_t least_loaded() const { return least_.begin()->second; }

  void put(uint32_t item, uint32_t to) {
    Node& node = nodes_[to];
    const auto [load, worker] = node.least(request_.workers);
    least_.erase({load, to});
    if (worker == node.workers.size()) {
      node.workers.emplace_back();
    } else {
      node.loads.erase({load, worker});
    }
    node.workers[worker].push_back(item);
    const uint64_t grown = load + request_.items.weights[item];
    node.loads.insert({grown, worker});
    fullest_ = std::max(fullest_, grown);
    least_.insert({node.least(request_.workers).first, to});
  }

  uint64_t fullest() const { return fullest_; }
  Assignment take() {
    Assignment assignment;
    for (Node& node : nodes_) {
      std::sort(node.workers.begin(), node.workers.end());
      assignment.push_back(std::move(node.workers));
    }
    return assignment;
  }

 private:
  struct Node {
    std::vector<std::vector<uint32_t>> workers;
    std::set<std::pair<uint64_t, uint32_t>> loads;  // load, worker

    std::pair<uint64_t, uint32_t> least(uint32_t most_workers) const {
      const auto count = static_cast<uint32_t>(workers.size());
      return count < most_workers ? std::pair<uint64_t, uint32_t>{0, count} : *loads.begin();
    }
  };

  const StickyRequest& request_;
  std::vector<Node> nodes_;
  std::set<std::pair<uint64_t, uint32_t>> least_;  // load of its least loaded worker, node
  uint64_t fullest_ = 0;
};

std::optional<Assignment> kept_where_it_fits(const StickyRequest& request,
                                             const std::vector<uint32_t>& wanted, uint64_t fill) {
  const uint64_t most = request.wall + request.wall / 100;
  const uint64_t capacity = most / 100 * fill + most % 100 * fill / 100;
  StickyPacking packing(request);
  std::vector<uint32_t> others;
  for (uint32_t item = 0; item < wanted.size(); ++item) {
    if (wanted[item] != kNoNode && packing.fits(wanted[item], request.items.weights[item], capacity)) {
      packing.put(item, wanted[item]);
    } else {
      others.push_back(item);
    }
  }
  for (const uint32_t item : others) packing.put(item, packing.least_loaded());
  if (packing.fullest() > most) return std::nullopt;
  Assignment assignment = packing.take();
  const bool idle =
      std::any_of(assignment.begin(), assignment.end(), [](const auto& node) { return node.empty(); });
  if (idle) return std::nullopt;
  return assignment;
}

}  // namespace

Assignment on_previous_nodes(const StickyRequest& request, Assignment fresh) {
  const std::vector<uint32_t> wanted = wanted_nodes(request);
  Assignment best = renumbered(request, wanted, std::move(fresh));
  uint64_t kept = kept_weight(request, wanted, best);
  for (const uint64_t fill : kFill) {
    std::optional<Assignment> sticky = kept_where_it_fits(request, wanted, fill);
    if (!sticky) continue;
    const uint64_t weight = kept_weight(request, wanted, *sticky);
    if (weight <= kept) continue;
    kept = weight;
    best = std::move(*sticky);
  }
  return best;
}

}  // namespace alibi::plan
