// The interpreter's part in crash and hang reports: its dumper of Python stacks that is safe inside a signal
// handler, and the words for what runs.
//
// Owned by Session; all calls with the interpreter attached. The dumper is the interpreter's own function
// where it exports one (not all builds do), else the handler that faulthandler.register installs for a signal
// that nobody uses. Where neither works, reports have native stacks only, and say so.
#ifndef ALIBI_PYTHON_EXT_CRASH_REPORT_H_
#define ALIBI_PYTHON_EXT_CRASH_REPORT_H_

#include <cstdint>
#include <string>

#include "compat.h"
#include "tracer/abi/alibi_crash.h"

namespace alibi::python {

class CrashReport {
 public:
  ~CrashReport() { stop(); }

  // Cannot fail: without it there are fewer reports. False: there is no timer for `hang_ms`.
  bool start(const std::string& shard_path, uint64_t hang_ms);
  void stop();

  // `descriptor` is duplicated; -1: nobody is told.
  void announce_to(int descriptor);
  void enter(alibi_context_kind kind, const std::string& name);
  void leave();
  void leave_collection();  // when one is what runs

 private:
  bool running_ = false;
  bool in_collection_ = false;
  int announced_ = -1;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CRASH_REPORT_H_
