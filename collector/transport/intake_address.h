// Where the intake is, from the variables that the vendor's clients read: straight to its hosts (agentless),
// through a local agent, or nowhere. Used by ship, before a session; pure, any thread. Looks at no disk and
// no network, and never quotes a key or the user part of an address.
//
// An agent nobody spoke of is not tried: with nothing configured a run has no traffic at all, unless a switch
// asks for reporting.
#ifndef ALIBI_COLLECTOR_TRANSPORT_INTAKE_ADDRESS_H_
#define ALIBI_COLLECTOR_TRANSPORT_INTAKE_ADDRESS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "collector/transport/routes.h"
#include "tracer/base/result.h"

namespace alibi::transport {

using Environment = std::map<std::string, std::string, std::less<>>;

inline constexpr char kDefaultAgentSocket[] = "/var/run/datadog/apm.socket";

enum class IntakeMode : uint8_t { kNone, kAgentless, kAgent };
enum class AgentPrefix : uint8_t { kNone, kV2, kV4 };

// What the variables do not say.
struct AddressCircumstances {
  bool default_socket_exists = false;  // kDefaultAgentSocket
  bool reporting_asked_for = false;    // a switch of the user: then the usual agent is worth a try
};

struct IntakeAddress {
  IntakeMode mode = IntakeMode::kNone;
  std::string why_none;     // one line for the user
  std::string site;         // agentless, one host per subdomain: "datadoghq.com"
  std::string base_url;     // else: one for all routes, no slash at its end
  std::string unix_socket;  // of an agent: its path, absolute
  std::string container;    // told to an agent: the id of the container that this process runs in; or empty

  std::string url_of(Route route, AgentPrefix prefix) const;
  std::string info_url() const { return base_url + "/info"; }
  std::string label() const;  // "the agent at http://localhost:8126"
};

// kBadAddress names the variable and what is wrong with it.
Result<IntakeAddress> intake_address(const Environment& environment,
                                     const AddressCircumstances& circumstances);

// How long one request may take: DD_CIVISIBILITY_BACKEND_API_TIMEOUT_MILLIS, 1 to 300000; 30 s when it is not
// set.
Result<std::chrono::milliseconds> request_limit(const Environment& environment);

// "1" and "true" in any case, as the vendor's clients read switches.
bool is_true(std::string_view value);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_INTAKE_ADDRESS_H_
