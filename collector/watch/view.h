// All that a person sees while watching, as values: filled by WatchLoop, turned into text by screen_lines()
// and PlainLog. Paths are shown below the root.
#ifndef ALIBI_COLLECTOR_WATCH_VIEW_H_
#define ALIBI_COLLECTOR_WATCH_VIEW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/watch/run_results.h"

namespace alibi::watch {

struct View {
  enum class Activity : uint8_t { kIdle, kAsking, kRunning, kStopping };

  std::string project;
  std::string command;  // what runs, as a person would type it
  size_t files = 0;     // watched

  Activity activity = Activity::kIdle;
  RunMode mode = RunMode::kChanged;
  bool paused = false;
  bool quitting = false;
  bool gave_up = false;
  std::vector<std::string> changes, settled, waiting;  // see WatchLogic

  size_t runs = 0;  // begun so far
  RunResults results;
  std::optional<RunEnd> end;  // of the last run; none while one runs
  int status = 0;
  uint64_t elapsed_ns = 0;  // of the run under way or the last one
  std::string time;         // of day, now

  std::vector<std::string> problems;  // for people, in one line each
  std::string output;                 // what the run printed
  bool show_output = false;
  size_t first_failure = 0;  // on the screen: where the person has scrolled to
};

// "2 failed, 3 passed, 1 skipped; 12 have an alibi"
std::string counts_text(const RunCounts& counts);
// What the last run came to, or what the one under way has come to so far.
std::string status_text(const View& view);
// "bakery/shop.py, bakery/units.py and 3 more"
std::string some_of(const std::vector<std::string>& paths);
// The last lines of what a run printed, without what would steer a terminal.
std::vector<std::string> last_lines(const std::string& output, size_t most);

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_VIEW_H_
