// The units of one node as planned for its workers; a worker that has nothing left takes from the others.
// Used by the runner on its one thread. Pure: no clock, no randomness; equal calls give equal claims.
//
// A worker runs its own list from the heaviest down. With nothing left it takes what others gave back, then
// steals the heaviest not started unit of the worker with most left. Units of one group are one thing:
// claimed, stolen and given back together. What was given back may be taken by anybody even where stealing is
// off: only a worker's end gives back, and leaves its list to all.
#ifndef ALIBI_COLLECTOR_RUN_NODE_SHARE_H_
#define ALIBI_COLLECTOR_RUN_NODE_SHARE_H_

#include <deque>
#include <string>
#include <vector>

#include "collector/run/work_source.h"

namespace alibi::run {

struct Stealing {
  bool on = true;
};

class NodeShare : public WorkSource {
 public:
  // share: positions in units, for each worker; each unit is in one of them.
  NodeShare(std::vector<plan::Unit> units, const std::vector<std::vector<size_t>>& share, Stealing stealing);

  const std::vector<plan::Unit>& units() const override { return units_; }
  Claim claim(uint32_t worker, uint64_t budget_ms) override;
  void end(size_t unit, UnitEnd how, uint64_t wall_ms) override;
  void give_back(const std::vector<size_t>& units) override;
  void retire(uint32_t worker) override;
  uint64_t left_ms() const override { return left_ms_; }
  size_t left_units() const override { return left_units_; }
  void tick(int64_t) override {}
  std::vector<std::string> notices() override { return {}; }

 private:
  struct Item {  // a unit, or all units of a group
    std::vector<size_t> units;
    uint64_t weight_ms = 0;
  };
  struct Pile {  // heaviest first
    std::deque<Item> items;
    uint64_t weight_ms = 0;
  };
  std::vector<Item> items_of(const std::vector<size_t>& units) const;
  static void put(Pile* pile, std::vector<Item> items);
  Pile* pile_for(uint32_t worker);

  std::vector<plan::Unit> units_;
  std::vector<Pile> piles_;  // by worker
  Pile returned_;
  Stealing stealing_;
  uint64_t left_ms_ = 0;
  size_t left_units_ = 0;
  std::vector<bool> claimed_;
  size_t running_ = 0;  // claimed and not ended
};

// Guided self-scheduling: how much a worker without persistent processes claims for its next process. The
// rest shrinks towards the end, but a start (boot_ms; 0: not known) is at most a twentieth of its batch as
// long as everybody can have one. workers: all that claim from the same source.
uint64_t batch_budget_ms(uint64_t left_ms, uint64_t workers, uint64_t boot_ms);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_NODE_SHARE_H_
