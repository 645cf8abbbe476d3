// What an agent says of itself (GET /info): whether it passes requests on to the intake, and how. Parsed by
// the client; answered by `alibi serve`, so that clients which look for an agent find it. Any thread; any
// JSON is survived.
#ifndef ALIBI_COLLECTOR_PAYLOAD_AGENT_INFO_H_
#define ALIBI_COLLECTOR_PAYLOAD_AGENT_INFO_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::payload {

struct AgentInfo {
  std::vector<std::string> endpoints;
  std::string default_env;  // empty: none
};

struct EvpProxy {
  std::string prefix;  // "/evp_proxy/v4"; empty: the agent has none
  bool gzip = false;
};

std::string encode_agent_info(const AgentInfo& info);
Result<AgentInfo> parse_agent_info(std::string_view json);

// v4 before v2, which takes no compressed bodies.
EvpProxy evp_proxy_of(const AgentInfo& info);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_AGENT_INFO_H_
