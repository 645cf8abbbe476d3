#include "collector/payload/agent_info.h"

#include <algorithm>

#include "collector/payload/json_text.h"

namespace alibi::payload {

std::string encode_agent_info(const AgentInfo& info) {
  Json json = Json::object();
  json["endpoints"] = info.endpoints;
  if (!info.default_env.empty()) json["config"] = {{"default_env", info.default_env}};
  return json_text(json);
}

Result<AgentInfo> parse_agent_info(std::string_view json) {
  const Result<Json> answer = parse_object(json, "what the agent says of itself");
  if (!answer) return answer.error();
  AgentInfo info;
  const Json& endpoints = member(*answer, "endpoints");
  if (endpoints.is_array()) {
    for (const Json& endpoint : endpoints) {
      if (endpoint.is_string()) info.endpoints.push_back(endpoint.get<std::string>());
    }
  }
  info.default_env = text_or_empty(member(*answer, "config"), "default_env");
  return info;
}

EvpProxy evp_proxy_of(const AgentInfo& info) {
  const auto lists = [&](const char* endpoint) {
    return std::ranges::find(info.endpoints, endpoint) != info.endpoints.end();
  };
  if (lists("/evp_proxy/v4/")) return {"/evp_proxy/v4", true};
  if (lists("/evp_proxy/v2/")) return {"/evp_proxy/v2", false};
  return {};
}

}  // namespace alibi::payload
