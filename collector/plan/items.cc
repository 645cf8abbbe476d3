#include "collector/plan/items.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>
#include <tuple>
#include <utility>

namespace alibi::plan {

bool goes_before(const Unit& one, const Unit& other) {
  if (one.weight_ms != other.weight_ms) return one.weight_ms > other.weight_ms;
  return std::tie(one.file, one.selectors, one.group, one.source) <
         std::tie(other.file, other.selectors, other.group, other.source);
}

std::vector<size_t> planning_order(const std::vector<Unit>& units) {
  std::vector<size_t> order(units.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&units](size_t one, size_t other) { return goes_before(units[one], units[other]); });
  return order;
}

uint64_t saturated_sum(uint64_t one, uint64_t other) {
  return one > UINT64_MAX - other ? UINT64_MAX : one + other;
}

Items make_items(const std::vector<Unit>& units, const std::vector<size_t>& order, uint64_t file_ms) {
  const uint64_t most = kMostTotal / std::max<uint64_t>(units.size(), 1);
  struct Item {
    uint64_t weight = 0;
    std::vector<size_t> members;
  };
  std::vector<Item> found;
  found.reserve(units.size());
  Items items;
  items.unit_weights.resize(units.size());
  std::map<std::string_view, size_t> groups;
  for (const size_t at : order) {
    const Unit& unit = units[at];
    const uint64_t weight = std::min(most, saturated_sum(std::max<uint64_t>(unit.weight_ms, 1), file_ms));
    items.unit_weights[at] = weight;
    if (!unit.group.empty()) {
      const auto [group, is_new] = groups.emplace(unit.group, found.size());
      if (!is_new) {
        found[group->second].weight += weight;
        found[group->second].members.push_back(at);
        continue;
      }
    }
    found.push_back({weight, {at}});
  }
  // Stable: equal weights stay in the order of their first members.
  if (!groups.empty()) {
    std::stable_sort(found.begin(), found.end(),
                     [](const Item& one, const Item& other) { return one.weight > other.weight; });
  }
  for (Item& item : found) {
    items.weights.push_back(item.weight);
    items.members.push_back(std::move(item.members));
  }
  return items;
}

}  // namespace alibi::plan
