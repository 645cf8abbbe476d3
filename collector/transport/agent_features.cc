#include "collector/transport/agent_features.h"

#include <nlohmann/json.hpp>

#include "collector/model/error_codes.h"

namespace alibi::transport {
namespace {

using nlohmann::json;

constexpr size_t kLongestEnvironmentName = 200;  // the service's own limit for values of tags

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

Result<AgentFeatures> agent_features(std::string_view info) {
  const json document = json::parse(info.begin(), info.end(), nullptr, /*allow_exceptions=*/false);
  if (!document.is_object()) {
    return Error{collector::kRefused, 0,
                 "the answer to GET /info is no JSON object: what listens there is not an agent"};
  }
  AgentFeatures features;
  if (const json* endpoints = member(document, "endpoints"); endpoints != nullptr && endpoints->is_array()) {
    for (const json& endpoint : *endpoints) {
      if (endpoint == "/evp_proxy/v4/") features.prefix = AgentPrefix::kV4;
      if (endpoint == "/evp_proxy/v2/" && features.prefix == AgentPrefix::kNone)
        features.prefix = AgentPrefix::kV2;
    }
  }
  features.takes_gzip = features.prefix == AgentPrefix::kV4;
  if (const json* config = member(document, "config"); config != nullptr) {
    const json* name = member(*config, "default_env");
    if (name != nullptr && name->is_string() &&
        name->get_ref<const std::string&>().size() <= kLongestEnvironmentName)
      features.default_env = name->get<std::string>();
  }
  return features;
}

}  // namespace alibi::transport
