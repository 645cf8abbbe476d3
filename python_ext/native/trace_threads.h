// Keeps one C trace function installed in every thread of the interpreter, and passes events on to the
// trace functions of others.
//
// Used by TraceEvents. Threads are found three ways: all that exist at start and at each new context; new
// ones right after a function of _thread made them, before they run anything; and a thread whose
// trace function Python code changes, right after sys.settrace() returned. What others install is called
// with the same events and stays what sys.gettrace() shows; alone, we show None. A C caller of
// PyEval_SetTrace (coverage.py's tracer) takes us out until the next check, which reports it.
#ifndef ALIBI_PYTHON_EXT_TRACE_THREADS_H_
#define ALIBI_PYTHON_EXT_TRACE_THREADS_H_

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "compat.h"

namespace alibi::python {

class TraceThreads {
 public:
  explicit TraceThreads(Py_tracefunc function) : function_(function) {}

  // Installs in all threads and watches for new ones. False, with the cause in `why`: the interpreter is
  // as it was.
  bool start(std::string* why);
  void stop();

  // What is not traced any more, or was not yet; all of it is when this returns.
  struct Missed {
    int evicted = 0;      // somebody replaced the trace function
    int threads = 0;      // C code started a thread
    int untraceable = 0;  // and now it cannot be installed
  };
  Missed check();

  // HOT. What else wants events of this thread; null in general.
  Py_tracefunc foreign() const {
    if (__builtin_expect(foreign_.empty(), 1)) return nullptr;
    auto found = foreign_.find(PyThreadState_Get());
    return found != foreign_.end() ? found->second : nullptr;
  }
  // After `foreign` was called: it may have removed or replaced itself, and us with it.
  void keep_installed();

 private:
  struct SettraceObserver;
  struct ThreadStartObserver;
  struct JoinableThreadStartObserver;

  bool install(PyThreadState* thread);
  void install_in_new_threads();

  static inline TraceThreads* active = nullptr;
  Py_tracefunc function_;
  PyInterpreterState* interpreter_ = nullptr;
  std::unordered_map<PyThreadState*, Py_tracefunc> foreign_;
  std::unordered_set<uint64_t> known_;  // ids of threads that were given the trace function
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_TRACE_THREADS_H_
