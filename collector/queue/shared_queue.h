// One queue of units for all nodes of a CI run, on Redis or Valkey. Used by `alibi run --queue`.
//
// Leases and heartbeats: what a lost node had claimed is claimed by others. A record per node of what it ran:
// a node that is retried runs exactly that again. When the server goes away the node goes on with those units
// of its static share that it does not know to be ended and, of the others' shares, nothing: nothing is lost,
// nothing is run twice by nodes that see the same server (QUEUE.md says what holds when they do not).
#ifndef ALIBI_COLLECTOR_QUEUE_SHARED_QUEUE_H_
#define ALIBI_COLLECTOR_QUEUE_SHARED_QUEUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collector/plan/planner.h"
#include "collector/run/work_source.h"
#include "collector/transport/curl_client.h"
#include "tracer/base/result.h"

namespace alibi::queue {

struct QueueRequest {
  std::string url;          // redis://[user:password@]host[:port][/db], rediss://, unix://
  std::string key;          // of this CI run; the plan's digest is part of it
  std::string node;         // who claims: stable over retries of the same node
  uint32_t node_index = 0;  // beyond the plan's nodes: one without a share, which helps the others
  uint64_t lease_ms = 30000;
  uint64_t patience_ms = 2000;          // for one answer
  transport::CurlOptions certificates;  // whom to trust with rediss://
};

// Never fails because of the server: then it is the node's static share, with a notice. An error (kQueue)
// when the URL means nothing, the key is empty, or the plan's shares are not its units.
Result<std::unique_ptr<run::WorkSource>> open_queue(const QueueRequest& request, const plan::Plan& plan);

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_SHARED_QUEUE_H_
