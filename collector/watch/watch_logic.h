// What to do when files change, keys are pressed and runs end: the decisions of `alibi watch` as a state
// machine without clock, disk or processes. WatchLoop feeds it and carries out what it answers.
//
// A save never gets lost: until a run has begun after it, or an answer said that nothing has to run, it is
// pending. What a run writes itself must not start runs without end: it is told from saves by evidence and,
// where that has none (reports of the runner, programs nobody sees into), by happening during one run after
// the other.
#ifndef ALIBI_COLLECTOR_WATCH_WATCH_LOGIC_H_
#define ALIBI_COLLECTOR_WATCH_WATCH_LOGIC_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/watch/known_paths.h"
#include "collector/watch/run_results.h"

namespace alibi::watch {

using Time = std::chrono::steady_clock::time_point;

enum class Key : uint8_t { kAgain, kAll, kFailed, kPause, kQuit };
// After a run. While something is open, every save runs: what a failed test rests on is not fully known.
enum class Standing : uint8_t { kAllGood, kSomethingOpen };
enum class Answer : uint8_t { kNothingToRun, kSomethingToRun };

enum class Action : uint8_t {
  kNone,
  kStartRun,   // of mode()
  kInterrupt,  // the run, so that it cleans up
  kKill,       // the run, which did not
  kAsk,        // whether anything has to run
  kStopAsking,
  kQuit
};

class WatchLogic {
 public:
  enum class Phase : uint8_t { kIdle, kAsking, kRunning, kStopping };

  // `known` outlives this; what it says may change whenever no run is under way.
  explicit WatchLogic(const KnownPaths* known) : known_(known) {}

  std::vector<Action> begin();
  std::vector<Action> changed(const Changes& changes, Time now);
  std::vector<Action> pressed(Key key, Time now);
  std::vector<Action> answered(Answer answer);
  std::vector<Action> run_ended(Standing standing);
  std::vector<Action> time_passed(Time now);
  std::optional<Time> deadline() const { return patience_ends_; }

  Phase phase() const { return phase_; }
  RunMode mode() const { return mode_; }
  bool paused() const { return paused_; }
  bool quitting() const { return quitting_; }
  // Paths: of the run under way or the last one; those that the last answer settled; those that wait.
  const std::vector<std::string>& changes() const { return changes_; }
  const std::vector<std::string>& settled() const { return settled_; }
  std::vector<std::string> waiting() const;
  // The changes that wait came from the tests, time after time: they do not start another run.
  bool gave_up() const { return gave_up_; }

 private:
  using Actions = std::vector<Action>;
  Actions decide();
  Actions start(RunMode mode);
  Actions stop(Time now);
  Actions quit(Time now);
  bool is_of_the_run(const Change& change);
  void note(const Change& change);
  bool needs_a_run(const Change& change) const;

  const KnownPaths* known_;
  Phase phase_ = Phase::kIdle;
  Standing standing_ = Standing::kSomethingOpen;
  RunMode mode_ = RunMode::kChanged;
  Changes pending_;
  std::vector<std::string> changes_, settled_;
  std::set<std::string> changed_in_runs_;  // paths that no test is known to rest on
  std::optional<RunMode> next_;            // what to run once the one that is being stopped has ended
  std::optional<Time> patience_ends_;
  int in_a_row_ = 0;  // runs that began for changes during the one before
  bool paused_ = false;
  bool quitting_ = false;
  bool gave_up_ = false;
};

// Waits until nothing has happened for a moment, so that a save of many files is one change; not for ever.
class QuietTime {
 public:
  void happened(Time now);
  std::optional<Time> ends() const;
  void reset() { first_.reset(); }

 private:
  std::optional<Time> first_;
  Time last_;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_WATCH_LOGIC_H_
