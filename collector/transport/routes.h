// The requests that an intake understands: their paths, hosts and forms. Used by everything that speaks to an
// intake; a table, no behaviour. What lies in the bodies is the payload layer's.
#ifndef ALIBI_COLLECTOR_TRANSPORT_ROUTES_H_
#define ALIBI_COLLECTOR_TRANSPORT_ROUTES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace alibi::transport {

enum class Route : uint8_t {
  kTestCycle,
  kCoverage,
  kSettings,
  kSkippable,
  kKnownTests,
  kTestManagement,
  kSearchCommits,
  kPackfile,
  kCoverageReport,
  kLogs,
  kSuiteDurations,
};

// Bodies of these go out compressed where the intake takes gzip.
enum class BodyForm : uint8_t { kPlain, kGzipWhereAllowed };

struct RouteEntry {
  Route route;
  std::string_view name;       // in the spool and in messages: stable
  std::string_view subdomain;  // of the intake's host; towards an agent, the value of a header
  std::string_view path;
  BodyForm form;
};

const RouteEntry& entry_of(Route route);
std::optional<Route> route_named(std::string_view name);
std::span<const RouteEntry> all_routes();

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_ROUTES_H_
