#include "collector/serve/routes.h"

#include <array>
#include <utility>

#include "collector/serve/page_parts.h"

namespace alibi::serve {
namespace {

constexpr std::array<std::string_view, 2> kProxies = {"/evp_proxy/v2", "/evp_proxy/v4"};

// Clients that look for an agent put its name in front of every path.
std::string own_path(const std::string& path) {
  for (const std::string_view proxy : kProxies) {
    if (path.size() > proxy.size() && path.starts_with(proxy) && path[proxy.size()] == '/')
      return path.substr(proxy.size());
  }
  return path;
}

bool names_this_machine(std::string host) {
  const size_t bracket = host.find(']');
  const size_t colon = host.find(':', bracket == std::string::npos ? 0 : bracket);
  host = host.substr(0, colon);
  return host.empty() || host == "localhost" || host == "[::1]" || host.starts_with("127.") ||
         host.ends_with(".localhost");
}

Answer browser_refusal() {
  Answer answer;
  answer.status = 401;
  answer.type = "text/plain; charset=utf-8";
  answer.body = "An API key is needed: any user name, the key as the password.\n";
  answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"alibi\", charset=\"UTF-8\"");
  return answer;
}

}  // namespace

Routes::Routes(RoutesSetup setup, Database* database, GitObjects* git)
    : setup_(std::move(setup)),
      database_(database),
      git_(git),
      skippable_(database, git),
      rate_(setup_.requests_per_second),
      memory_(setup_.bodies.all) {
  skippable_.warm_up();
}

const std::vector<Routes::Route>& Routes::all() {
  using R = Routes;
  static const std::vector<Route> kRoutes = {
      {"POST", "/api/v2/citestcycle", "citestcycle", Access::kClient, &R::post_test_cycle},
      {"POST", "/api/v2/citestcov", "citestcov", Access::kClient, &R::post_coverage},
      {"POST", "/api/v2/libraries/tests/services/setting", "setting", Access::kClient, &R::post_settings},
      {"POST", "/api/v2/ci/tests/skippable", "skippable", Access::kClient, &R::post_skippable},
      {"POST", "/api/v2/ci/libraries/tests", "known_tests", Access::kClient, &R::post_known_tests},
      {"POST", "/api/v2/ci/ddtest/test_suite_durations", "suite_durations", Access::kClient,
       &R::post_suite_durations},
      {"POST", "/api/v2/test/libraries/test-management/tests", "test_management", Access::kClient,
       &R::post_test_management},
      {"POST", "/api/v2/git/repository/search_commits", "search_commits", Access::kClient,
       &R::post_search_commits},
      {"POST", "/api/v2/git/repository/packfile", "packfile", Access::kClient, &R::post_pack},
      {"POST", "/api/v2/cicovreprt", "cicovreprt", Access::kClient, &R::post_report},
      {"POST", "/api/v2/logs", "logs", Access::kClient, &R::post_logs},
      {"GET", "/info", "info", Access::kAnybody, &R::get_info},
      {"GET", "/healthz", "healthz", Access::kAnybody, &R::get_health},
      {"GET", "/metrics", "metrics", Access::kClient, &R::get_metrics},
      {"GET", "/api/alibi/v1/services", "api", Access::kClient, &R::api_services},
      {"GET", "/api/alibi/v1/settings", "api", Access::kClient, &R::api_settings},
      {"PUT", "/api/alibi/v1/settings", "api", Access::kClient, &R::api_put_settings},
      {"GET", "/api/alibi/v1/tests", "api", Access::kClient, &R::api_tests},
      {"GET", "/api/alibi/v1/tests/", "api", Access::kClient, &R::api_why},
      {"PUT", "/api/alibi/v1/marks", "api", Access::kClient, &R::api_put_marks},
      {"GET", "/api/alibi/v1/sessions", "api", Access::kClient, &R::api_sessions},
      {"GET", "/api/alibi/v1/sessions/", "api", Access::kClient, &R::api_session_tests},
      {"GET", "/", "page", Access::kBrowser, &R::page_sessions},
      {"GET", "/sessions/", "page", Access::kBrowser, &R::page_session},
      {"GET", "/tests", "page", Access::kBrowser, &R::page_tests},
      {"GET", "/tests/", "page", Access::kBrowser, &R::page_test},
      {"POST", "/tests/", "form", Access::kBrowser, &R::post_marks},
      {"GET", "/files", "page", Access::kBrowser, &R::page_files},
      {"GET", "/files/", "page", Access::kBrowser, &R::page_file},
      {"GET", "/saved", "page", Access::kBrowser, &R::page_saved},
      {"GET", "/settings", "page", Access::kBrowser, &R::page_service},
      {"POST", "/settings", "form", Access::kBrowser, &R::post_service},
      {"GET", "/style.css", "page", Access::kAnybody, &R::get_style},
      {"GET", "/icon.svg", "page", Access::kAnybody, &R::get_icon},
      {"GET", "/favicon.ico", "page", Access::kAnybody, &R::get_icon},
  };
  return kRoutes;
}

