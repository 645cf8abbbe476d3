// The pages about tests: all of them, and one with why it would run, its history, evidence and marks.
#include <algorithm>
#include <utility>

#include "collector/serve/charts.h"
#include "collector/serve/line_text.h"
#include "collector/serve/page_parts.h"
#include "collector/serve/routes.h"
#include "collector/serve/url_numbers.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kRunsShown = 100;

std::string tests_address(const TestSearch& search) {
  return "/tests?q=" + encoded(search.text) + "&service=" + encoded(search.service) +
         (search.only_unsteady ? "&flaky=1" : "");
}

void add_tests(const std::vector<TestRow>& tests, uint64_t now_ns, Html* html) {
  Table table("Tests",
              {{"Last status"},
               {"Test"},
               {"Runs", true},
               {"Failures", true},
               {"Usually takes", true},
               {"Last run", true}},
              html);
  for (const TestRow& test : tests) {
    add_status(test.last_status, 0, &table.row().cell());
    Html& cell = table.cell();
    add_test_link(test, &cell);
    add_marks(test, &cell);
    table.number(test.runs).number(test.failures).duration(test.usual_ns);
    add_time(test.last_start_ns, now_ns, &table.cell());
  }
}

void add_nothing_found(const TestSearch& search, Html* html) {
  if (search.after_id != 0)
    add_empty("There are no more tests.", html);
  else if (!search.text.empty())
    add_empty("No test has this in its name or suite. Capital letters do not matter; % and _ are letters.",
              html);
  else if (search.only_unsteady)
    add_empty("No test has passed and failed at one commit, as far as is known.", html);
  else
    add_empty("No test has been received yet. The page Sessions says how to begin.", html);
}

void add_box(const char* name, const char* label, const char* meaning, bool set, Html* html) {
  html->open("label");
  if (set)
    html->open("input", {{"type", "checkbox"}, {"name", name}, {"value", "1"}, {"checked", ""}});
  else
    html->open("input", {{"type", "checkbox"}, {"name", name}, {"value", "1"}});
  html->text(" ").text(label).text(" ").element("small", meaning).close("label");
}

void add_mark_form(const TestRow& test, Html* html) {
  html->element("h2", "Marks")
      .open("form", {{"method", "post"}, {"action", test_address(test.id)}, {"class", "card"}})
      .open("fieldset");
  html->element("legend", "For runs from now on");
  add_box("quarantined", "Quarantined", "runs, and its failures do not count",
          (test.marks & kMarkQuarantined) != 0, html);
  add_box("disabled", "Disabled", "does not run", (test.marks & kMarkDisabled) != 0, html);
  add_box("attempt_to_fix", "Attempt to fix", "runs several times, to see whether it is steady",
          (test.marks & kMarkAttemptToFix) != 0, html);
  html->element("button", "Keep").close("fieldset").close("form");
}

void add_commit_form(const TestRow& test, const std::string& commit, Html* html) {
  html->open("form", {{"action", test_address(test.id)}, {"method", "get"}});
  html->open("label").text("At another commit ");
  html->open("input", {{"name", "commit"},
                       {"value", commit},
                       {"size", "42"},
                       {"pattern", "[0-9a-f]{40,64}"},
                       {"title", "the whole id of a commit"}});
  html->close("label").element("button", "Ask").close("form");
}

void add_whys(const std::vector<ContextWhy>& whys, bool skipping, uint64_t now_ns, Html* html) {
  if (whys.empty()) html->element("p", "Its sessions name no place where it ran, so that it always runs.");
  for (const auto& [context, why] : whys) {
    html->open("p").element("strong", why.left_out ? "May be left out" : "Runs");
    if (!why.commit.empty())
      html->text(" at ").element("code", short_sha(why.commit), {{"title", why.commit}});
    if (whys.size() > 1) {
      std::string place = context.configurations;
      std::replace(place.begin(), place.end(), '\n', ' ');
      html->text(", ").text(clipped(context.env + " " + place, 200));
    }
    html->text(": ").text(clipped(why.reason, 600)).text(".");
    if (why.evidence_ns != 0) {
      html->text(" Its run of ");
      add_time(why.evidence_ns, now_ns, html);
      html->text(" decides.");
    }
    html->close("p");
  }
  if (!skipping)
    html->element("p", "Leaving out is switched off for this service (Settings), so that it runs anyway.");
}

