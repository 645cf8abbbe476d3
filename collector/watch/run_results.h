// What is known of the tests while somebody watches: counts of the run under way or the last one, and every
// failure that has not been seen to pass since. Fed with events, drawn by Screen and PlainLog. Pure.
#ifndef ALIBI_COLLECTOR_WATCH_RUN_RESULTS_H_
#define ALIBI_COLLECTOR_WATCH_RUN_RESULTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/watch/run_event.h"

namespace alibi::watch {

struct Failure {
  std::string id;
  bool finding = false;  // see RunEvent
  bool earlier = false;  // of a run before this one, and not run again yet
  std::string place;
  std::string message;
  std::vector<std::string> text;
};

struct RunCounts {
  size_t to_run = 0;  // as far as it is known
  size_t left_out = 0;
  bool collected = false;
  size_t passed = 0, failed = 0, skipped = 0, other = 0;
  size_t ended() const { return passed + failed + skipped + other; }
};

// What a run is asked for: what changes can break, everything, what failed last.
enum class RunMode : uint8_t { kChanged, kAll, kFailed };

// How a run ended.
enum class RunEnd : uint8_t {
  kOrderly,      // the runner said how each test ended
  kInterrupted,  // stopped for the sake of a newer save
  kSilent,       // it said nothing in the protocol: only its status and output tell
  kBroken        // it came to a bad end: could not start, crashed, refused its command line
};

class RunResults {
 public:
  void begin(RunMode mode);
  void add(const RunEvent& event);
  // `status`: the exit status, 128 + signal.
  RunEnd end(int status, bool interrupted);

  const RunCounts& counts() const { return counts_; }
  const std::vector<std::string>& notes() const { return notes_; }
  // Those of this run first, each in the order in which they happened.
  const std::vector<Failure>& failures() const { return failures_; }

 private:
  void fail(const RunEvent& event);
  void settle(const std::string& id);
  void count(const std::string& outcome);

  RunMode mode_ = RunMode::kChanged;
  RunCounts counts_;
  std::vector<std::string> notes_;
  std::vector<Failure> failures_;
  bool spoke_ = false;
  bool ended_ = false;
  bool stopped_ = false;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_RUN_RESULTS_H_
