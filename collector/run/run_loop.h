// The loop behind run_units(): starts, feeds, watches and ends the workers' processes. One thread, one poll.
// RUN.md has its states. Rounds: the units, then with --retry-failed what failed, as often as asked.
#ifndef ALIBI_COLLECTOR_RUN_RUN_LOOP_H_
#define ALIBI_COLLECTOR_RUN_RUN_LOOP_H_

#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "collector/run/group_guard.h"
#include "collector/run/ledger.h"
#include "collector/run/node_share.h"
#include "collector/run/printer.h"
#include "collector/run/progress.h"
#include "collector/run/run_signals.h"
#include "collector/run/slot.h"

namespace alibi::run {

class RunLoop {
 public:
  RunLoop(const RunRequest& request, framework::Framework* framework, WorkSource* source,
          const std::vector<std::vector<size_t>>& share);
  Result<RunOutcome> run();

 private:
  // What the units of this round's source are called in the run's.
  struct Round {
    WorkSource* source = nullptr;
    std::vector<size_t> original;  // empty: the same
    uint32_t attempt = 1;
    uint64_t claimers = 1;
    bool alone = false;  // each unit in a batch of its own
  };
  struct Waited {
    Slot* slot;  // null: not a worker's
    enum class What : uint8_t { kSignals, kPrinter, kOutput, kErrors, kChannel } what;
  };

  // run_loop.cc
  void run_round();
  bool round_is_over() const;
  bool prepare_retry();
  void wait();
  void wait_for(Slot* slot, std::vector<pollfd>* fds, std::vector<Waited>* waited);
  int64_t wake_at(int64_t now) const;
  void act_on_signals();
  void end_run(int first_signal);
  void pause();
  void watch_times(Slot* slot, int64_t now);
  void merge_reports(RunOutcome* outcome);
  void finish_printing();
  void show_progress(int64_t now);
  void problem(const std::string& text);
  size_t original(size_t unit) const { return round_.original.empty() ? unit : round_.original[unit]; }

  // feeding.cc
  bool can_feed(const Slot& slot, int64_t now) const;
  void feed(Slot* slot);
  uint64_t budget() const;
  bool claim(Slot* slot, uint64_t budget_ms, std::vector<size_t>* units);
  bool start_persistent(Slot* slot, std::vector<size_t> units);
  void start_batch(Slot* slot, std::vector<size_t> units);
  void start_next_launch(Slot* slot);
  Result<void> start_process(Slot* slot, const framework::Launch& launch, Occupation occupation);
  void read_channel(Slot* slot);
  void act_on(Slot* slot, const DriverMessage& message);
  void unit_is_done(Slot* slot, const DriverMessage& message, uint64_t ours_ms);
  void answer(Slot* slot);
  void send(Slot* slot, const std::string& text);
  void flush_channel(Slot* slot);
  std::string next_report(Slot* slot);

  // endings.cc
  void end_process(Slot* slot, EndedFor why, int first_signal);
  void read_output(Slot* slot, Stream stream);
  void look_for_end(Slot* slot, int64_t now);
  void process_is_over(Slot* slot);
  void take_terminal_back();
  void persistent_is_over(Slot* slot, const Occupation& was, const WorkerEnd& end);
  void fall_back(Slot* slot, const std::string& why);
  void launch_is_over(Slot* slot, const Occupation& was, const WorkerEnd& end, bool reported);
  void batch_is_over(Slot* slot, const std::vector<size_t>& units, UnitEnd how);
  UnitEnd without_tests(size_t unit, UnitEnd how);
  // `result`: its unit as this round counts; the worker is the slot's.
  void unit_is_over(Slot* slot, UnitResult result);
  void give_back(const std::vector<size_t>& units);
  void leave_to_others(const Slot& slot);
  void look_again();
  bool keep_report(Slot* slot, const Occupation& was);
  bool came_to_its_end(const Occupation& was, bool reported) const;
  std::string name_of(const Slot& slot) const;
  std::string names_of(const std::vector<size_t>& units) const;

  const RunRequest& request_;
  framework::Framework* framework_;
  WorkSource* source_;
  const std::vector<std::vector<size_t>>& share_;
  RunSignals signals_;
  GroupGuard guard_;
  Printer printer_;
  Progress progress_;
  Ledger ledger_;
  std::vector<std::unique_ptr<Slot>> slots_;
  Round round_;
  std::unique_ptr<NodeShare> retry_;
  bool persistent_;
  bool stopping_ = false;
  bool children_changed_ = true;
  int64_t asked_children_ms_ = 0;
  int signal_ = 0;       // the user's first
  bool broken_ = false;  // something could not be started
  std::optional<Error> first_error_;
  uint32_t processes_ = 0;
  uint64_t groups_ = 0;
  int64_t began_ms_ = 0;
  std::vector<std::string> problems_;
  struct Report {
    uint32_t attempt, worker, number;
    std::string path, whose;
    auto operator<=>(const Report&) const = default;
  };
  std::vector<Report> reports_;
};

int64_t steady_ms();
// The descriptor of the terminal that a single worker may have as its foreground; -1 none.
int terminal_for_worker();

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_RUN_LOOP_H_