void add_chart(const std::vector<AttemptRow>& history, Html* html) {
  std::vector<Bar> bars;
  size_t failed = 0;
  for (auto attempt = history.rbegin(); attempt != history.rend(); ++attempt) {
    const bool is_left_out = (attempt->flags & kSkippedByItr) != 0;
    const char* kind = is_left_out                        ? "out"
                       : attempt->status == Status::kPass ? "pass"
                       : attempt->status == Status::kFail ? "fail"
                                                          : "skip";
    failed += attempt->status == Status::kFail ? 1 : 0;
    bars.push_back({{{kind, attempt->duration_ns}},
                    moment_text(attempt->start_ns) + ": " +
                        (is_left_out ? "left out" : status_text(attempt->status)) + ", " +
                        duration_text(attempt->duration_ns),
                    attempt->status == Status::kPass ? "" : kind});
  }
  const std::string runs = bars.size() == 1 ? "run" : std::to_string(bars.size()) + " runs, oldest first";
  const std::string label = "Durations of the last " + runs + "; " + std::to_string(failed) + " failed";
  html->open("div", {{"class", "chart"}, {"tabindex", "0"}}).drawing(bar_chart(bars, label)).close("div");
  html->element("p", label + ".", {{"class", "note"}});
}

void add_history(const std::vector<AttemptRow>& history, uint64_t now_ns, Html* html) {
  html->element("h2", "History");
  add_chart(history, html);
  Table table("Runs, newest first",
              {{"Status"}, {"Started"}, {"Branch, commit"}, {"What happened"}, {"Took", true}}, html);
  constexpr size_t kFolded = 3;
  size_t failures = 0;
  for (const AttemptRow& attempt : history) {
    add_status(attempt.status, attempt.flags, &table.row().cell());
    table.cell().open("a", {{"href", session_address(attempt.session)}});
    add_time(attempt.start_ns, now_ns, html);
    html->close("a");
    add_commit(attempt.branch, attempt.sha, &table.cell());
    Html& cell = table.cell();
    add_flags(attempt.flags, &cell);
    cell.text(clipped(attempt.skip_reason, 400));
    add_failure(attempt, kFolded + failures, &cell);
    failures += attempt.status == Status::kFail ? 1 : 0;
    table.duration(attempt.duration_ns);
  }
}

void add_evidence(const std::vector<payload::CoveredFile>& files, Html* html) {
  html->element("h2", "Evidence");
  if (files.empty()) {
    add_empty("No coverage of its latest runs was received, so that it is never left out.", html);
    return;
  }
  html->element("p", "What its newest run with coverage executed.", {{"class", "note"}});
  Table table("Covered files", {{"File"}, {"Lines"}}, html);
  constexpr size_t kMostFiles = 1000;
  for (size_t i = 0; i < files.size() && i < kMostFiles; ++i) {
    table.row().cell().link(file_address(files[i].path), clipped(files[i].path, 300));
    table.text(lines_text(files[i].lines));
  }
  if (files.size() > kMostFiles)
    table.row().text("and " + count_text(files.size() - kMostFiles) + " more").text("");
}

