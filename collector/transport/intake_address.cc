#include "collector/transport/intake_address.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/transport/address_parts.h"
#include "collector/transport/api_key.h"

namespace alibi::transport {
namespace {

constexpr char kAgentlessEnabled[] = "DD_CIVISIBILITY_AGENTLESS_ENABLED";
constexpr char kAgentlessUrl[] = "DD_CIVISIBILITY_AGENTLESS_URL";
constexpr char kDefaultSite[] = "datadoghq.com";
constexpr char kDefaultAgentHost[] = "localhost";
constexpr char kDefaultAgentPort[] = "8126";

// An empty variable counts as one that is not set.
std::string_view value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

// The first of the two that is set.
std::pair<const char*, std::string_view> first_set(const Environment& environment, const char* first,
                                                   const char* second) {
  const std::string_view value = value_of(environment, first);
  if (!value.empty()) return {first, value};
  return {second, value_of(environment, second)};
}

Error refusal(const Environment& environment, std::string_view name, std::string_view value,
              const std::string& why) {
  // Somebody may have put the key into the wrong variable.
  std::string quoted = shown(value);
  if (const Result<ApiKey> key = ApiKey::from(value_of(environment, "DD_API_KEY")); key.ok())
    quoted = key->redacted(std::move(quoted));
  std::string text(name);
  text.append("=").append(quoted).append(" cannot be used: ").append(why);
  return Error{collector::kBadAddress, 0, std::move(text)};
}

IntakeAddress none(std::string why) {
  IntakeAddress address;
  address.why_none = std::move(why);
  return address;
}

Result<IntakeAddress> from_url(const Environment& environment, IntakeMode mode, const char* name,
                               std::string_view value) {
  auto parsed = parse_url(value, mode == IntakeMode::kAgent ? UnixUrls::kTaken : UnixUrls::kRefused);
  if (const Fault* fault = std::get_if<Fault>(&parsed)) return refusal(environment, name, value, fault->why);
  UrlParts& parts = *std::get_if<UrlParts>(&parsed);
  IntakeAddress address;
  address.mode = mode;
  address.base_url = std::move(parts.base_url);
  address.unix_socket = std::move(parts.unix_socket);
  return address;
}

Result<IntakeAddress> agentless(const Environment& environment) {
  const Result<ApiKey> key = ApiKey::from(value_of(environment, "DD_API_KEY"));
  if (!key) return key.error();
  const std::string_view url = value_of(environment, kAgentlessUrl);
  if (key->empty() && !is_loopback_url(url)) {  // `alibi serve` on this machine wants none
    return none(std::string(kAgentlessEnabled) +
                " is set but DD_API_KEY is not; set DD_API_KEY to a key of your account");
  }
  if (!url.empty()) return from_url(environment, IntakeMode::kAgentless, kAgentlessUrl, url);
  const std::string_view site = value_of(environment, "DD_SITE");
  if (!site.empty() && !is_host_name(site)) {
    return refusal(environment, "DD_SITE", site, "it is no host name such as datadoghq.com or datadoghq.eu");
  }
  IntakeAddress address;
  address.mode = IntakeMode::kAgentless;
  address.site = site.empty() ? kDefaultSite : std::string(site);
  return address;
}

Result<IntakeAddress> agent_by_host(const Environment& environment) {
  const auto [host_name, host] = first_set(environment, "DD_TRACE_AGENT_HOSTNAME", "DD_AGENT_HOST");
  const auto [port_name, port] = first_set(environment, "DD_TRACE_AGENT_PORT", "DD_AGENT_PORT");
  const bool bare_ipv6 = is_ipv6(host);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']' &&
                         is_ipv6(host.substr(1, host.size() - 2));
  if (!host.empty() && !bare_ipv6 && !bracketed && !is_host_name(host))
    return refusal(environment, host_name, host, "it is no host name or address");
  if (!port.empty() && !is_port(port))
    return refusal(environment, port_name, port, "it is no number from 1 to 65535");
  IntakeAddress address;
  address.mode = IntakeMode::kAgent;
  const std::string name = host.empty() ? kDefaultAgentHost : std::string(host);
  address.base_url = "http://" + (bare_ipv6 ? "[" + name + "]" : name) + ":" +
                     (port.empty() ? kDefaultAgentPort : std::string(port));
  return address;
}

IntakeAddress nothing_configured(const Environment& environment) {
  if (!value_of(environment, kAgentlessUrl).empty() || !value_of(environment, "DD_API_KEY").empty()) {
    return none(std::string("DD_API_KEY or ") + kAgentlessUrl + " is set but " + kAgentlessEnabled +
                " is not; set it to 1");
  }
  return none(std::string("no intake is configured (") + kAgentlessEnabled +
              "=1 with DD_API_KEY, or DD_TRACE_AGENT_URL of an agent)");
}

}  // namespace

bool is_true(std::string_view value) {
  constexpr std::string_view kTrue = "true";
  if (value == "1") return true;
  if (value.size() != kTrue.size()) return false;
  for (size_t at = 0; at < kTrue.size(); ++at)
    if ((value[at] | 0x20) != kTrue[at]) return false;
  return true;
}

Result<IntakeAddress> intake_address(const Environment& environment,
                                     const AddressCircumstances& circumstances) {
  if (is_true(value_of(environment, kAgentlessEnabled))) return agentless(environment);
  const auto [name, url] = first_set(environment, "_CI_DD_AGENT_URL", "DD_TRACE_AGENT_URL");
  if (!url.empty()) return from_url(environment, IntakeMode::kAgent, name, url);
  const bool host_or_port =
      !first_set(environment, "DD_TRACE_AGENT_HOSTNAME", "DD_AGENT_HOST").second.empty() ||
      !first_set(environment, "DD_TRACE_AGENT_PORT", "DD_AGENT_PORT").second.empty();
  if (host_or_port) return agent_by_host(environment);
  IntakeAddress address;
  address.mode = IntakeMode::kAgent;
  if (circumstances.default_socket_exists) {
    address.base_url = "http://localhost";
    address.unix_socket = kDefaultAgentSocket;
    return address;
  }
  if (!circumstances.reporting_asked_for) return nothing_configured(environment);
  address.base_url = std::string("http://") + kDefaultAgentHost + ":" + kDefaultAgentPort;
  return address;
}

Result<std::chrono::milliseconds> request_limit(const Environment& environment) {
  constexpr char kName[] = "DD_CIVISIBILITY_BACKEND_API_TIMEOUT_MILLIS";
  constexpr uint32_t kLongest = 300'000;
  const std::string_view value = value_of(environment, kName);
  if (value.empty()) return std::chrono::milliseconds(30'000);
  uint32_t milliseconds = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
  if (parsed.ec != std::errc() || parsed.ptr != value.data() + value.size() || milliseconds == 0 ||
      milliseconds > kLongest)
    return refusal(environment, kName, value, "it is no number from 1 to 300000");
  return std::chrono::milliseconds(milliseconds);
}

std::string IntakeAddress::url_of(Route route, AgentPrefix prefix) const {
  const RouteEntry& entry = entry_of(route);
  std::string url;
  if (mode == IntakeMode::kAgentless && base_url.empty()) {
    url.append("https://").append(entry.subdomain).append(".").append(site);
  } else {
    url = base_url;
  }
  if (mode == IntakeMode::kAgent && prefix == AgentPrefix::kV4) url += "/evp_proxy/v4";
  if (mode == IntakeMode::kAgent && prefix == AgentPrefix::kV2) url += "/evp_proxy/v2";
  return url.append(entry.path);
}

std::string IntakeAddress::label() const {
  switch (mode) {
    case IntakeMode::kNone:
      return "no intake";
    case IntakeMode::kAgentless:
      return "the intake at " + (base_url.empty() ? site : base_url);
    case IntakeMode::kAgent:
      break;
  }
  return "the agent at " + (unix_socket.empty() ? base_url : "unix://" + unix_socket);
}

}  // namespace alibi::transport
