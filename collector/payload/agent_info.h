// What an agent says of itself (GET /info): whether it passes requests on to the intake, and how. Answered by
// `alibi serve`, so that clients which look for an agent find it. Any thread. Read by transport
// (agent_features.h), which may not rest on this layer.
#ifndef ALIBI_COLLECTOR_PAYLOAD_AGENT_INFO_H_
#define ALIBI_COLLECTOR_PAYLOAD_AGENT_INFO_H_

#include <string>
#include <vector>

namespace alibi::payload {

struct AgentInfo {
  std::vector<std::string> endpoints;
  std::string default_env;  // empty: none
};

std::string encode_agent_info(const AgentInfo& info);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_AGENT_INFO_H_
