// What a local agent's answer to GET /info says about its proxy for test events. Used by intake_client once
// per process; pure. (The server's side of it: payload/agent_info.h.) Foreign bytes: fields of other types
// count as absent.
#ifndef ALIBI_COLLECTOR_TRANSPORT_AGENT_FEATURES_H_
#define ALIBI_COLLECTOR_TRANSPORT_AGENT_FEATURES_H_

#include <string>
#include <string_view>

#include "collector/transport/intake_address.h"

namespace alibi::transport {

struct AgentFeatures {
  AgentPrefix prefix = AgentPrefix::kNone;  // kNone: the agent has no such proxy
  bool takes_gzip = false;
  std::string default_env;  // of the agent's configuration; empty: it has none
};

// kRefused when it is no JSON object: whoever answers there is not an agent.
Result<AgentFeatures> agent_features(std::string_view info);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_AGENT_FEATURES_H_
