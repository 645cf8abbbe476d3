// One worker as the runner's loop sees it: its process, what that was given, and how it is being ended.
// Values only; RunLoop changes them.
#ifndef ALIBI_COLLECTOR_RUN_SLOT_H_
#define ALIBI_COLLECTOR_RUN_SLOT_H_

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "collector/run/escalation.h"
#include "collector/run/ledger.h"
#include "collector/run/worker_channel.h"
#include "collector/run/worker_output.h"
#include "collector/run/worker_process.h"

namespace alibi::run {

// Why the runner ends a process.
enum class EndedFor : uint8_t { kNothing, kTime, kNonsense, kRunEnds };

// A process of a slot. Units are positions in the round's source.
struct Occupation {
  bool persistent = false;
  bool foreground = false;     // it has the terminal
  std::vector<size_t> batch;   // of a batch: what this and its other launches run
  std::deque<size_t> claimed;  // of a persistent one: what it is to be given next
  WorkerChannel channel;
  std::string to_send;
  bool began_any = false;
  std::vector<size_t> begun;  // of a persistent one
  bool asked_once = false;
  bool failed_outside = false;  // with something that belongs to no unit
  std::vector<size_t> failed;   // positions in the run's units
  std::string junit;
  std::string mark;                // Launch::mark
  std::vector<std::string> files;  // temporary ones
  int64_t started_ms = 0;
  int64_t unit_began_ms = 0;
  std::optional<int64_t> limit_ms;
  EndedFor ended_for = EndedFor::kNothing;
  Escalation escalation;
  std::optional<WorkerEnd> end;  // it is over; what it said is still read
  int64_t read_until_ms = 0;
};

struct Slot {
  Slot(const RunRequest& request, uint32_t number, Printer* printer)
      : index(number), output(request, number, printer) {}

  uint32_t index;
  WorkerOutput output;
  std::optional<WorkerProcess> process;
  Occupation now;
  // A batch of several launches.
  std::deque<framework::Launch> launches;
  ProcessFate batch_fate = ProcessFate::kPassed;
  int64_t batch_began_ms = 0;
  bool batch_started = false;  // one of its launches has run

  int64_t wait_until_ms = 0;  // nothing to claim before
  bool over = false;          // nothing to claim in this round
  bool retired = false;       // its framework wants no more in this round
  bool unable = false;        // it cannot start processes
  bool takes_part() const { return !retired && !unable; }
  WorkerRun run;
  int64_t ended_ms = 0;
  uint32_t reports = 0;  // JUnit files so far
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_SLOT_H_
