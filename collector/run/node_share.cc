#include "collector/run/node_share.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace alibi::run {

NodeShare::NodeShare(std::vector<plan::Unit> units, const std::vector<std::vector<size_t>>& share,
                     Stealing stealing)
    : units_(std::move(units)), piles_(share.size()), stealing_(stealing), claimed_(units_.size()) {
  // A group belongs to the worker that has the first of it, however the lists were made.
  std::map<std::string, size_t> owner;
  std::vector<bool> placed(units_.size());
  std::vector<std::vector<size_t>> lists(share.size());
  for (size_t worker = 0; worker < share.size(); ++worker) {
    for (const size_t unit : share[worker]) {
      if (unit >= units_.size() || placed[unit]) continue;
      placed[unit] = true;
      const std::string& group = units_[unit].group;
      lists[group.empty() ? worker : owner.try_emplace(group, worker).first->second].push_back(unit);
    }
  }
  for (size_t worker = 0; worker < share.size(); ++worker) put(&piles_[worker], items_of(lists[worker]));
  // Nothing may be forgotten, whatever the share says.
  std::vector<size_t> unplaced;
  for (size_t unit = 0; unit < units_.size(); ++unit) {
    if (!placed[unit]) unplaced.push_back(unit);
    left_ms_ += units_[unit].weight_ms;
  }
  left_units_ = units_.size();
  put(&returned_, items_of(unplaced));
}

std::vector<NodeShare::Item> NodeShare::items_of(const std::vector<size_t>& units) const {
  std::vector<Item> items;
  std::map<std::string, size_t> of_group;
  for (const size_t unit : units) {
    const std::string& group = units_[unit].group;
    size_t at = items.size();
    if (!group.empty()) at = of_group.try_emplace(group, at).first->second;
    if (at == items.size()) items.emplace_back();
    items[at].units.push_back(unit);
    items[at].weight_ms += units_[unit].weight_ms;
  }
  return items;
}

void NodeShare::put(Pile* pile, std::vector<Item> items) {
  for (Item& item : items) {
    pile->weight_ms += item.weight_ms;
    pile->items.push_back(std::move(item));
  }
  std::ranges::stable_sort(pile->items, std::ranges::greater{}, &Item::weight_ms);
}

NodeShare::Pile* NodeShare::pile_for(uint32_t worker) {
  if (worker < piles_.size() && !piles_[worker].items.empty()) return &piles_[worker];
  if (!returned_.items.empty()) return &returned_;
  if (!stealing_.on) return nullptr;
  const auto fullest = std::ranges::max_element(piles_, {}, &Pile::weight_ms);
  return fullest == piles_.end() || fullest->items.empty() ? nullptr : &*fullest;
}

Claim NodeShare::claim(uint32_t worker, uint64_t budget_ms) {
  Claim claim;
  uint64_t claimed_ms = 0;
  while (Pile* pile = pile_for(worker)) {
    const Item& item = pile->items.front();
    if (!claim.units.empty() && claimed_ms + item.weight_ms > budget_ms) break;
    for (const size_t unit : item.units) {
      claim.units.push_back(unit);
      claimed_[unit] = true;
    }
    claimed_ms += item.weight_ms;
    pile->weight_ms -= item.weight_ms;
    pile->items.pop_front();
  }
  left_ms_ -= claimed_ms;
  left_units_ -= claim.units.size();
  running_ += claim.units.size();
  if (claim.units.empty()) {
    claim.none_left = running_ == 0;
    if (!claim.none_left) claim.wait_ms = 1000;  // a backstop: what is given back wakes the runner at once
  }
  return claim;
}

void NodeShare::end(size_t unit, UnitEnd, uint64_t) {
  if (unit >= claimed_.size() || !claimed_[unit]) return;
  claimed_[unit] = false;
  --running_;
}

void NodeShare::give_back(const std::vector<size_t>& units) {
  std::vector<size_t> taken;
  for (const size_t unit : units) {
    if (unit >= claimed_.size() || !claimed_[unit]) continue;
    claimed_[unit] = false;
    --running_;
    ++left_units_;
    left_ms_ += units_[unit].weight_ms;
    taken.push_back(unit);
  }
  put(&returned_, items_of(taken));
}

void NodeShare::retire(uint32_t worker) {
  if (worker >= piles_.size()) return;
  Pile pile = std::exchange(piles_[worker], {});
  put(&returned_, {std::move_iterator(pile.items.begin()), std::move_iterator(pile.items.end())});
}

uint64_t batch_budget_ms(uint64_t left_ms, uint64_t workers, uint64_t boot_ms) {
  constexpr uint64_t kUnknownBoot = 1000, kBatchOfABoot = 19;  // a twentieth of start and batch together
  workers = std::max<uint64_t>(workers, 1);
  if (workers == 1) return left_ms;
  const uint64_t worthwhile = (boot_ms == 0 ? kUnknownBoot : boot_ms) * kBatchOfABoot;
  return std::max(left_ms / (2 * workers), std::min(worthwhile, left_ms / workers));
}

}  // namespace alibi::run
