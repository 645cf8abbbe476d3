#include "collector/watch/screen.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace alibi::watch {
namespace {

using report::Colour;
using Activity = View::Activity;

constexpr size_t kLeastOfFirst = 8;  // lines of the first failure, however many there are

struct Line {
  std::string text;
  Colour colour = Colour::kNone;
};
using Lines = std::vector<Line>;

// The first `columns` characters of UTF-8.
std::string cut(const std::string& text, size_t columns) {
  size_t characters = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if ((text[at] & 0xC0) == 0x80) continue;
    if (++characters > columns) return text.substr(0, at);
  }
  return text;
}

const char* mode_text(RunMode mode) {
  switch (mode) {
    case RunMode::kAll:
      return "all tests: ";
    case RunMode::kFailed:
      return "what failed: ";
    default:
      return "";
  }
}

std::string seconds_text(const View& view) {
  return view.elapsed_ns == 0 ? "" : "  " + report::duration_text(view.elapsed_ns);
}

Line status_line(const View& view) {
  const bool running = view.activity == Activity::kRunning || view.activity == Activity::kStopping;
  const std::string text = status_text(view) + seconds_text(view);
  if (running) return {std::string("RUN   ") + mode_text(view.mode) + text, Colour::kYellow};
  if (!view.end) return {text, Colour::kNone};
  const bool bad = !view.results.failures().empty() || *view.end == RunEnd::kBroken ||
                   (*view.end == RunEnd::kSilent && view.status != 0);
  if (bad) return {"FAIL  " + text, Colour::kRed};
  if (*view.end == RunEnd::kInterrupted) return {"STOP  " + text, Colour::kYellow};
  return {"PASS  " + text, Colour::kGreen};
}

Lines head(const View& view) {
  Lines lines;
  std::string title = "alibi watch  " + view.project;
  if (view.paused) title += "  PAUSED";
  title += "  " + report::count_text(view.files, "file") + "  " + view.time;
  lines.push_back({title, Colour::kBold});
  lines.push_back(status_line(view));
  if (view.activity == Activity::kAsking)
    lines.push_back({"asking what depends on " + some_of(view.waiting), Colour::kDim});
  else if (!view.settled.empty())
    lines.push_back({"nothing to run for " + some_of(view.settled), Colour::kDim});
  else if (!view.changes.empty())
    lines.push_back({"changed " + some_of(view.changes), Colour::kNone});
  if (view.paused && !view.waiting.empty())
    lines.push_back({"waiting: " + some_of(view.waiting), Colour::kYellow});
  if (view.gave_up)
    lines.push_back(
        {some_of(view.waiting) + " changes whenever the tests run: not run again for it; Enter does",
         Colour::kYellow});
  const bool about_the_run = view.settled.empty() && view.activity != Activity::kAsking;
  for (const std::string& note : about_the_run ? view.results.notes() : std::vector<std::string>())
    lines.push_back({note, Colour::kDim});
  for (const std::string& problem : view.problems)
    lines.push_back({report::printable(problem), Colour::kYellow});
  return lines;
}

Colour colour_of(const std::string& line) {
  return line.starts_with("E ") || line == "E" ? Colour::kRed : Colour::kNone;
}

// What the test printed goes first, then the outer part of the traceback.
Lines failure_lines(const Failure& failure, size_t room) {
  Lines lines;
  const std::string word = failure.finding ? "ERROR " : "FAILED ";
  lines.push_back({word + failure.id + (failure.earlier ? "  (before; not run again yet)" : ""),
                   failure.earlier ? Colour::kDim : Colour::kRed});
  if (room <= 1) return lines;
  const std::vector<std::string>& text = failure.text;
  const auto printed = std::find_if(text.begin(), text.end(),
                                    [](const std::string& line) { return line.starts_with("Captured "); });
  const auto end =
      static_cast<size_t>(text.size() + 1 > room ? printed - text.begin() : text.end() - text.begin());
  size_t begin = 0;
  if (end + 1 > room) {
    begin = end - (room - 1);
    if (room > 2) {
      ++begin;
      lines.push_back({"    ...", Colour::kDim});
    }
  }
  for (size_t i = begin; i < end; ++i) {
    lines.push_back({"    " + text[i], failure.earlier ? Colour::kDim : colour_of(text[i])});
  }
  return lines;
}

Lines failures_fitted(const View& view, size_t room) {
  const std::vector<Failure>& failures = view.results.failures();
  const size_t first = failures.empty() ? 0 : std::min(view.first_failure, failures.size() - 1);
  size_t needed = 0;
  for (size_t i = first; i < failures.size(); ++i) needed += failures[i].text.size() + 2;
  const bool spacious = needed <= room + 1;
  Lines lines;
  for (size_t i = first; i < failures.size(); ++i) {
    const size_t left = room - lines.size();
    const size_t after = failures.size() - i - 1;
    if (left == 0) break;
    if (left == 1 && after > 0) {
      lines.push_back({"and " + report::count_text(after + 1, "more failure") + ": Down", Colour::kDim});
      break;
    }
    const size_t least = i == first ? std::min(left - (after > 0 ? 1 : 0), kLeastOfFirst) : 1;
    for (Line& line : failure_lines(failures[i], std::max(least, left > after ? left - after : 0)))
      lines.push_back(std::move(line));
    if (spacious && after > 0) lines.push_back({});
  }
  return lines;
}

Lines body(const View& view, size_t room) {
  const bool only_output = view.end && (*view.end == RunEnd::kBroken || *view.end == RunEnd::kSilent) &&
                           view.activity == Activity::kIdle;
  if (!view.show_output && !only_output) return failures_fitted(view, room);
  Lines lines;
  for (std::string& line : last_lines(view.output, room)) lines.push_back({std::move(line), Colour::kNone});
  return lines;
}

std::string keys(const View& view) {
  if (view.quitting) return "waiting for the run to stop; q again kills it";
  std::string text = "Enter run  a all";
  if (!view.results.failures().empty()) text += "  f failed";
  text += view.paused ? "  p go on" : "  p pause";
  text += view.show_output ? "  o failures" : "  o output";
  if (view.results.failures().size() > 1) text += "  Up Down scroll";
  return text + "  q quit";
}

}  // namespace

std::vector<std::string> screen_lines(const View& view, ScreenSize size, const report::Style& style) {
  Lines lines = head(view);
  const size_t most_of_head = size.rows > 8 ? size.rows / 2 : size.rows > 1 ? size.rows - 1 : 1;
  if (lines.size() > most_of_head) lines.resize(most_of_head);
  if (size.rows > lines.size() + 2) {
    lines.push_back({});
    for (Line& line : body(view, size.rows - lines.size() - 1)) lines.push_back(std::move(line));
  }
  if (size.rows > lines.size()) {
    lines.resize(size.rows - 1);
    lines.push_back({keys(view), Colour::kDim});
  }
  std::vector<std::string> painted;
  for (const Line& line : lines) painted.push_back(style.paint(line.colour, cut(line.text, size.columns)));
  return painted;
}

}  // namespace alibi::watch
