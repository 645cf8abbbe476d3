#include "collector/payload/agent_info.h"

#include "collector/payload/json_text.h"

namespace alibi::payload {

std::string encode_agent_info(const AgentInfo& info) {
  Json json = Json::object();
  json["endpoints"] = info.endpoints;
  if (!info.default_env.empty()) json["config"] = {{"default_env", info.default_env}};
  return json_text(json);
}

}  // namespace alibi::payload
