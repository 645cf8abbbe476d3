#include "collector/report/crash_text.h"

#include <cinttypes>
#include <cstdio>

#include "collector/crash/crash_json.h"
#include "collector/report/text_report.h"

namespace alibi::report {
namespace {

std::string frame_text(size_t index, const collector::NativeFrame& frame) {
  char text[48];
  std::snprintf(text, sizeof text, "#%-3zu", index);
  std::string line = text;
  std::snprintf(text, sizeof text, "0x%" PRIx64, frame.offset);
  const std::string module = frame.module.substr(frame.module.find_last_of('/') + 1);
  if (!frame.function.empty())
    line += frame.function;
  else
    line += module.empty() ? text : module + "+" + text;
  if (!frame.file.empty()) line += "  " + frame.file + ":" + std::to_string(frame.line);
  if (!frame.function.empty() && !module.empty()) line += "  (" + module + ")";
  return line;
}

void add(const std::string& line, const char* indentation, std::string* text) {
  *text += indentation + printable(line) + '\n';
}

// A recursion without an end has the same frame over and over.
void add_frames(const collector::NativeThread& thread, std::string* text) {
  size_t repeated = 0;
  const auto told = [&] {
    if (repeated != 0) add("     ... and " + std::to_string(repeated) + " times more", "      ", text);
    repeated = 0;
  };
  for (size_t index = 0; index < thread.frames.size(); ++index) {
    const collector::NativeFrame& frame = thread.frames[index];
    const bool same = index > 1 && frame.offset == thread.frames[index - 1].offset &&
                      frame.module == thread.frames[index - 1].module;
    if (same) {
      ++repeated;
      continue;
    }
    told();
    add(frame_text(index, frame), "      ", text);
  }
  told();
  if (thread.cut) add("... (frames further out were not written)", "      ", text);
}

void add_lines(const std::string& lines, std::string* text) {
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    add(lines.substr(at, end - at), "      ", text);
    at = end + 1;
  }
}

}  // namespace

std::vector<collector::Crash> crashes_of(const collector::SessionCoverage& coverage,
                                         const collector::TestCoverage& test) {
  std::vector<collector::Crash> crashes = collector::kept_crashes(coverage.description.document);
  std::erase_if(crashes, [&](const collector::Crash& crash) {
    if (!crash.in_test) return true;
    return crash.name_cut ? !test.id.starts_with(crash.name) : crash.name != test.id;
  });
  return crashes;
}

std::string crashes_text(const std::vector<collector::Crash>& crashes, const Style& style) {
  std::string text;
  for (const collector::Crash& crash : crashes) {
    std::string title = collector::headline(crash);
    if (crash.forked) title += " (a child process, " + std::to_string(crash.process_id) + ")";
    text += "  " + style.paint(Colour::kRed, printable(title)) + '\n';
    for (const collector::NativeThread& thread : crash.threads) {
      add("native stack of thread " + std::to_string(thread.thread_id), "    ", &text);
      add_frames(thread, &text);
    }
    if (!crash.python.empty()) add("Python stack", "    ", &text);
    add_lines(crash.python, &text);
    if (crash.python_cut) add("... (more was not written)", "      ", &text);
    for (const std::string& note : crash.notes) add(note, "    ", &text);
    if (!crash.complete) add("the report breaks off here", "    ", &text);
  }
  return text;
}

}  // namespace alibi::report