void add_facts(const TestRow& test, Html* html) {
  html->open("dl", {{"class", "facts"}});
  add_fact("Suite", clipped(place_of(test), 1000), html);
  add_fact("Service", test.service, html);
  if (!test.source_file.empty()) {
    const std::string line = test.source_start == 0 ? "" : ":" + std::to_string(test.source_start);
    html->element("dt", "Source").open("dd");
    html->open("a", {{"href", file_address(test.source_file) +
                                  (line.empty() ? "" : "#L" + std::to_string(test.source_start))}});
    html->text(clipped(test.source_file, 300) + line).close("a").close("dd");
  }
  constexpr size_t kShown = 200;
  if (test.name.size() > kShown) add_fact("Whole name", test.name, html);
  if (test.flips > 0)
    add_fact("Flaky", "went from passed to failed, or back, at one commit: " + count_text(test.flips) + " ×",
             html);
  add_fact("Parameters", clipped(test.parameters, 2000), html);
  add_fact("Owners", clipped(owners_text(test.codeowners), 500), html);
  html->close("dl");
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
  add_heading("Tests", &html);
  add_search("/tests", "q", "Part of suite or name", search.text,
             {{"service", search.service}, {"flaky", search.only_unsteady ? "1" : ""}}, &html);
  TestSearch all = search, flaky = search;
  all.only_unsteady = false;
  flaky.only_unsteady = true;
  add_tabs("Which tests",
           {{"All", tests_address(all), !search.only_unsteady},
            {"Flaky", tests_address(flaky), search.only_unsteady}},
           &html);
  if (tests->empty())
    add_nothing_found(search, &html);
  else
    add_tests(*tests, setup_.wall_ns(), &html);
  html.open("nav", {{"class", "neighbours"}, {"aria-label", "More"}});
  if (search.after_id != 0) html.link(tests_address(search), "← First");
  if (tests->size() == kShown)
    html.open("a", {{"rel", "next"},
                    {"href", tests_address(search) + "&after=" + std::to_string(tests->back().id)}})
        .text("Next →")
        .close("a");
  html.close("nav");
  return serve::page("Tests", html.take(), "/tests");
}

Answer Routes::page_test(const HttpRequest& request) {
  const std::optional<uint64_t> id = number_in(request.path.substr(std::string_view("/tests/").size()));
  if (!id) return missing_page("such test");
  const Result<std::optional<TestRow>> found = database_->test(*id);
  if (!found) return database_failure(found.error());
  if (!*found) return missing_page("such test");
  const TestRow& test = **found;
  const Result<std::vector<AttemptRow>> history = database_->history(*id, kRunsShown);
  if (!history) return database_failure(history.error());
  std::vector<payload::CoveredFile> files;
  constexpr size_t kLooked = 20;  // runs, the latest
  for (size_t i = 0; i < history->size() && i < kLooked && files.empty(); ++i) {
    Result<std::vector<payload::CoveredFile>> covered =
        database_->coverage_of((*history)[i].session, (*history)[i].span);
    if (!covered) return database_failure(covered.error());
    files = std::move(*covered);
  }
  const std::string commit = request.query_value("commit");
  if (!is_commit(commit)) return missing_page("commit with such an id");
  const Result<std::vector<ContextWhy>> whys = whys_of(test, *history, commit);
  if (!whys) return database_failure(whys.error());
  const Result<payload::Settings> settings = settings_of(test.service);
  if (!settings) return database_failure(settings.error());
  const uint64_t now_ns = setup_.wall_ns();
  Html html;
  html.open("div", {{"class", "top"}});
  add_heading(test_name(test), &html);
  add_status(test.last_status, 0, &html);
  add_marks(test, &html);
  html.close("div");
  add_figures({{"Usually takes", test.usual_ns == 0 ? "–" : duration_text(test.usual_ns)},
               {"Runs", count_text(test.runs)},
               {"Failures", count_text(test.failures)},
               {"Flaky", test.flips == 0 ? "no" : count_text(test.flips) + " ×"}},
              &html);
  add_facts(test, &html);
  html.element("h2", "Why it runs, or may be left out").open("div", {{"class", "card"}, {"id", "why"}});
  add_whys(*whys, settings->tests_skipping, now_ns, &html);
  add_commit_form(test, commit, &html);
  html.close("div");
  add_mark_form(test, &html);
  add_history(*history, now_ns, &html);
  add_evidence(files, &html);
  return serve::page(test_name(test), html.take(), "");
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
  return see_other(test_address(*id));
}

}  // namespace alibi::serve
