#include "collector/merge/visiting_order.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace alibi::collector {
namespace {

class Order {
 public:
  explicit Order(const std::vector<ShardLink>& links)
      : links_(links), children_(links.size()), first_child_(links.size() + 1), seen_(links.size()) {
    // The children of each shard side by side, in the reverse of the order in which they are visited: the
    // stack below turns it round.
    std::iota(children_.begin(), children_.end(), 0U);
    std::sort(children_.begin(), children_.end(), [this](uint32_t left, uint32_t right) {
      const ShardLink& one = links_[left];
      const ShardLink& other = links_[right];
      return std::tie(one.to, one.kind, one.parent_bytes, right) <
             std::tie(other.to, other.kind, other.parent_bytes, left);
    });
    for (const ShardLink& link : links_) {
      if (link.to < links_.size()) ++first_child_[link.to + 1];
    }
    std::partial_sum(first_child_.begin(), first_child_.end(), first_child_.begin());
  }

  std::vector<Visit> run() {
    for (uint32_t shard = 0; shard < links_.size(); ++shard) {
      if (links_[shard].to == kNoShard) visit_from(shard);
    }
    // Whoever is left is on a circle or hangs on one.
    for (uint32_t shard = 0; shard < links_.size(); ++shard) {
      if (!seen_[shard]) visit_from(smallest_of_circle(shard));
    }
    return std::move(visits_);
  }

 private:
  void visit_from(uint32_t root) {
    stack_.push_back(Visit{root, 0, links_[root].needs_shard()});
    while (!stack_.empty()) {
      const Visit visit = stack_.back();
      stack_.pop_back();
      if (seen_[visit.shard]) continue;  // where a circle closes
      seen_[visit.shard] = true;
      visits_.push_back(visit);
      for (uint32_t place = first_child_[visit.shard]; place < first_child_[visit.shard + 1]; ++place) {
        stack_.push_back(Visit{children_[place], visit.depth + 1, false});
      }
    }
  }

  uint32_t smallest_of_circle(uint32_t shard) {
    std::vector<uint32_t> path;
    std::vector<bool>& on_path = on_path_;
    on_path.resize(links_.size());
    for (; !on_path[shard]; shard = links_[shard].to) {
      on_path[shard] = true;
      path.push_back(shard);
    }
    const auto circle = std::find(path.begin(), path.end(), shard);
    const uint32_t smallest = *std::min_element(circle, path.end());
    for (uint32_t each : path) on_path[each] = false;
    return smallest;
  }

  const std::vector<ShardLink>& links_;
  std::vector<uint32_t> children_;
  std::vector<uint32_t> first_child_;  // of each shard, in children_
  std::vector<bool> seen_;
  std::vector<bool> on_path_;
  std::vector<Visit> stack_;
  std::vector<Visit> visits_;
};

}  // namespace

std::vector<Visit> visiting_order(const std::vector<ShardLink>& links) {
  return Order(links).run();
}

}  // namespace alibi::collector
