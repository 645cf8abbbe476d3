// The pages about sessions: all of them, one of them, and the time that was saved.
#include <algorithm>
#include <utility>

#include "collector/serve/charts.h"
#include "collector/serve/page_parts.h"
#include "collector/serve/routes.h"
#include "collector/serve/style.h"
#include "collector/serve/url_numbers.h"

namespace alibi::serve {
namespace {

uint64_t passed_of(const SessionRow& session) {
  const uint64_t others = session.failed + session.skipped;
  return session.tests > others ? session.tests - others : 0;
}

// At suite level what was left out is not among the tests.
uint64_t skipped_of(const SessionRow& session) {
  return session.skipped > session.left_out ? session.skipped - session.left_out : 0;
}

std::string share_bar_of(const SessionRow& session) {
  return share_bar({{"fail", "failed", session.failed},
                    {"pass", "passed", passed_of(session)},
                    {"skip", "skipped", skipped_of(session)},
                    {"out", "left out", session.left_out}});
}

std::string named(const std::string& service) {
  return service.empty() ? "(no service)" : service;
}

void add_how_to_begin(const std::string& host, Html* html) {
  add_empty("No session has been received yet. Point a client at this address:", html);
  html->element("pre",
                "export DD_CIVISIBILITY_AGENTLESS_ENABLED=1 DD_API_KEY=any \\\n"
                "       DD_CIVISIBILITY_AGENTLESS_URL=http://" +
                    host + "\npytest --alibi       # or pytest --ddtrace, rspec, …",
                {{"tabindex", "0"}});
  html->open("p")
      .text("JUnit XML files can be taken, too: ")
      .element("code", "alibi serve --import junit.xml")
      .close("p");
}

void add_sessions(const std::vector<SessionRow>& sessions, uint64_t now_ns, Html* html) {
  Table table("Sessions, newest first",
              {{"Status"},
               {"Started"},
               {"Branch, commit"},
               {"Service"},
               {"Tests", true},
               {"Failed", true},
               {"Left out", true},
               {"Took", true},
               {"Saved", true}},
              html);
  for (const SessionRow& session : sessions) {
    Html& cell = table.row().cell();
    add_status(session.status, 0, &cell);
    table.cell().open("a", {{"href", session_address(session.id)}});
    add_time(session.start_ns, now_ns, html);
    html->close("a");
    add_commit(session.branch, session.sha, &table.cell());
    table.text(clipped(session.service + (session.env.empty() ? "" : " · " + session.env), 80));
    table.number(session.tests).cell();
    if (session.failed > 0)
      html->element("strong", count_text(session.failed), {{"class", "fail"}});
    else
      html->text("0");
    table.number(session.left_out).duration(session.duration_ns).duration(session.saved_ns);
  }
}

void add_attempts(const std::vector<AttemptRow>& attempts, Html* html) {
  size_t failures = 0;
  Table table("Tests of this session, failures first", {{"Status"}, {"Test"}, {"Took", true}}, html);
  for (const AttemptRow& attempt : attempts) {
    add_status(attempt.status, attempt.flags, &table.row().cell());
    Html& cell = table.cell();
    add_test_link(attempt.test, &cell);
    add_flags(attempt.flags, &cell);
    add_marks(attempt.test, &cell);
    const bool is_left_out = (attempt.flags & kSkippedByItr) != 0;
    if (!attempt.skip_reason.empty() && !is_left_out)
      cell.element("p", clipped(attempt.skip_reason, 400), {{"class", "note"}});
    add_failure(attempt, failures, &cell);
    failures += attempt.status == Status::kFail ? 1 : 0;
    if (is_left_out && attempt.test.usual_ns > 0)
      table.text("usually " + duration_text(attempt.test.usual_ns));
    else
      table.duration(attempt.duration_ns);
  }
}

void add_facts(const SessionRow& session, Html* html) {
  std::string place = session.configurations;
  std::replace(place.begin(), place.end(), '\n', ' ');
  html->open("dl", {{"class", "facts"}});
  add_fact("Service", session.service + (session.env.empty() ? "" : " · " + session.env), html);
  add_fact("Command", session.command, html);
  add_fact("Branch", session.branch, html);
  add_fact("Commit", session.sha, html);
  add_fact("Message", clipped(session.message, 500), html);
  add_fact("Repository", session.repository, html);
  add_fact("Ran on", place, html);
  add_fact("Started", moment_text(session.start_ns), html);
  html->close("dl");
}

std::vector<Tab> tabs_of(const SessionRow& session, std::optional<Status> chosen) {
  const std::string address = session_address(session.id);
  const auto tab = [&](const char* name, const char* status, std::optional<Status> of, uint64_t count) {
    return Tab{std::string(name) + " " + count_text(count),
               address + (of ? "?status=" + std::string(status) : ""), of == chosen};
  };
  return {tab("All", "", std::nullopt, session.tests), tab("Failed", "fail", Status::kFail, session.failed),
          tab("Passed", "pass", Status::kPass, passed_of(session)),
          tab("Skipped or left out", "skip", Status::kSkip, session.skipped)};
}

void add_saved_chart(const std::vector<SessionRow>& sessions, Html* html) {
  std::vector<Bar> bars;
  uint64_t took = 0, saved = 0;
  for (auto session = sessions.rbegin(); session != sessions.rend(); ++session) {
    took += session->duration_ns;
    saved += session->saved_ns;
    bars.push_back({{{"took", session->duration_ns}, {"saved", session->saved_ns}},
                    moment_text(session->start_ns) + ": took " + duration_text(session->duration_ns) +
                        ", saved " + duration_text(session->saved_ns)});
  }
  html->element("h2", "Latest sessions");
  html->open("p", {{"class", "legend"}})
      .open("span", {{"class", "key took"}})
      .close("span")
      .text("took " + duration_text(took) + " ")
      .open("span", {{"class", "key saved"}})
      .close("span")
      .text("saved " + duration_text(saved))
      .close("p");
  html->open("div", {{"class", "chart"}, {"tabindex", "0"}})
      .drawing(bar_chart(bars, "The last " + std::to_string(bars.size()) + " sessions took " +
                                   duration_text(took) + " and saved " + duration_text(saved)))
      .close("div");
}

}  // namespace

Answer Routes::page_sessions(const HttpRequest& request) {
  const std::string service = request.query_value("service");
  const Page page = page_of(request, 50);
  const Result<std::vector<SessionRow>> sessions = database_->sessions(service, page);
  if (!sessions) return database_failure(sessions.error());
  const Result<std::vector<ServiceRow>> services = database_->services();
  if (!services) return database_failure(services.error());
  Html html;
  add_heading("Sessions", &html);
  constexpr size_t kMostTabs = 30;
  if (services->size() > kMostTabs) {
    add_search("/", "service", "Service", service, {}, &html);
  } else if (services->size() > 1 || !service.empty()) {
    std::vector<Tab> tabs = {{"All services", "/", service.empty()}};
    for (const ServiceRow& row : *services)
      tabs.push_back({clipped(named(row.service), 60), "/?service=" + encoded(row.service),
                      !service.empty() && row.service == service});
    add_tabs("Services", tabs, &html);
  }
  if (!sessions->empty())
    add_sessions(*sessions, setup_.wall_ns(), &html);
  else if (services->empty())
    add_how_to_begin(request.header("Host"), &html);
  else
    add_empty("There is no session here.", &html);
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
  const std::string title = "Session of " + moment_text(session.start_ns);
  Html html;
  html.open("div", {{"class", "top"}});
  add_heading(title, &html);
  add_status(session.status, 0, &html);
  html.close("div");
  add_figures({{"Tests", count_text(session.tests)},
               {"Failed", count_text(session.failed)},
               {"Skipped", count_text(skipped_of(session))},
               {"Left out", count_text(session.left_out)},
               {"Took", duration_text(session.duration_ns)},
               {"Saved", duration_text(session.saved_ns)}},
              &html);
  html.drawing(share_bar_of(session));
  add_facts(session, &html);
  html.element("h2", "Tests");
  add_tabs("Which tests", tabs_of(session, status), &html);
  if (attempts->empty())
    add_empty("There is no such test in this session.", &html);
  else
    add_attempts(*attempts, &html);
  const std::string chosen = status ? std::string("status=") + status_text(*status) + "&" : "";
  add_neighbours(session_address(*id) + "?" + chosen, page, attempts->size(), &html);
  return serve::page(title, html.take(), "");
}

Answer Routes::page_saved(const HttpRequest& request) {
  const Result<std::vector<ServiceRow>> services = database_->services();
  if (!services) return database_failure(services.error());
  const std::string service = request.query_value("service");
  constexpr uint64_t kShown = 100;
  const Result<std::vector<SessionRow>> sessions = database_->sessions(service, {0, kShown});
  if (!sessions) return database_failure(sessions.error());
  uint64_t saved = 0, left_out = 0, count = 0;
  Html html;
  add_heading("Time saved", &html);
  html.element("p", "What tests that were left out usually take, when they pass.", {{"class", "lead"}});
  for (const ServiceRow& row : *services) {
    if (!service.empty() && row.service != service) continue;
    saved += row.saved_ns;
    left_out += row.left_out;
    count += row.sessions;
  }
  add_figures(
      {{"Saved", duration_text(saved)}, {"Left out", count_text(left_out)}, {"Sessions", count_text(count)}},
      &html);
  if (left_out == 0)
    add_empty(
        "Nothing has been left out yet. A client leaves out tests when it asks this server for skippable "
        "tests, at a commit whose git objects it has uploaded, after a run that reported coverage.",
        &html);
  if (!sessions->empty()) add_saved_chart(*sessions, &html);
  html.element("h2", "Services");
  {
    Table table("Services with what was saved",
                {{"Service"}, {"Sessions", true}, {"Left out", true}, {"Saved", true}}, &html);
    for (const ServiceRow& row : *services) {
      table.row().cell().link("/saved?service=" + encoded(row.service), clipped(named(row.service), 200));
      table.number(row.sessions).number(row.left_out).duration(row.saved_ns);
    }
  }
  if (!service.empty()) html.open("p").link("/saved", "All services").close("p");
  return serve::page("Time saved", html.take(), "/saved");
}

Answer Routes::get_style(const HttpRequest&) {
  Answer answer;
  answer.type = "text/css; charset=utf-8";
  answer.body = style_sheet();
  answer.headers = {{"Cache-Control", "max-age=86400"}, {"X-Content-Type-Options", "nosniff"}};
  return answer;
}

Answer Routes::get_icon(const HttpRequest&) {
  return icon();
}

}  // namespace alibi::serve
