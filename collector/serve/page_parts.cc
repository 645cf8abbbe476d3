#include "collector/serve/page_parts.h"

namespace alibi::serve {

std::string test_address(uint64_t id) {
  return "/tests/" + std::to_string(id);
}
std::string session_address(uint64_t id) {
  return "/sessions/" + std::to_string(id);
}
std::string file_address(std::string_view path) {
  return "/files/" + encoded(path);
}

void add_test_link(const TestRow& test, Html* html) {
  const std::string place =
      test.module.empty() || test.module == test.suite ? test.suite : test.module + " › " + test.suite;
  html->open("td").open("span", {{"class", "suite"}}).text(place).text(" › ").close("span");
  html->link(test_address(test.id), test.name.empty() ? "(no name)" : test.name).close("td");
}

void add_status(Status status, uint32_t flags, Html* html) {
  html->open("td").element("span", status_text(status),
                           {{"class", std::string("status ") + status_text(status)}});
  constexpr std::pair<Flag, const char*> kNotes[] = {
      {kSkippedByItr, "left out"},   {kRetry, "retry"},       {kNew, "new"},
      {kQuarantined, "quarantined"}, {kDisabled, "disabled"}, {kAttemptToFix, "attempt to fix"}};
  for (const auto& [flag, note] : kNotes) {
    if ((flags & flag) != 0) html->text(" ").element("small", note);
  }
  html->close("td");
}

void add_head(std::initializer_list<const char*> columns, Html* html) {
  html->open("div", {{"class", "scroll"}}).open("table").open("thead").open("tr");
  for (const char* column : columns) html->element("th", column, {{"scope", "col"}});
  html->close("tr").close("thead").open("tbody");
}

void add_end(Html* html) {
  html->close("tbody").close("table").close("div");
}

void add_failure(const AttemptRow& attempt, Html* html) {
  if (attempt.error_type.empty() && attempt.error_message.empty() && attempt.error_stack.empty()) return;
  html->open("details").element("summary", attempt.error_type + ": " + attempt.error_message.substr(0, 200));
  html->element("pre", attempt.error_message + "\n\n" + attempt.error_stack).close("details");
}

void add_search(std::string_view address, std::string_view name, std::string_view label,
                std::string_view value, Html* html) {
  html->open("form", {{"action", address}, {"method", "get"}, {"role", "search"}});
  html->open("label").text(label).text(" ");
  html->open("input", {{"type", "search"}, {"name", name}, {"value", value}}).close("label");
  html->element("button", "Search").close("form");
}

void add_neighbours(std::string_view address, Page page, size_t shown, Html* html) {
  html->open("p", {{"class", "neighbours"}});
  if (page.offset > 0) {
    const uint64_t offset = page.offset > page.limit ? page.offset - page.limit : 0;
    html->open("a", {{"rel", "prev"}, {"href", std::string(address) + "offset=" + std::to_string(offset)}});
    html->text("← Before").close("a").text(" ");
  }
  if (shown == page.limit) {
    html->open("a", {{"rel", "next"},
                     {"href", std::string(address) + "offset=" + std::to_string(page.offset + page.limit)}});
    html->text("Next →").close("a");
  }
  html->close("p");
}

Answer missing_page(std::string_view what) {
  Html html;
  html.element("p", std::string("There is no ") + std::string(what) + ".");
  Answer answer = page("Not found", html.take(), "");
  answer.status = 404;
  return answer;
}

}  // namespace alibi::serve