Answer Routes::handle(const HttpRequest& request) {
  const uint64_t start_ns = setup_.now_ns();
  std::string name = "other";
  Answer answer = dispatch(request, &name);
  metrics_.add_request(name, answer.status, setup_.now_ns() - start_ns);
  return answer;
}

Answer Routes::dispatch(const HttpRequest& request, std::string* name) {
  const std::string path = own_path(request.path);
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  bool other_method = false;
  for (const Route& route : all()) {
    const std::string_view pattern = route.path;
    const bool prefix = pattern.size() > 1 && pattern.ends_with('/');
    const bool matches = prefix ? path.size() > pattern.size() && path.starts_with(pattern) : path == pattern;
    if (!matches) continue;
    if (method != route.method) {
      other_method = true;
      continue;
    }
    *name = route.name;
    if (std::optional<Answer> refused = refusal(request, route.access)) return *std::move(refused);
    if (path == request.path) return (this->*route.answer)(request);
    HttpRequest moved = request;
    moved.path = path;
    return (this->*route.answer)(moved);
  }
  if (other_method) return failure(405, "not with this method");
  const bool is_browser = request.header("Accept").find("text/html") != std::string::npos;
  return is_browser ? missing_page("page at this address") : failure(404, "there is nothing at this path");
}

std::optional<Answer> Routes::refusal(const HttpRequest& request, Access access) {
  if (!setup_.any_host_name && !names_this_machine(request.header("Host")))
    return failure(421, "this server answers as localhost only");
  if (access == Access::kAnybody) return std::nullopt;
  std::string key = request.header("dd-api-key");
  if (key.empty()) key = basic_password(request.header("Authorization"));
  const bool known = setup_.keys.empty() || setup_.keys.allow(key);
  const uint64_t wait_s = rate_.take(known && !setup_.keys.empty() ? key : request.peer, setup_.now_ns());
  if (wait_s > 0) {
    Answer answer = failure(429, "too many requests");
    answer.headers.emplace_back("X-RateLimit-Reset", std::to_string(wait_s));
    answer.headers.emplace_back("Retry-After", std::to_string(wait_s));
    return answer;
  }
  if (known) return std::nullopt;
  return access == Access::kBrowser ? browser_refusal()
                                    : failure(403, "the API key is missing or not known here");
}

Answer Routes::database_failure(const Error& error) {
  // One line a second: while a database is away every request fails, and who reads the lines may be slow.
  constexpr uint64_t kBetween = 1'000'000'000;
  const uint64_t now = setup_.now_ns();
  uint64_t told = failure_told_ns_.load();
  if ((told == 0 || now - told >= kBetween) && failure_told_ns_.compare_exchange_strong(told, now))
    setup_.log(error.message);
  return failure(503, "the server could not store or read it; send it again");
}

}  // namespace alibi::serve
