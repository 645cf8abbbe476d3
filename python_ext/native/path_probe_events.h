// Paths that project code asked about without opening them: stat, lstat, access, readlink and
// os.path's own C functions, none of which raises an audit event.
//
// Owned by InputEvents. Swaps the functions' inside, so os.stat stays os.stat. What is recorded is
// the answer: there or not, kind and size, never a time.
#ifndef ALIBI_PYTHON_EXT_PATH_PROBE_EVENTS_H_
#define ALIBI_PYTHON_EXT_PATH_PROBE_EVENTS_H_

#include "input_log.h"

namespace alibi::python {

struct FinishedCall;

class PathProbeEvents {
 public:
  explicit PathProbeEvents(InputLog& log) : log_(log) {}

  // Installs what this interpreter has; a function that somebody replaced is left alone.
  void start();
  void stop();

  // From the swapped functions.
  static bool wants_text_of(PyObject* path);
  enum class Answer : uint8_t { kStatus, kTruth, kText };
  static void asked(const FinishedCall& call, Answer answer, int function);

 private:
  void record(const FinishedCall& call, Answer answer, int function);

  static inline PathProbeEvents* running_ = nullptr;
  InputLog& log_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_PATH_PROBE_EVENTS_H_
