#include "collector/watch/view.h"

#include <algorithm>
#include <string_view>

#include "collector/report/style.h"

namespace alibi::watch {
namespace {

constexpr size_t kMostNamed = 3;

// Without the sequences that colour text; other control characters are shown as '?'.
std::string without_colours(std::string_view line) {
  std::string plain;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line.substr(at).starts_with("\x1b[")) {
      at += 2;
      while (at < line.size() && (line[at] < '@' || line[at] > '~')) ++at;
      continue;
    }
    if (line[at] == '\t')
      plain.append(8 - plain.size() % 8, ' ');
    else if (line[at] != '\r')
      plain += line[at];
  }
  return report::printable(plain);
}

std::string running_text(const View& view) {
  const RunCounts& counts = view.results.counts();
  if (view.activity == View::Activity::kStopping) return "stopping the run";
  if (!counts.collected) return "starting";
  std::string text = std::to_string(counts.ended()) + " of " + report::count_text(counts.to_run, "test");
  if (counts.failed > 0) text += ", " + std::to_string(counts.failed) + " failed";
  return text;
}

std::string end_text(const View& view) {
  const RunCounts& counts = view.results.counts();
  switch (*view.end) {
    case RunEnd::kInterrupted:
      return "interrupted";
    case RunEnd::kSilent:
      return view.status == 0 ? "passed" : "failed with status " + std::to_string(view.status);
    case RunEnd::kBroken:
      return view.status > 128 ? "ended by signal " + std::to_string(view.status - 128)
                               : "did not run to its end, status " + std::to_string(view.status);
    case RunEnd::kOrderly:
      break;
  }
  return counts_text(counts);
}

}  // namespace

std::string counts_text(const RunCounts& counts) {
  std::string text;
  const auto add = [&text](size_t count, const char* word) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + word;
  };
  add(counts.failed, "failed");
  add(counts.passed, "passed");
  add(counts.skipped, "skipped");
  add(counts.other, "expected to fail");
  if (text.empty()) text = "nothing had to run";
  if (counts.left_out > 0)
    text += "; " + std::to_string(counts.left_out) + (counts.left_out == 1 ? " has" : " have") + " an alibi";
  return text;
}

std::string status_text(const View& view) {
  using Activity = View::Activity;
  if (view.activity == Activity::kRunning || view.activity == Activity::kStopping) return running_text(view);
  if (!view.end) return "not run yet";
  std::string text = end_text(view);
  const size_t failing = view.results.failures().size();
  const size_t failed = view.results.counts().failed;
  if (*view.end == RunEnd::kOrderly && failing > failed)
    text = report::count_text(failing, "failure") + " open: " + text;
  return text;
}

std::string some_of(const std::vector<std::string>& paths) {
  std::string text;
  for (size_t i = 0; i < std::min(paths.size(), kMostNamed); ++i)
    text += (i == 0 ? "" : ", ") + report::printable(paths[i]);
  if (paths.size() > kMostNamed) text += " and " + std::to_string(paths.size() - kMostNamed) + " more";
  return text;
}

std::vector<std::string> last_lines(const std::string& output, size_t most) {
  std::vector<std::string> lines;
  size_t end = output.size();
  while (end > 0 && output[end - 1] == '\n') --end;
  while (end > 0 && lines.size() < most) {
    const size_t before = output.rfind('\n', end - 1);
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    lines.push_back(without_colours(std::string_view(output).substr(begin, end - begin)));
    end = before == std::string::npos ? 0 : before;
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

}  // namespace alibi::watch
