// Where a node's workers get their units from: the node's share (stealing inside the node) or a queue that
// all nodes share (collector/queue). Used by the runner on its one thread; nothing here blocks longer than
// one round trip to a server.
#ifndef ALIBI_COLLECTOR_RUN_WORK_SOURCE_H_
#define ALIBI_COLLECTOR_RUN_WORK_SOURCE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/plan/unit.h"

namespace alibi::run {

enum class UnitEnd : uint8_t {
  kPassed,
  kFailed,
  kCrashed,  // the worker died in it
  kTimedOut,
  kNotRun  // given back: the run is ending
};

struct Claim {
  std::vector<size_t> units;  // positions in units(); run in this order
  bool none_left = false;     // nothing to claim now or ever: the worker may end
  uint64_t wait_ms = 0;       // nothing now: others may still give something back
};

class WorkSource {
 public:
  virtual ~WorkSource() = default;
  virtual const std::vector<plan::Unit>& units() const = 0;
  // The next units for a worker that is free, of about budget_ms expected time, at least one.
  virtual Claim claim(uint32_t worker, uint64_t budget_ms) = 0;
  virtual void end(size_t unit, UnitEnd how, uint64_t wall_ms) = 0;
  // Units that were claimed and not begun: somebody else runs them.
  virtual void give_back(const std::vector<size_t>& units) = 0;
  // The worker claims no more: what is meant for it alone is for all.
  virtual void retire(uint32_t) {}
  virtual uint64_t left_ms() const = 0;  // expected time of what nobody has claimed
  virtual size_t left_units() const = 0;
  virtual void tick(int64_t now_ms) = 0;           // at least every second: leases are renewed
  virtual std::vector<std::string> notices() = 0;  // for people, since the last call
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_WORK_SOURCE_H_
