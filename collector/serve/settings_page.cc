// The page of settings, and what forms of pages have in common.
#include <algorithm>
#include <utility>

#include "collector/serve/page_parts.h"
#include "collector/serve/routes.h"

namespace alibi::serve {
namespace {

struct Switch {
  const char* name;  // in the protocol
  const char* label;
  bool payload::Settings::*member;
};

constexpr Switch kSwitches[] = {
    {"itr_enabled", "Test impact analysis", &payload::Settings::itr_enabled},
    {"code_coverage", "Coverage of each test", &payload::Settings::code_coverage},
    {"tests_skipping", "Leave out tests that nothing can have changed for",
     &payload::Settings::tests_skipping},
    {"require_git", "Wait for git objects before that", &payload::Settings::require_git},
    {"known_tests_enabled", "Tell new tests from known ones", &payload::Settings::known_tests},
    {"early_flake_detection", "Run new tests several times, to see whether they are steady",
     &payload::Settings::early_flake_detection},
    {"flaky_test_retries_enabled", "Run failed tests again", &payload::Settings::flaky_test_retries},
    {"test_management", "Quarantine, disabling and attempts to fix", &payload::Settings::test_management},
    {"impacted_tests_enabled", "Mark tests whose code was edited", &payload::Settings::impacted_tests},
    {"coverage_report_upload_enabled", "Upload reports of coverage",
     &payload::Settings::coverage_report_upload},
};

// These two are objects in the protocol.
bool is_object(std::string_view name) {
  return name == "early_flake_detection" || name == "test_management";
}

void add_switch(const Switch& one, bool set, Html* html) {
  html->open("label");
  if (set)
    html->open("input", {{"type", "checkbox"}, {"name", one.name}, {"value", "1"}, {"checked", ""}});
  else
    html->open("input", {{"type", "checkbox"}, {"name", one.name}, {"value", "1"}});
  html->text(" ").text(one.label).text(" ").element("code", one.name).close("label");
}

}  // namespace

Answer see_other(const std::string& address) {
  Answer answer;
  answer.status = 303;
  answer.type = "text/plain";
  answer.headers.emplace_back("Location", address);
  return answer;
}

Answer Routes::page_service(const HttpRequest& request) {
  const Result<std::vector<ServiceRow>> services = database_->services();
  if (!services) return database_failure(services.error());
  Html html;
  add_heading("Settings", &html);
  html.element("p", "What clients are told to do, by service.", {{"class", "lead"}});
  if (services->empty()) add_empty("There is no service yet: the first session brings one.", &html);
  const std::string chosen = request.query_value("service");
  for (const ServiceRow& row : *services) {
    if (!chosen.empty() && row.service != chosen) continue;
    const Result<payload::Settings> settings = settings_of(row.service);
    if (!settings) return database_failure(settings.error());
    html.open(
            "form",
            {{"method", "post"}, {"action", "/settings?service=" + encoded(row.service)}, {"class", "card"}})
        .open("fieldset");
    html.element("legend", row.service.empty() ? "(no service)" : clipped(row.service, 200));
    for (const Switch& one : kSwitches) add_switch(one, (*settings).*one.member, &html);
    html.element("button", "Keep").close("fieldset").close("form");
  }
  return serve::page("Settings", html.take(), "/settings");
}

std::optional<std::vector<std::pair<std::string, std::string>>> Routes::form_of(const HttpRequest& request) {
  // A page elsewhere may make the browser send a form here, but not what it says of where that comes from.
  const std::string origin = request.header("Origin");
  const std::string host = request.header("Host");
  if (origin != "http://" + host && origin != "https://" + host) return std::nullopt;
  const Body body(request, setup_.bodies, &memory_);
  if (body.refusal()) return std::nullopt;
  return parse_query(body.bytes());
}

Answer Routes::post_service(const HttpRequest& request) {
  const auto form = form_of(request);
  const std::string service = request.query_value("service");
  if (!form) return failure(403, "this form was not sent by a page of this server");
  const auto is_set = [&form](std::string_view name) {
    return std::any_of(form->begin(), form->end(), [name](const auto& field) { return field.first == name; });
  };
  std::string patch;
  for (const Switch& one : kSwitches) {
    const std::string value = is_set(one.name) ? "true" : "false";
    patch += (patch.empty() ? "{\"" : ",\"") + std::string(one.name) +
             "\":" + (is_object(one.name) ? "{\"enabled\":" + value + "}" : value);
  }
  const Result<void> changed = change_settings(service, patch + "}");
  if (!changed) return database_failure(changed.error());
  return see_other("/settings");
}

}  // namespace alibi::serve
