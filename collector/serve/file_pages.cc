// The pages about source files: all that some test covered, and one with the tests of its lines.
#include <algorithm>
#include <map>
#include <utility>

#include "collector/serve/line_text.h"
#include "collector/serve/page_parts.h"
#include "collector/serve/routes.h"
#include "collector/serve/source_text.h"
#include "collector/serve/url_numbers.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kMostTests = 1000;
constexpr size_t kMostLines = 20'000;
constexpr size_t kMostNames = 20'000;  // of tests, beside all lines together

using TestsOfLine = std::vector<size_t>;  // numbers of covers
using ByLine = std::map<uint32_t, TestsOfLine>;

ByLine by_line_of(const std::vector<LineCover>& covers) {
  ByLine by_line;
  for (size_t i = 0; i < covers.size(); ++i) {
    for (const uint32_t line : covers[i].lines) {
      if (by_line.size() < kMostLines || by_line.contains(line)) by_line[line].push_back(i);
    }
  }
  return by_line;
}

// Lines one after the other that the same tests executed.
struct Block {
  uint32_t first = 0, last = 0;
  const TestsOfLine* tests = nullptr;  // nullptr: none
};

std::vector<Block> blocks_of(const ByLine& by_line, size_t lines_of_text) {
  std::vector<Block> blocks;
  const uint32_t last = std::max(by_line.empty() ? 0 : by_line.rbegin()->first,
                                 static_cast<uint32_t>(std::min(lines_of_text, kMostLines)));
  const auto add = [&blocks](uint32_t line, const TestsOfLine* tests) {
    const bool joins =
        !blocks.empty() && blocks.back().last + 1 == line &&
        ((tests == nullptr && blocks.back().tests == nullptr) ||
         (tests != nullptr && blocks.back().tests != nullptr && *tests == *blocks.back().tests));
    if (joins)
      blocks.back().last = line;
    else
      blocks.push_back({line, line, tests});
  };
  if (lines_of_text == 0) {
    for (const auto& [line, tests] : by_line) add(line, &tests);
    return blocks;
  }
  for (uint32_t line = 1; line <= last; ++line) {
    const auto tests = by_line.find(line);
    add(line, tests == by_line.end() ? nullptr : &tests->second);
  }
  return blocks;
}

std::string tests_text(size_t count) {
  return count_text(count) + (count == 1 ? " test" : " tests");
}

class Lines {
 public:
  Lines(const std::vector<LineCover>& covers, const std::vector<std::string>& text, Html* html)
      : covers_(covers), text_(text), html_(html) {}

  void add(const std::vector<Block>& blocks) {
    Table table("Lines with the tests that executed them",
                text_.empty() ? std::vector<Table::Column>{{"Lines"}, {"Tests"}}
                              : std::vector<Table::Column>{{"Text"}, {"Tests"}},
                html_);
    for (const Block& block : blocks) {
      table.row().cell();
      if (text_.empty())
        html_->text(block.first == block.last
                        ? std::to_string(block.first)
                        : std::to_string(block.first) + "–" + std::to_string(block.last));
      else
        add_text(block);
      table.cell();
      if (block.tests != nullptr) add_tests(*block.tests);
    }
  }

 private:
  void add_text(const Block& block) {
    const char* kind = block.tests == nullptr ? "source" : "source ran";
    html_->open("pre", {{"class", kind}});
    for (uint32_t line = block.first; line <= block.last; ++line) {
      const std::string number = std::to_string(line);
      html_->open("span", {{"id", "L" + number}, {"class", "line"}, {"data-line", number}});
      html_->text(line <= text_.size() ? text_[line - 1] : "").text("\n").close("span");
    }
    html_->close("pre");
  }

  void add_tests(const TestsOfLine& tests) {
    if (named_ > kMostNames) {
      html_->text(tests_text(tests.size()));
      return;
    }
    constexpr size_t kAtOnce = 2, kNamed = 100;
    const bool folded = tests.size() > kAtOnce;
    if (folded) html_->open("details").element("summary", tests_text(tests.size()));
    html_->open("ul", {{"class", "names"}});
    for (size_t i = 0; i < tests.size() && i < kNamed; ++i, ++named_) {
      const TestRow& test = covers_[tests[i]].test;
      html_->open("li").link(test_address(test.id), clipped(test_name(test), 150)).close("li");
    }
    if (tests.size() > kNamed) html_->element("li", "and " + count_text(tests.size() - kNamed) + " more");
    html_->close("ul");
    if (folded) html_->close("details");
  }

  const std::vector<LineCover>& covers_;
  const std::vector<std::string>& text_;
  Html* html_;
  size_t named_ = 0;
};

}  // namespace

std::string lines_text(const std::vector<uint32_t>& lines) {
  std::string text;
  constexpr size_t kLongest = 2000;
  for (size_t i = 0; i < lines.size();) {
    if (text.size() > kLongest) return text + ", …";
    size_t end = i + 1;
    while (end < lines.size() && lines[end] == lines[end - 1] + 1) ++end;
    if (!text.empty()) text += ", ";
    text += std::to_string(lines[i]);
    if (end - i > 1) text += "–" + std::to_string(lines[end - 1]);
    i = end;
  }
  return lines.empty() ? "some; which is not known" : text;
}

Answer Routes::page_files(const HttpRequest& request) {
  const Page page = page_of(request, 200);
  const std::string text = request.query_value("q");
  const Result<std::vector<std::string>> files = database_->files(text, page);
  if (!files) return database_failure(files.error());
  Html html;
  add_heading("Files", &html);
  add_search("/files", "q", "Part of the path", text, {}, &html);
  if (files->empty())
    add_empty(text.empty() && page.offset == 0
                  ? "No file is known yet: files are those that coverage names, and the sources of tests."
                  : "No file has this in its path.",
              &html);
  html.open("ul", {{"class", "list"}});
  for (const std::string& file : *files)
    html.open("li").link(file_address(file), clipped(file, 400)).close("li");
  html.close("ul");
  add_neighbours("/files?q=" + encoded(text) + "&", page, files->size(), &html);
  return serve::page("Files", html.take(), "/files");
}

Answer Routes::page_file(const HttpRequest& request) {
  const std::string path = request.path.substr(std::string_view("/files/").size());
  const Result<std::vector<LineCover>> covers = database_->tests_of_file(path, kMostTests);
  if (!covers) return database_failure(covers.error());
  const std::vector<std::string> text = lines_of_source(setup_.source, path);
  Html html;
  add_heading(path, &html);
  html.element("p",
               (covers->size() == kMostTests ? "At least " : "") + tests_text(covers->size()) +
                   " covered this file when they last ran with coverage.",
               {{"class", "lead"}});
  const ByLine by_line = by_line_of(*covers);
  if (!by_line.empty() || !text.empty()) {
    html.element("h2", "Lines");
    if (text.empty() && setup_.source.empty())
      html.element("p", "Start the server with --source DIR, a checkout, to see the text of the lines.",
                   {{"class", "note"}});
    Lines(*covers, text, &html).add(blocks_of(by_line, text.size()));
  }
  html.element("h2", "Tests");
  if (covers->empty()) add_empty("No test covered this file.", &html);
  if (!covers->empty()) {
    Table table("Tests that covered this file", {{"Last status"}, {"Test"}, {"Lines"}}, &html);
    for (const LineCover& cover : *covers) {
      add_status(cover.test.last_status, 0, &table.row().cell());
      add_test_link(cover.test, &table.cell());
      add_marks(cover.test, &html);
      table.text(lines_text(cover.lines));
    }
  }
  return serve::page(path, html.take(), "/files");
}

}  // namespace alibi::serve
