// The small JSON API beside the protocol: settings of services, marks of tests, durations, what is on the
// pages.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/serve/routes.h"
#include "collector/serve/url_numbers.h"

namespace alibi::serve {
namespace {

using Json = nlohmann::json;

Answer json(const Json& document) {
  return {200, "application/json", document.dump(-1, ' ', false, Json::error_handler_t::replace), {}};
}

Json test_json(const TestRow& test) {
  return {{"id", std::to_string(test.id)},
          {"service", test.service},
          {"module", test.module},
          {"suite", test.suite},
          {"name", test.name},
          {"parameters", test.parameters},
          {"source_file", test.source_file},
          {"usual_ns", test.usual_ns},
          {"runs", test.runs},
          {"failures", test.failures},
          {"flips", test.flips},
          {"last_status", status_text(test.last_status)},
          {"quarantined", (test.marks & kMarkQuarantined) != 0},
          {"disabled", (test.marks & kMarkDisabled) != 0},
          {"attempt_to_fix", (test.marks & kMarkAttemptToFix) != 0}};
}

Json session_json(const SessionRow& session) {
  return {{"id", std::to_string(session.id)},
          {"service", session.service},
          {"env", session.env},
          {"repository", session.repository},
          {"branch", session.branch},
          {"commit", session.sha},
          {"command", session.command},
          {"name", session.name},
          {"status", status_text(session.status)},
          {"start_ns", session.start_ns},
          {"duration_ns", session.duration_ns},
          {"tests", session.tests},
          {"failed", session.failed},
          {"skipped", session.skipped},
          {"left_out", session.left_out},
          {"saved_ns", session.saved_ns}};
}

Json attempt_json(const AttemptRow& attempt) {
  Json item = test_json(attempt.test);
  item["span"] = std::to_string(attempt.span);
  item["status"] = status_text(attempt.status);
  item["start_ns"] = attempt.start_ns;
  item["duration_ns"] = attempt.duration_ns;
  item["skipped_by_itr"] = (attempt.flags & kSkippedByItr) != 0;
  item["retry"] = (attempt.flags & kRetry) != 0;
  item["error_type"] = attempt.error_type;
  item["error_message"] = attempt.error_message;
  item["error_stack"] = attempt.error_stack;
  return item;
}

// Members that are there change a bit; anything else than true or false is a mistake.
bool apply_mark(const Json& document, const char* name, uint32_t bit, uint32_t* marks) {
  if (!document.contains(name)) return true;
  if (!document[name].is_boolean()) return false;
  *marks = document[name].get<bool>() ? *marks | bit : *marks & ~bit;
  return true;
}

}  // namespace

Page page_of(const HttpRequest& request, uint64_t limit) {
  Page page;
  page.limit = std::clamp<uint64_t>(number_in(request.query_value("limit")).value_or(limit), 1, 1000);
  page.offset = std::min<uint64_t>(number_in(request.query_value("offset")).value_or(0), 10'000'000);
  return page;
}

std::optional<uint64_t> number_in(const std::string& text) {
  uint64_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Status> status_in(const HttpRequest& request) {
  const Status status = status_named(request.query_value("status"));
  return status == Status::kUnknown ? std::nullopt : std::optional(status);
}

Answer Routes::api_services(const HttpRequest&) {
  const Result<std::vector<ServiceRow>> services = database_->services();
  if (!services) return database_failure(services.error());
  Json list = Json::array();
  for (const ServiceRow& service : *services)
    list.push_back({{"service", service.service},
                    {"sessions", service.sessions},
                    {"left_out", service.left_out},
                    {"saved_ns", service.saved_ns}});
  return json({{"services", std::move(list)}});
}

Answer Routes::api_settings(const HttpRequest& request) {
  const Result<payload::Settings> settings = settings_of(request.query_value("service"));
  if (!settings) return database_failure(settings.error());
  return {200, "application/json", payload::encode_settings(*settings), {}};
}

Result<void> Routes::change_settings(const std::string& service, const std::string& patch) {
  const Result<payload::Settings> now = settings_of(service);
  if (!now) return now.error();
  Json document = Json::parse(payload::encode_settings(*now), nullptr, false);
  document["data"]["attributes"].merge_patch(Json::parse(patch, nullptr, false));
  // There and back, so that nothing is stored that no client understands.
  const Result<payload::Settings> changed =
      payload::parse_settings(document.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!changed) return changed.error();
  return database_->set_settings(service, payload::encode_settings(*changed));
}

Answer Routes::api_put_settings(const HttpRequest& request) {
  const Body body(request, setup_.bodies, &memory_);
  if (body.refusal()) return *body.refusal();
  const std::string service = request.query_value("service");
  const Json patch = Json::parse(body.bytes(), nullptr, false);
  if (service.empty() || !patch.is_object())
    return failure(400,
                   "PUT …/settings?service=NAME takes an object of settings, as {\"tests_skipping\":false}");
  const Result<void> changed = change_settings(service, body.bytes());
  if (!changed) return database_failure(changed.error());
  return api_settings(request);
}

Answer Routes::api_tests(const HttpRequest& request) {
  TestSearch search;
  search.service = request.query_value("service");
  search.text = request.query_value("q");
  search.only_unsteady = request.query_value("flaky") == "1";
  search.after_id = number_in(request.query_value("after")).value_or(0);
  const uint64_t limit = page_of(request, 1000).limit;
  const Result<std::vector<TestRow>> tests = database_->tests(search, limit);
  if (!tests) return database_failure(tests.error());
  Json list = Json::array();
  for (const TestRow& test : *tests) list.push_back(test_json(test));
  Json answer = {{"tests", std::move(list)}};
  if (tests->size() == limit) answer["after"] = std::to_string(tests->back().id);
  return json(answer);
}

Answer Routes::api_put_marks(const HttpRequest& request) {
  const Body body(request, setup_.bodies, &memory_);
  if (body.refusal()) return *body.refusal();
  const std::optional<uint64_t> id = number_in(request.query_value("test"));
  const Json patch = Json::parse(body.bytes(), nullptr, false);
  if (!id || !patch.is_object())
    return failure(400, "PUT …/marks?test=ID takes an object of marks, as {\"quarantined\":true}");
  const Result<std::optional<TestRow>> test = database_->test(*id);
  if (!test) return database_failure(test.error());
  if (!*test) return failure(404, "there is no such test");
  uint32_t marks = (*test)->marks;
  const bool understood = apply_mark(patch, "quarantined", kMarkQuarantined, &marks) &&
                          apply_mark(patch, "disabled", kMarkDisabled, &marks) &&
                          apply_mark(patch, "attempt_to_fix", kMarkAttemptToFix, &marks);
  if (!understood) return failure(400, "a mark is true or false");
  const Result<void> kept = database_->set_marks(*id, marks);
  if (!kept) return database_failure(kept.error());
  TestRow changed = **test;
  changed.marks = marks;
  return json(test_json(changed));
}

Answer Routes::api_sessions(const HttpRequest& request) {
  const Result<std::vector<SessionRow>> sessions =
      database_->sessions(request.query_value("service"), page_of(request, 100));
  if (!sessions) return database_failure(sessions.error());
  Json list = Json::array();
  for (const SessionRow& session : *sessions) list.push_back(session_json(session));
  return json({{"sessions", std::move(list)}});
}

Answer Routes::api_session_tests(const HttpRequest& request) {
  const std::optional<uint64_t> id =
      number_in(request.path.substr(std::string_view("/api/alibi/v1/sessions/").size()));
  if (!id) return failure(404, "there is no such session");
  const Result<std::optional<SessionRow>> session = database_->session(*id);
  if (!session) return database_failure(session.error());
  if (!*session) return failure(404, "there is no such session");
  const Result<std::vector<AttemptRow>> attempts =
      database_->attempts(*id, status_in(request), page_of(request, 1000));
  if (!attempts) return database_failure(attempts.error());
  Json list = Json::array();
  for (const AttemptRow& attempt : *attempts) list.push_back(attempt_json(attempt));
  return json({{"session", session_json(**session)}, {"tests", std::move(list)}});
}

}  // namespace alibi::serve
