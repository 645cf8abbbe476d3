// What the server does with a request: who may, which route, and what all routes share. The routes themselves
// are in intake_routes.cc (the protocol), api_routes.cc (settings, marks, durations) and the pages.
//
// One per server, called by several threads at once. Knows no socket; the clock is its caller's.
#ifndef ALIBI_COLLECTOR_SERVE_ROUTES_H_
#define ALIBI_COLLECTOR_SERVE_ROUTES_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "collector/payload/settings.h"
#include "collector/serve/api_keys.h"
#include "collector/serve/body.h"
#include "collector/serve/database.h"
#include "collector/serve/git_objects.h"
#include "collector/serve/http_message.h"
#include "collector/serve/metrics.h"
#include "collector/serve/rate_limit.h"
#include "collector/serve/skippable_tests.h"

namespace alibi::serve {

struct RoutesSetup {
  ApiKeys keys;                // empty: everybody may who reaches the address
  bool any_host_name = false;  // of the header Host; else only this machine's, against pages that pose as it
  uint64_t requests_per_second = 2000;  // of one client
  std::string source;                   // checkout whose texts pages may show; empty: none
  BodyLimits bodies;
  std::function<uint64_t()> now_ns;   // steady
  std::function<uint64_t()> wall_ns;  // since 1970, for "3 hours ago"
  std::function<uint64_t()> open_connections;
  std::function<void(const std::string&)> log;  // a line for whoever runs the server
};

struct ContextWhy {
  RunContext context;
  Why why;
};

class Routes {
 public:
  Routes(RoutesSetup setup, Database* database, GitObjects* git);

  Answer handle(const HttpRequest& request);
  // As if these bodies had been posted; for --replay.
  Answer take_test_cycle(const std::string& body);
  Answer take_coverage(const std::string& body, const std::string& content_type);

 private:
  enum class Access : uint8_t { kAnybody, kClient, kBrowser };
  struct Route {
    const char* method;
    const char* path;  // one that ends with "/" takes what follows, too
    const char* name;
    Access access;
    Answer (Routes::*answer)(const HttpRequest& request);
  };
  static const std::vector<Route>& all();

  Answer dispatch(const HttpRequest& request, std::string* name);
  std::optional<Answer> refusal(const HttpRequest& request, Access access);
  Answer body_route(const HttpRequest& request,
                    Answer (Routes::*answer)(const std::string& body, const std::string& type));
  Answer stored(Intake intake);
  Answer database_failure(const Error& error);

  Answer post_test_cycle(const HttpRequest& request);
  Answer post_coverage(const HttpRequest& request);
  Answer post_settings(const HttpRequest& request);
  Answer post_skippable(const HttpRequest& request);
  Answer post_known_tests(const HttpRequest& request);
  Answer post_suite_durations(const HttpRequest& request);
  Answer post_test_management(const HttpRequest& request);
  Answer post_search_commits(const HttpRequest& request);
  Answer post_pack(const HttpRequest& request);
  Answer post_report(const HttpRequest& request);
  Answer post_logs(const HttpRequest& request);
  Answer get_info(const HttpRequest& request);
  Answer get_health(const HttpRequest& request);
  Answer get_metrics(const HttpRequest& request);

  Answer take_settings(const std::string& body, const std::string& type);
  Answer take_skippable(const std::string& body, const std::string& type);
  Answer take_known_tests(const std::string& body, const std::string& type);
  Answer take_suite_durations(const std::string& body, const std::string& type);
  Answer take_test_management(const std::string& body, const std::string& type);
  Answer take_search_commits(const std::string& body, const std::string& type);
  Answer take_pack(const std::string& body, const std::string& type);
  Answer take_report(const std::string& body, const std::string& type);
  Answer take_logs(const std::string& body, const std::string& type);
  Answer take_cycle(const std::string& body, const std::string& type);

  Answer api_services(const HttpRequest& request);
  Answer api_settings(const HttpRequest& request);
  Answer api_put_settings(const HttpRequest& request);
  Answer api_tests(const HttpRequest& request);
  Answer api_why(const HttpRequest& request);
  Answer api_put_marks(const HttpRequest& request);
  Answer api_sessions(const HttpRequest& request);
  Answer api_session_tests(const HttpRequest& request);

  Answer page_sessions(const HttpRequest& request);
  Answer page_session(const HttpRequest& request);
  Answer page_tests(const HttpRequest& request);
  Answer page_test(const HttpRequest& request);
  Answer page_files(const HttpRequest& request);
  Answer page_file(const HttpRequest& request);
  Answer page_saved(const HttpRequest& request);
  Answer page_service(const HttpRequest& request);
  Answer post_service(const HttpRequest& request);
  Answer post_marks(const HttpRequest& request);
  Answer get_style(const HttpRequest& request);
  Answer get_icon(const HttpRequest& request);

  // Of each context that the test's latest runs were in. `commit`: empty means the newest there.
  Result<std::vector<ContextWhy>> whys_of(const TestRow& test, const std::vector<AttemptRow>& history,
                                          const std::string& commit);
  Result<payload::Settings> settings_of(const std::string& service);
  Result<void> change_settings(const std::string& service, const std::string& patch);
  // The form of a page's own button; none: it comes from another site, or is none.
  std::optional<std::vector<std::pair<std::string, std::string>>> form_of(const HttpRequest& request);

  RoutesSetup setup_;
  Database* database_;
  GitObjects* git_;
  SkippableTests skippable_;
  Metrics metrics_;
  RateLimit rate_;
  BodyMemory memory_;
  std::atomic<uint64_t> bodies_{0};
  std::atomic<uint64_t> failure_told_ns_{0};
};

// What a service has that nobody changed anything for.
payload::Settings default_settings();

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_ROUTES_H_
