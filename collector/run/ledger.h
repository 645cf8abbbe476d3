// What became of each unit and of each process, over all attempts, and the exit status that follows. Used by
// the runner's loop. Pure.
//
// A process that failed is forgiven when it failed with units alone and each of them passed on a retry: also
// one that died or took too long in a unit; never one that broke, was interrupted, or failed outside of
// units. Of what is left
// the worst counts: killed by a signal, broken (usage, internal error), interrupted, out of time, failed, no
// tests; the largest status where two are equally bad. "No tests" counts only when no process had any.
#ifndef ALIBI_COLLECTOR_RUN_LEDGER_H_
#define ALIBI_COLLECTOR_RUN_LEDGER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/run/runner.h"

namespace alibi::run {

// From bad to worse.
enum class ProcessFate : uint8_t { kPassed, kNoTests, kFailed, kTimedOut, kInterrupted, kBroken, kKilled };

struct ProcessEnd {
  uint32_t worker = 0;
  ProcessFate fate = ProcessFate::kPassed;
  int status = 0;
  std::vector<size_t> blamed;   // units that it failed with
  bool failed_outside = false;  // also with what belongs to no unit
};

struct UnitResult {
  size_t unit = 0;
  uint32_t worker = 0;
  UnitEnd end = UnitEnd::kPassed;
  uint64_t wall_ms = 0;
  bool measured = true;
  std::vector<std::string> failed_selectors;  // a retry runs these alone; empty: all of it
  std::optional<uint64_t> tests = {}, left_out = {}, loading_ms = {};
};

ProcessFate fate_of(framework::Ending ending);

class Ledger {
 public:
  static constexpr int kTimeoutStatus = 124;  // as timeout(1)

  Ledger(size_t units, const std::vector<std::vector<size_t>>& share, uint32_t workers);

  void claimed(size_t unit, uint32_t worker);
  void given_back(size_t unit);
  void result(UnitResult result);
  void process_ended(const ProcessEnd& end);

  bool any_failed() const;
  size_t done() const { return done_; }
  size_t failed() const;
  // Units whose last attempt failed, with what of them is to be run again.
  std::vector<size_t> failed_units() const;
  plan::Unit to_retry(size_t unit, const plan::Unit& whole) const;

  // cut_short: units of the share that nobody claimed were not run.
  struct Ending {
    bool cut_short = false;
    int signal = 0;
    bool broken = false;  // something could not be started or spoken with
  };
  void fill(const Ending& ending, RunOutcome* outcome) const;

 private:
  struct Entry {
    UnitRun run;
    bool was_claimed = false;
    bool is_planned = false;
    uint32_t planned = 0, first = 0;
    std::vector<std::string> failed_selectors;
  };
  int exit_status(const Ending& ending, const std::vector<UnitRun>& runs) const;

  std::vector<Entry> entries_;
  std::vector<ProcessEnd> ends_;
  std::vector<int> worst_of_worker_;
  size_t done_ = 0;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_LEDGER_H_
