#include "collector/serve/page_parts.h"

#include <nlohmann/json.hpp>

#include "collector/serve/charts.h"
#include "collector/serve/stack_text.h"

namespace alibi::serve {
namespace {

constexpr size_t kLongestName = 200;     // letters, in tables
constexpr size_t kLongestMessage = 300;  // in the line that opens a failure
constexpr size_t kLongestStack = 30'000;
constexpr size_t kShortStack = 2'000;
constexpr size_t kUnfolded = 3, kWhole = 20;  // failures of a page

struct Word {
  const char* kind;  // of the style sheet
  const char* text;
};

Word word_for(Status status, uint32_t flags) {
  if ((flags & kSkippedByItr) != 0) return {"out", "left out"};
  switch (status) {
    case Status::kFail:
      return {"fail", "failed"};
    case Status::kPass:
      return {"pass", "passed"};
    case Status::kSkip:
      return {"skip", "skipped"};
    case Status::kUnknown:
      break;
  }
  return {"unknown", "not ended"};
}

}  // namespace

std::string test_address(uint64_t id) {
  return "/tests/" + std::to_string(id);
}
std::string session_address(uint64_t id) {
  return "/sessions/" + std::to_string(id);
}
std::string file_address(std::string_view path) {
  return "/files/" + encoded(path);
}
std::string short_sha(const std::string& sha) {
  constexpr size_t kShort = 10;
  return sha.substr(0, kShort);
}

std::string parameters_text(const std::string& parameters) {
  if (parameters.empty()) return {};
  const nlohmann::json document = nlohmann::json::parse(parameters, nullptr, false);
  const nlohmann::json::json_pointer place("/metadata/test_name");
  if (document.is_object() && document.contains(place) && document[place].is_string()) {
    const auto name = document[place].get<std::string>();
    const size_t bracket = name.find('[');
    if (bracket != std::string::npos) return name.substr(bracket);
  }
  return " " + parameters;
}

std::string test_name(const TestRow& test) {
  if (test.name.ends_with(']')) return test.name;  // clients that name the parameters so say them twice
  return (test.name.empty() ? "(no name)" : test.name) + parameters_text(test.parameters);
}

std::string owners_text(const std::string& owners) {
  const nlohmann::json list = nlohmann::json::parse(owners, nullptr, false);
  if (!list.is_array()) return owners;
  std::string text;
  for (const nlohmann::json& owner : list) {
    if (owner.is_string()) text += (text.empty() ? "" : ", ") + owner.get<std::string>();
  }
  return text;
}

std::string place_of(const TestRow& test) {
  return test.module.empty() || test.module == test.suite ? test.suite : test.module + " › " + test.suite;
}

Table::Table(std::string_view caption, std::vector<Column> columns, Html* html)
    : columns_(std::move(columns)), html_(html) {
  html_->open("table").element("caption", caption).open("thead").open("tr");
  for (const Column& column : columns_) {
    if (column.is_number)
      html_->element("th", column.name, {{"scope", "col"}, {"class", "number"}});
    else
      html_->element("th", column.name, {{"scope", "col"}});
  }
  html_->close("tr").close("thead").open("tbody");
}

Table::~Table() {
  end_row();
  html_->close("tbody").close("table");
}

void Table::end_cell() {
  if (in_cell_) html_->close("td");
  in_cell_ = false;
}

void Table::end_row() {
  end_cell();
  if (in_row_) html_->close("tr");
  in_row_ = false;
}

Table& Table::row() {
  end_row();
  html_->open("tr");
  in_row_ = true;
  next_ = 0;
  return *this;
}

Html& Table::cell() {
  end_cell();
  in_cell_ = true;
  const Column& column = columns_[next_++];
  return column.is_number ? html_->open("td", {{"data-label", column.name}, {"class", "number"}})
                          : html_->open("td", {{"data-label", column.name}});
}

Table& Table::text(std::string_view text) {
  cell().text(text);
  return *this;
}
Table& Table::number(uint64_t value) {
  return text(count_text(value));
}
Table& Table::duration(uint64_t nanoseconds) {
  return text(nanoseconds == 0 ? "–" : duration_text(nanoseconds));
}

void add_heading(std::string_view text, Html* html) {
  html->element("h1", clipped(text, kLongestName));
}

void add_test_link(const TestRow& test, Html* html) {
  html->open("span", {{"class", "suite"}}).text(clipped(place_of(test), kLongestName)).close("span");
  html->open("a", {{"class", "test"}, {"href", test_address(test.id)}})
      .text(clipped(test_name(test), kLongestName))
      .close("a");
}

void add_status(Status status, uint32_t flags, Html* html) {
  const Word word = word_for(status, flags);
  html->open("span", {{"class", std::string("status ") + word.kind}})
      .drawing(status_sign(word.kind))
      .text(word.text)
      .close("span");
}

void add_badge(std::string_view text, Html* html) {
  html->text(" ").element("span", text, {{"class", "badge"}});
}

void add_flags(uint32_t flags, Html* html) {
  constexpr std::pair<Flag, const char*> kNotes[] = {{kRetry, "retry"},
                                                     {kNew, "new"},
                                                     {kModified, "edited"},
                                                     {kQuarantined, "quarantined"},
                                                     {kDisabled, "disabled"},
                                                     {kAttemptToFix, "attempt to fix"},
                                                     {kForcedRun, "forced to run"},
                                                     {kUnskippable, "always runs"},
                                                     {kFailedAllRetries, "failed all retries"}};
  for (const auto& [flag, note] : kNotes) {
    if ((flags & flag) != 0) add_badge(note, html);
  }
}

void add_marks(const TestRow& test, Html* html) {
  if (test.flips > 0) add_badge("flaky × " + count_text(test.flips), html);
  if ((test.marks & kMarkQuarantined) != 0) add_badge("quarantined", html);
  if ((test.marks & kMarkDisabled) != 0) add_badge("disabled", html);
  if ((test.marks & kMarkAttemptToFix) != 0) add_badge("attempt to fix", html);
}

void add_time(uint64_t unix_ns, uint64_t now_ns, Html* html) {
  html->element("time", age_text(unix_ns, now_ns), {{"title", moment_text(unix_ns)}});
}

void add_commit(const std::string& branch, const std::string& sha, Html* html) {
  html->text(clipped(branch, 60)).text(branch.empty() ? "" : " ");
  if (!sha.empty()) html->element("code", short_sha(sha), {{"title", sha}});
}

void add_failure(const AttemptRow& attempt, size_t before, Html* html) {
  if (attempt.error_type.empty() && attempt.error_message.empty() && attempt.error_stack.empty()) return;
  if (before < kUnfolded)
    html->open("details", {{"open", ""}});
  else
    html->open("details");
  const std::string first_line = attempt.error_message.substr(0, attempt.error_message.find('\n'));
  const std::string message = clipped(first_line, kLongestMessage);
  html->open("summary").element("strong", clipped(attempt.error_type, kLongestName));
  html->text(attempt.error_type.empty() || message.empty() ? "" : ": ").text(message).close("summary");
  std::string text = message == attempt.error_message ? "" : attempt.error_message + "\n\n";
  text += without_runner(attempt.error_stack);
  if (text.empty()) text = "No stack was received.";
  // It scrolls, so it must be reached by keyboard.
  html->element("pre", clipped(text, before < kWhole ? kLongestStack : kShortStack), {{"tabindex", "0"}})
      .close("details");
}

void add_fact(std::string_view name, std::string_view value, Html* html) {
  if (!value.empty()) html->element("dt", name).element("dd", value);
}

void add_figures(std::initializer_list<std::pair<const char*, std::string>> figures, Html* html) {
  html->open("dl", {{"class", "figures"}});
  for (const auto& [name, value] : figures)
    html->open("div").element("dt", name).element("dd", value).close("div");
  html->close("dl");
}

void add_tabs(std::string_view label, const std::vector<Tab>& tabs, Html* html) {
  html->open("nav", {{"class", "tabs"}, {"aria-label", label}});
  for (const Tab& tab : tabs) {
    if (tab.is_current)
      html->open("a", {{"href", tab.address}, {"aria-current", "true"}}).text(tab.name).close("a");
    else
      html->link(tab.address, tab.name);
  }
  html->close("nav");
}

void add_search(std::string_view address, std::string_view name, std::string_view label,
                std::string_view value, const std::vector<Hidden>& hidden, Html* html) {
  html->open("form", {{"action", address}, {"method", "get"}, {"role", "search"}});
  for (const Hidden& field : hidden) {
    if (!field.value.empty())
      html->open("input", {{"type", "hidden"}, {"name", field.name}, {"value", field.value}});
  }
  html->open("label").text(label).text(" ");
  html->open("input", {{"type", "search"}, {"name", name}, {"value", value}}).close("label");
  html->element("button", "Search").close("form");
}

void add_neighbours(std::string_view address, Page page, size_t shown, Html* html) {
  if (page.offset == 0 && shown < page.limit) return;
  const auto link = [&](const char* relation, uint64_t offset, const char* text) {
    html->open("a", {{"rel", relation}, {"href", std::string(address) + "offset=" + std::to_string(offset)}});
    html->text(text).close("a");
  };
  html->open("nav", {{"class", "neighbours"}, {"aria-label", "More"}});
  if (page.offset > 0) link("prev", page.offset > page.limit ? page.offset - page.limit : 0, "← Before");
  if (shown > 0)
    html->element("span", count_text(page.offset + 1) + " to " + count_text(page.offset + shown));
  if (shown == page.limit) link("next", page.offset + page.limit, "Next →");
  html->close("nav");
}

void add_empty(std::string_view text, Html* html) {
  html->element("p", text, {{"class", "empty"}});
}

Answer missing_page(std::string_view what) {
  Html html;
  add_heading("Not found", &html);
  add_empty(std::string("There is no ") + std::string(what) + ".", &html);
  html.open("p").link("/", "All sessions").text(" · ").link("/tests", "All tests").close("p");
  Answer answer = page("Not found", html.take(), "");
  answer.status = 404;
  return answer;
}

}  // namespace alibi::serve
