// Brings bodies to the intake and keeps what it did not take: the last step of a session, and `alibi ship`.
// Used by ship; any thread. Returns what became of every body; nothing is lost without being named.
#ifndef ALIBI_COLLECTOR_TRANSPORT_SPOOL_DELIVERY_H_
#define ALIBI_COLLECTOR_TRANSPORT_SPOOL_DELIVERY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/transport/intake_client.h"
#include "collector/transport/payload.h"
#include "collector/transport/spool.h"
#include "tracer/base/result.h"

namespace alibi::transport {

struct ShipReport {
  uint64_t delivered = 0;
  uint64_t kept = 0;                    // in the spool, for later
  uint64_t set_aside = 0;               // refused for good
  uint64_t damaged = 0;                 // files of the spool that were not what was written
  GivenUp given_up;                     // too old, or beyond the spool's limits
  std::vector<std::string> complaints;  // different ones, a few
  // What was neither delivered nor could be kept: the caller's again, in memory.
  std::vector<Payload> not_kept;
  std::optional<Error> spool_error;  // the first
};

// Sends the bodies of a session; keeps those that were not taken.
ShipReport ship(std::vector<Payload> payloads, IntakeClient* client, Spool* spool);

// Sends what earlier sessions left, oldest first, until the client has stopped.
ShipReport ship_waiting(IntakeClient* client, Spool* spool);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_SPOOL_DELIVERY_H_
