#include "collector/select/closure.h"

namespace alibi::select {

Closure::FactId Closure::id_of(const Fact& fact) {
  const auto [place, added] = ids_.try_emplace(fact, static_cast<FactId>(facts_.size()));
  if (added) {
    facts_.push_back(fact);
    tests_.emplace_back();
    edges_.emplace_back();
    causes_.emplace_back();
    expanded_.push_back(false);
    queued_.push_back(false);
  }
  return place->second;
}

void Closure::add(FactId cause, const Fact& effect) {
  const FactId made = id_of(effect);  // may move the edges
  edges_[cause].push_back({made, kNone});
}

void Closure::add(FactId cause, const Fact& other_cause, const Fact& effect) {
  const FactId other = id_of(other_cause);
  const FactId made = id_of(effect);
  edges_[cause].push_back({made, other});
  edges_[other].push_back({made, cause});
}

void Closure::expand_again(const Fact& fact) {
  const FactId id = id_of(fact);
  expanded_[id] = false;
  enqueue(id);
}

void Closure::begin_batch() {
  std::fill(tests_.begin(), tests_.end(), TestSet());
  std::fill(causes_.begin(), causes_.end(), Cause());
}

void Closure::seed(const Fact& fact, const TestSet& tests) {
  const FactId id = id_of(fact);
  if (tests_[id].merge(tests)) enqueue(id);
}

void Closure::enqueue(FactId id) {
  if (queued_[id]) return;
  queued_[id] = true;
  queue_.push_back(id);
}

// In rounds, so that a fact has gathered most of its tests before they are passed on.
void Closure::run() {
  std::vector<FactId> round;
  while (!queue_.empty()) {
    round.swap(queue_);
    queue_.clear();
    for (const FactId id : round) {
      queued_[id] = false;
      if (!expanded_[id]) {
        expanded_[id] = true;
        rules_->expand(Fact(facts_[id]), id, this);
      }
      follow(id);
    }
  }
}

void Closure::follow(FactId id) {
  for (const Edge& edge : edges_[id]) {
    const bool alone = edge.other_cause == kNone;
    const TestSet reached = alone ? tests_[id] : tests_[id] & tests_[edge.other_cause];
    const bool first = causes_[edge.effect].cause == kNone && tests_[edge.effect].empty();
    if (!tests_[edge.effect].merge(reached)) continue;
    if (first) causes_[edge.effect] = {id, edge.other_cause};
    enqueue(edge.effect);
  }
}

const TestSet& Closure::tests(const Fact& fact) const {
  static const TestSet kNobody;
  const auto known = ids_.find(fact);
  return known == ids_.end() ? kNobody : tests_[known->second];
}

bool Closure::cause(const Fact& fact, Fact* cause, Fact* other_cause) const {
  const auto known = ids_.find(fact);
  if (known == ids_.end() || causes_[known->second].cause == kNone) return false;
  const Cause& found = causes_[known->second];
  *cause = facts_[found.cause];
  *other_cause = found.other == kNone ? Fact() : facts_[found.other];
  return true;
}

}  // namespace alibi::select
