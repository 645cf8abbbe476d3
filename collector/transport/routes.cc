#include "collector/transport/routes.h"

#include <array>

namespace alibi::transport {
namespace {

// In the order of the enumeration.
constexpr std::array<RouteEntry, 11> kRoutes{{
    {Route::kTestCycle, "citestcycle", "citestcycle-intake", "/api/v2/citestcycle",
     BodyForm::kGzipWhereAllowed},
    {Route::kCoverage, "citestcov", "citestcov-intake", "/api/v2/citestcov", BodyForm::kGzipWhereAllowed},
    {Route::kSettings, "settings", "api", "/api/v2/libraries/tests/services/setting", BodyForm::kPlain},
    {Route::kSkippable, "skippable", "api", "/api/v2/ci/tests/skippable", BodyForm::kPlain},
    {Route::kKnownTests, "known_tests", "api", "/api/v2/ci/libraries/tests", BodyForm::kPlain},
    {Route::kTestManagement, "test_management", "api", "/api/v2/test/libraries/test-management/tests",
     BodyForm::kPlain},
    {Route::kSearchCommits, "search_commits", "api", "/api/v2/git/repository/search_commits",
     BodyForm::kPlain},
    {Route::kPackfile, "packfile", "api", "/api/v2/git/repository/packfile", BodyForm::kPlain},
    {Route::kCoverageReport, "cicovreprt", "ci-intake", "/api/v2/cicovreprt", BodyForm::kPlain},
    {Route::kLogs, "logs", "http-intake.logs", "/api/v2/logs", BodyForm::kGzipWhereAllowed},
    {Route::kSuiteDurations, "suite_durations", "api", "/api/v2/ci/ddtest/test_suite_durations",
     BodyForm::kPlain},
}};

constexpr bool in_order() {
  for (size_t at = 0; at < kRoutes.size(); ++at)
    if (static_cast<size_t>(kRoutes[at].route) != at) return false;
  return true;
}
static_assert(in_order());

}  // namespace

const RouteEntry& entry_of(Route route) {
  return kRoutes[static_cast<size_t>(route)];
}

std::optional<Route> route_named(std::string_view name) {
  for (const RouteEntry& entry : kRoutes)
    if (entry.name == name) return entry.route;
  return std::nullopt;
}

std::span<const RouteEntry> all_routes() {
  return kRoutes;
}

}  // namespace alibi::transport
