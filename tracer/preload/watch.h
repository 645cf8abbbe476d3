// Whether this process records, who holds the recorder, and what becomes of both in a fork. Used by every
// hook, in any thread, also in signal handlers and in children of vfork.
//
// One lock, held only inside a Section: with all signals blocked (a handler that opens a file would otherwise
// meet the lock that its own thread holds) and cancellation off. Inside it this thread's own calls pass
// through the hooks. A process whose id is not the one that was noted, a child of vfork or of a bare clone,
// shares or copies our memory behind our back: it never enters a Section.
#ifndef ALIBI_TRACER_PRELOAD_WATCH_H_
#define ALIBI_TRACER_PRELOAD_WATCH_H_

#include <signal.h>

#include <string_view>

#include "tracer/preload/program_recorder.h"
#include "tracer/preload/vfork_starts.h"

namespace alibi::preload {

// Called once, with the recorder that lives for as long as the process; false: forks cannot be followed.
bool begin_watching(ProgramRecorder* recorder);
// For good. In a Section.
void end_watching();

// This process records, and the caller is the program, not the recorder.
bool is_watching();
// The caller is a child of vfork (or clone) of a process that records.
bool is_in_foreign_child();

// The invitation of the session that is recorded for; empty: none. Also in a child of vfork.
std::string_view session_invitation();

// Whether the path, spelled like this, is the machine's (ProgramRecorder::is_of_machine). Also in such a
// child.
bool is_plainly_of_machine(std::string_view path);

class Section {
 public:
  Section();
  ~Section();
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  // Null when recording has just ended.
  ProgramRecorder* recorder() const { return recorder_; }
  int error_number() const { return error_number_; }  // errno as it was; it will be again

 private:
  sigset_t signals_;
  int cancel_state_ = 0;
  const int error_number_;
  ProgramRecorder* recorder_;
};

// Runs `observe(recorder, errno)` if this process records.
template <typename Observe>
void watched(Observe&& observe) {
  if (!is_watching()) return;
  const Section section;
  ProgramRecorder* const recorder = section.recorder();
  if (recorder == nullptr) return;
  try {
    if (VforkStarts::any()) recorder->take_vfork_starts();
    observe(*recorder, section.error_number());
  } catch (...) {  // memory is short: the only exception there is
    recorder->lose();
  }
}

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_WATCH_H_
