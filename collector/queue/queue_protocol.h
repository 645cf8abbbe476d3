// The queue's two steps as typed calls; what the server answers is checked before anybody believes it.
// Used by queue_source; one thread.
#ifndef ALIBI_COLLECTOR_QUEUE_QUEUE_PROTOCOL_H_
#define ALIBI_COLLECTOR_QUEUE_QUEUE_PROTOCOL_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/plan/planner.h"
#include "collector/queue/server.h"
#include "collector/run/work_source.h"

namespace alibi::queue {

struct Membership {
  std::string key;      // of the queue in the server, complete
  std::string session;  // of this process
  std::string node;
  uint32_t node_index = 0;
  uint64_t lease_ms = 30000;
};

// kNotRun: another node was known to have ended it, which a server that lost its data has to hear.
using Ends = std::vector<std::pair<size_t, run::UnitEnd>>;
using Positions = std::vector<size_t>;

enum class Standing : uint8_t {
  kMember,
  kForgotten,  // the lease ran out, or the server lost its data: join again
  kSuperseded  // another process is this node now
};

struct Joined {
  Standing standing = Standing::kMember;
  Positions replay;  // what an earlier process of this node claimed, in its order
};
struct Step {
  Standing standing = Standing::kMember;
  Positions claimed;
  uint64_t free_units = 0, free_ms = 0;
  uint64_t open_own = 0;  // units of this node's share that nobody has ended
  uint64_t open = 0;      // of all
  Positions ended;        // of this node's share, since the last step
  uint64_t twice = 0;     // of the reported ends: others had ended the unit before
};

class QueueProtocol {
 public:
  QueueProtocol(std::shared_ptr<Server> server, Membership membership, const plan::Plan& plan);

  // held, ended: of this process so far. first: it has not been a member yet.
  Result<Joined> join(const Ends& ended, const Positions& held, bool first, uint64_t patience_ms);
  // budget_ms negative: claims nothing.
  Result<Step> step(const Ends& ended, const Positions& back, int64_t budget_ms, bool leaves,
                    uint64_t patience_ms);

 private:
  std::vector<std::string> command(const std::string& script, const Ends& ended,
                                   const Positions& units) const;
  Result<Positions> positions(const Answer& answer) const;

  std::shared_ptr<Server> server_;
  Membership membership_;
  size_t units_;
  std::vector<std::string> shares_;  // how the queue is filled
  std::string groups_;
  size_t known_ends_ = 0;
};

// Of what the positions mean: files, selectors, groups, and who has which share.
std::string plan_digest(const plan::Plan& plan);

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_QUEUE_PROTOCOL_H_
