// The pages about sessions: all of them, one of them, and the time that was saved.
#include <utility>

#include "collector/serve/page_parts.h"
#include "collector/serve/routes.h"
#include "collector/serve/style.h"
#include "collector/serve/url_numbers.h"

namespace alibi::serve {
namespace {

void add_number(std::string_view text, Html* html) {
  html->element("td", text, {{"class", "number"}});
}

void add_fact(std::string_view name, std::string_view value, Html* html) {
  if (!value.empty()) html->element("dt", name).element("dd", value);
}

std::string short_sha(const std::string& sha) {
  return sha.substr(0, 10);
}

void add_session_row(const SessionRow& session, Html* html) {
  html->open("tr").open("td").link(session_address(session.id), moment_text(session.start_ns)).close("td");
  html->element("td", session.service);
  html->element("td", session.branch + (session.branch.empty() ? "" : " ") + short_sha(session.sha));
  add_status(session.status, 0, html);
  add_number(std::to_string(session.tests), html);
  add_number(std::to_string(session.failed), html);
  add_number(std::to_string(session.left_out), html);
  add_number(duration_text(session.duration_ns), html);
  add_number(duration_text(session.saved_ns), html);
  html->close("tr");
}

constexpr std::initializer_list<const char*> kSessionColumns = {
    "Started", "Service", "Branch, commit", "Status", "Tests", "Failed", "Left out", "Took", "Saved"};

}  // namespace

Answer Routes::page_sessions(const HttpRequest& request) {
  const std::string service = request.query_value("service");
  const Page page = page_of(request, 50);
  const Result<std::vector<SessionRow>> sessions = database_->sessions(service, page);
  if (!sessions) return database_failure(sessions.error());
  Html html;
  if (sessions->empty() && page.offset == 0) {
    html.element("p", "No session has been received yet. Point a client at this address:");
    html.element(
        "pre",
        "DD_CIVISIBILITY_AGENTLESS_ENABLED=1 DD_API_KEY=any \\\nDD_CIVISIBILITY_AGENTLESS_URL=http://" +
            request.header("Host") + " pytest --ddtrace");
  }
  add_search("/", "service", "Service", service, &html);
  add_head(kSessionColumns, &html);
  for (const SessionRow& session : *sessions) add_session_row(session, &html);
  add_end(&html);
  add_neighbours("/?service=" + encoded(service) + "&", page, sessions->size(), &html);
  return serve::page("Sessions", html.take(), "/");
}

Answer Routes::page_session(const HttpRequest& request) {
  const std::optional<uint64_t> id = number_in(request.path.substr(std::string_view("/sessions/").size()));
  if (!id) return missing_page("such session");
  const Result<std::optional<SessionRow>> found = database_->session(*id);
  if (!found) return database_failure(found.error());
  if (!*found) return missing_page("such session");
  const SessionRow& session = **found;
  const std::optional<Status> status = status_in(request);
  const Page page = page_of(request, 200);
  const Result<std::vector<AttemptRow>> attempts = database_->attempts(*id, status, page);
  if (!attempts) return database_failure(attempts.error());
  Html html;
  html.open("dl");
  add_fact("Service", session.service + (session.env.empty() ? "" : ", " + session.env), &html);
  add_fact(
      "Status",
      session.status == Status::kUnknown ? "not ended, as far as was heard" : status_text(session.status),
      &html);
  add_fact("Command", session.command, &html);
  add_fact("Commit", session.sha, &html);
  add_fact("Branch", session.branch, &html);
  add_fact("Message", session.message, &html);
  add_fact("Repository", session.repository, &html);
  add_fact("Runs on", session.configurations, &html);
  add_fact("Took", duration_text(session.duration_ns), &html);
  add_fact("Tests",
           std::to_string(session.tests) + ", " + std::to_string(session.failed) + " failed, " +
               std::to_string(session.skipped) + " skipped, " + std::to_string(session.left_out) +
               " left out",
           &html);
  add_fact("Saved", duration_text(session.saved_ns), &html);
  html.close("dl").open("p");
  const std::string address = session_address(*id);
  html.link(address, "All").text(" ");
  for (const char* name : {"fail", "pass", "skip"}) html.link(address + "?status=" + name, name).text(" ");
  html.close("p");
  add_head({"Test", "Status", "Took", "What happened"}, &html);
  for (const AttemptRow& attempt : *attempts) {
    html.open("tr");
    add_test_link(attempt.test, &html);
    add_status(attempt.status, attempt.flags, &html);
    add_number(duration_text(attempt.duration_ns), &html);
    html.open("td").text(attempt.skip_reason);
    add_failure(attempt, &html);
    html.close("td").close("tr");
  }
  add_end(&html);
  add_neighbours(address + "?status=" + (status ? status_text(*status) : "") + "&", page, attempts->size(),
                 &html);
  return serve::page("Session of " + moment_text(session.start_ns), html.take(), "");
}

Answer Routes::page_saved(const HttpRequest&) {
  const Result<std::vector<ServiceRow>> services = database_->services();
  if (!services) return database_failure(services.error());
  Html html;
  html.element("p", "What tests that were left out usually take, when they pass.");
  add_head({"Service", "Sessions", "Left out", "Saved"}, &html);
  for (const ServiceRow& service : *services) {
    html.open("tr")
        .open("td")
        .link("/?service=" + encoded(service.service), service.service.empty() ? "(none)" : service.service)
        .close("td");
    add_number(std::to_string(service.sessions), &html);
    add_number(std::to_string(service.left_out), &html);
    add_number(duration_text(service.saved_ns), &html);
    html.close("tr");
  }
  add_end(&html);
  return serve::page("Time saved", html.take(), "/saved");
}

Answer Routes::get_style(const HttpRequest&) {
  Answer answer;
  answer.type = "text/css; charset=utf-8";
  answer.body = style_sheet();
  answer.headers.emplace_back("Cache-Control", "max-age=3600");
  return answer;
}

}  // namespace alibi::serve
