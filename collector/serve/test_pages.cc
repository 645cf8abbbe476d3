// The pages about tests, source files and settings of services, and the buttons on them.
#include <algorithm>
#include <map>
#include <utility>

#include "collector/serve/page_parts.h"
#include "collector/serve/routes.h"
#include "collector/serve/source_text.h"
#include "collector/serve/url_numbers.h"

namespace alibi::serve {
namespace {

void add_number(std::string_view text, Html* html) {
  html->element("td", text, {{"class", "number"}});
}

// "1–3, 7"
std::string lines_text(const std::vector<uint32_t>& lines) {
  std::string text;
  constexpr size_t kLongest = 2000;
  for (size_t i = 0; i < lines.size() && text.size() < kLongest;) {
    size_t end = i + 1;
    while (end < lines.size() && lines[end] == lines[end - 1] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += std::to_string(lines[i]);
    if (end - i > 1) text += "–" + std::to_string(lines[end - 1]);
    i = end;
  }
  return lines.empty() ? "ran, which lines is not known" : text;
}

void add_box(const char* name, const char* label, bool set, Html* html) {
  html->open("label");
  if (set)
    html->open("input", {{"type", "checkbox"}, {"name", name}, {"value", "1"}, {"checked", ""}});
  else
    html->open("input", {{"type", "checkbox"}, {"name", name}, {"value", "1"}});
  html->text(" ").text(label).close("label").text(" ");
}

void add_marks(const TestRow& test, Html* html) {
  html->element("h2", "Marks")
      .open("form", {{"method", "post"}, {"action", test_address(test.id)}})
      .open("fieldset");
  html->element("legend", "For runs from now on");
  add_box("quarantined", "quarantined", (test.marks & kMarkQuarantined) != 0, html);
  add_box("disabled", "disabled", (test.marks & kMarkDisabled) != 0, html);
  add_box("attempt_to_fix", "attempt to fix", (test.marks & kMarkAttemptToFix) != 0, html);
  html->element("button", "Keep").close("fieldset").close("form");
}

void add_history(const std::vector<AttemptRow>& history, Html* html) {
  html->element("h2", "History").open("p", {{"aria-hidden", "true"}});
  for (auto attempt = history.rbegin(); attempt != history.rend(); ++attempt)
    html->open("span", {{"class", std::string("bar ") + status_text(attempt->status)}}).close("span");
  html->close("p");
  add_head({"Started", "Commit", "Status", "Took", "What happened"}, html);
  for (const AttemptRow& attempt : history) {
    html->open("tr")
        .open("td")
        .link(session_address(attempt.session), moment_text(attempt.start_ns))
        .close("td");
    html->element("td", attempt.branch + " " + attempt.sha.substr(0, 10));
    add_status(attempt.status, attempt.flags, html);
    add_number(duration_text(attempt.duration_ns), html);
    html->open("td").text(attempt.skip_reason);
    add_failure(attempt, html);
    html->close("td").close("tr");
  }
  add_end(html);
}

void add_evidence(const std::vector<payload::CoveredFile>& files, Html* html) {
  html->element("h2", "Evidence");
  if (files.empty()) {
    html->element("p", "No coverage of its latest runs was received: it is never left out.");
    return;
  }
  html->element("p",
                "It is left out while none of these files changes, its last run passed, and nothing changes "
                "that coverage cannot speak about.");
  add_head({"File", "Lines"}, html);
  for (const payload::CoveredFile& file : files) {
    html->open("tr").open("td").link(file_address(file.path), file.path).close("td");
    html->element("td", lines_text(file.lines)).close("tr");
  }
  add_end(html);
}

constexpr std::pair<const char*, bool payload::Settings::*> kSwitches[] = {
    {"itr_enabled", &payload::Settings::itr_enabled},
    {"code_coverage", &payload::Settings::code_coverage},
    {"tests_skipping", &payload::Settings::tests_skipping},
    {"require_git", &payload::Settings::require_git},
    {"flaky_test_retries_enabled", &payload::Settings::flaky_test_retries},
    {"known_tests_enabled", &payload::Settings::known_tests},
    {"impacted_tests_enabled", &payload::Settings::impacted_tests},
    {"coverage_report_upload_enabled", &payload::Settings::coverage_report_upload},
};

Answer see(const std::string& address) {
  Answer answer;
  answer.status = 303;
  answer.type = "text/plain";
  answer.headers.emplace_back("Location", address);
  return answer;
}

}  // namespace

Answer Routes::page_tests(const HttpRequest& request) {
  TestSearch search;
  search.text = request.query_value("q");
  search.service = request.query_value("service");
  search.only_unsteady = request.query_value("flaky") == "1";
  search.after_id = number_in(request.query_value("after")).value_or(0);
  constexpr uint64_t kShown = 100;
  const Result<std::vector<TestRow>> tests = database_->tests(search, kShown);
  if (!tests) return database_failure(tests.error());
  Html html;
  add_search("/tests", "q", "Part of suite or name", search.text, &html);
  html.open("p").link("/tests", "All").text(" ").link("/tests?flaky=1", "Flaky").close("p");
  add_head({"Test", "Last", "Runs", "Failures", "Flips", "Usually takes"}, &html);
  for (const TestRow& test : *tests) {
    html.open("tr");
    add_test_link(test, &html);
    add_status(test.last_status, 0, &html);
    add_number(std::to_string(test.runs), &html);
    add_number(std::to_string(test.failures), &html);
    add_number(std::to_string(test.flips), &html);
    add_number(duration_text(test.usual_ns), &html);
    html.close("tr");
  }
  add_end(&html);
  if (tests->size() == kShown) {
    const std::string next = "/tests?q=" + encoded(search.text) + "&service=" + encoded(search.service) +
                             (search.only_unsteady ? "&flaky=1" : "") +
                             "&after=" + std::to_string(tests->back().id);
    html.open("p").open("a", {{"rel", "next"}, {"href", next}}).text("Next →").close("a").close("p");
  }
  return serve::page("Tests", html.take(), "/tests");
}

Answer Routes::page_test(const HttpRequest& request) {
  const std::optional<uint64_t> id = number_in(request.path.substr(std::string_view("/tests/").size()));
  if (!id) return missing_page("such test");
  const Result<std::optional<TestRow>> found = database_->test(*id);
  if (!found) return database_failure(found.error());
  if (!*found) return missing_page("such test");
  const TestRow& test = **found;
  const Result<std::vector<AttemptRow>> history = database_->history(*id, 100);
  if (!history) return database_failure(history.error());
  std::vector<payload::CoveredFile> files;
  constexpr size_t kLooked = 20;  // runs, the latest
  for (size_t i = 0; i < history->size() && i < kLooked && files.empty(); ++i) {
    Result<std::vector<payload::CoveredFile>> covered =
        database_->coverage_of((*history)[i].session, (*history)[i].span);
    if (!covered) return database_failure(covered.error());
    files = std::move(*covered);
  }
  Html html;
  html.open("dl").element("dt", "Suite").element("dd", test.module + " › " + test.suite);
  html.element("dt", "Service").element("dd", test.service);
  if (!test.parameters.empty()) html.element("dt", "Parameters").element("dd", test.parameters);
  if (!test.codeowners.empty()) html.element("dt", "Owners").element("dd", test.codeowners);
  if (!test.source_file.empty()) {
    html.element("dt", "Source").open("dd").link(file_address(test.source_file), test.source_file);
    html.text(test.source_start == 0 ? "" : ":" + std::to_string(test.source_start)).close("dd");
  }
  html.element("dt", "Usually takes").element("dd", duration_text(test.usual_ns));
  html.element("dt", "Runs")
      .element("dd", std::to_string(test.runs) + ", " + std::to_string(test.failures) + " failed");
  html.element("dt", "Flaky")
      .element("dd", test.flips == 0
                         ? "no, as far as is known"
                         : "passed and failed at one commit, " + std::to_string(test.flips) + " times");
  html.close("dl");
  add_evidence(files, &html);
  add_history(*history, &html);
  add_marks(test, &html);
  return serve::page(test.name, html.take(), "");
}

Answer Routes::page_files(const HttpRequest& request) {
  const Page page = page_of(request, 200);
  const std::string text = request.query_value("q");
  const Result<std::vector<std::string>> files = database_->files(text, page);
  if (!files) return database_failure(files.error());
  Html html;
  add_search("/files", "q", "Part of the path", text, &html);
  html.open("ul");
  for (const std::string& file : *files) html.open("li").link(file_address(file), file).close("li");
  html.close("ul");
  add_neighbours("/files?q=" + encoded(text) + "&", page, files->size(), &html);
  return serve::page("Files", html.take(), "/files");
}

Answer Routes::page_file(const HttpRequest& request) {
  const std::string path = request.path.substr(std::string_view("/files/").size());
  constexpr uint64_t kMostTests = 1000;
  const Result<std::vector<LineCover>> covers = database_->tests_of_file(path, kMostTests);
  if (!covers) return database_failure(covers.error());
  Html html;
  html.element("p", std::to_string(covers->size()) +
                        (covers->size() == kMostTests ? " tests or more" : " tests") +
                        " covered this file when they last ran.");
  std::map<uint32_t, std::vector<const LineCover*>> by_line;
  constexpr size_t kMostLines = 20'000;
  for (const LineCover& cover : *covers) {
    for (const uint32_t line : cover.lines) {
      if (by_line.size() < kMostLines || by_line.contains(line)) by_line[line].push_back(&cover);
    }
  }
  const std::vector<std::string> text = lines_of_source(setup_.source, path);
  if (!by_line.empty() || !text.empty()) {
    add_head({"Line", "Tests", "Text"}, &html);
    const uint32_t last =
        std::max(by_line.empty() ? 0 : by_line.rbegin()->first, static_cast<uint32_t>(text.size()));
    for (uint32_t line = 1; line <= last; ++line) {
      const auto tests = by_line.find(line);
      if (tests == by_line.end() && line > text.size()) continue;
      html.open("tr", {{"id", "L" + std::to_string(line)}});
      add_number(std::to_string(line), &html);
      html.open("td");
      constexpr size_t kNamed = 5;
      const size_t count = tests == by_line.end() ? 0 : tests->second.size();
      for (size_t i = 0; i < count && i < kNamed; ++i) {
        const TestRow& test = tests->second[i]->test;
        html.link(test_address(test.id), test.name).text(" ");
      }
      if (count > kNamed) html.element("small", "and " + std::to_string(count - kNamed) + " more");
      html.close("td")
          .open("td")
          .element("code", line <= text.size() ? text[line - 1] : "")
          .close("td")
          .close("tr");
    }
    add_end(&html);
  }
  html.element("h2", "Tests");
  add_head({"Test", "Lines", "Last"}, &html);
  for (const LineCover& cover : *covers) {
    html.open("tr");
    add_test_link(cover.test, &html);
    html.element("td", lines_text(cover.lines));
    add_status(cover.test.last_status, 0, &html);
    html.close("tr");
  }
  add_end(&html);
  return serve::page(path, html.take(), "");
}

Answer Routes::page_service(const HttpRequest& request) {
  const Result<std::vector<ServiceRow>> services = database_->services();
  if (!services) return database_failure(services.error());
  Html html;
  if (services->empty()) html.element("p", "There is no service yet: the first session brings one.");
  const std::string chosen = request.query_value("service");
  for (const ServiceRow& row : *services) {
    if (!chosen.empty() && row.service != chosen) continue;
    const Result<payload::Settings> settings = settings_of(row.service);
    if (!settings) return database_failure(settings.error());
    html.open("form", {{"method", "post"}, {"action", "/settings?service=" + encoded(row.service)}})
        .open("fieldset");
    html.element("legend", row.service.empty() ? "(no service)" : row.service);
    for (const auto& [name, member] : kSwitches) add_box(name, name, (*settings).*member, &html);
    add_box("early_flake_detection", "early_flake_detection", settings->early_flake_detection, &html);
    add_box("test_management", "test_management", settings->test_management, &html);
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
  std::string patch = "{";
  for (const auto& [name, member] : kSwitches)
    patch += std::string("\"") + name + "\":" + (is_set(name) ? "true," : "false,");
  patch += std::string("\"early_flake_detection\":{\"enabled\":") +
           (is_set("early_flake_detection") ? "true" : "false");
  patch += std::string("},\"test_management\":{\"enabled\":") +
           (is_set("test_management") ? "true" : "false") + "}}";
  const Result<void> changed = change_settings(service, patch);
  if (!changed) return database_failure(changed.error());
  return see("/settings");
}

Answer Routes::post_marks(const HttpRequest& request) {
  const auto form = form_of(request);
  if (!form) return failure(403, "this form was not sent by a page of this server");
  const std::optional<uint64_t> id = number_in(request.path.substr(std::string_view("/tests/").size()));
  if (!id) return missing_page("such test");
  uint32_t marks = 0;
  for (const auto& [name, value] : *form) {
    if (name == "quarantined") marks |= kMarkQuarantined;
    if (name == "disabled") marks |= kMarkDisabled;
    if (name == "attempt_to_fix") marks |= kMarkAttemptToFix;
  }
  const Result<void> kept = database_->set_marks(*id, marks);
  if (!kept) return database_failure(kept.error());
  return see(test_address(*id));
}

}  // namespace alibi::serve
