#include "trace_threads.h"

#include "internals/frame_access.h"
#include "method_swap.h"

namespace alibi::python {
namespace {

template <class Visit>
void for_each_thread(PyInterpreterState* interpreter, Visit visit) {
  PyThreadState* thread = PyInterpreterState_ThreadHead(interpreter);
  for (; thread != nullptr; thread = PyThreadState_Next(thread)) visit(thread);
}

// Frames that we had told to keep quiet about lines: another trace function may want them. One that traces
// opcodes without lines was told so by its own tracer.
void want_all_line_events(PyThreadState* thread) {
  Ref frame = Ref::steal(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(thread)));
  while (frame) {
    PyFrameObject* self = reinterpret_cast<PyFrameObject*>(frame.get());
    if (!line_events_wanted(self) && !opcode_events_wanted(self)) want_line_events(self, true);
    frame = caller_of(self);
  }
}

}  // namespace

struct TraceThreads::SettraceObserver {
  static void called(const FinishedCall&) {
    if (active == nullptr || current_interpreter() != active->interpreter_) return;
    ExceptionGuard guard;
    RecordingLock lock;
    active->keep_installed();
  }
};

struct TraceThreads::ThreadStartObserver {
  static void called(const FinishedCall&) {
    if (active == nullptr || current_interpreter() != active->interpreter_) return;
    ExceptionGuard guard;
    RecordingLock lock;
    active->install_in_new_threads();
  }
};
// One function per observer type.
struct TraceThreads::JoinableThreadStartObserver : ThreadStartObserver {};

bool TraceThreads::start(std::string* why) {
  interpreter_ = current_interpreter();
  check();
  if (PyThreadState_Get()->c_tracefunc != function_) {
    *why = "the interpreter refused a trace function (an audit hook may forbid sys.settrace)";
    stop();
    return false;
  }
  active = this;
  ExceptionGuard guard;
  Watched<SettraceObserver>::install(PySys_GetObject("settrace"));
  Ref module = Ref::steal(PyImport_ImportModule("_thread"));
  PyObject* functions = module ? PyModule_GetDict(module.get()) : nullptr;
  if (functions == nullptr) return true;
  Watched<ThreadStartObserver>::install(PyDict_GetItemString(functions, "start_new_thread"));
  // What threading uses from 3.13 on.
  Watched<JoinableThreadStartObserver>::install(PyDict_GetItemString(functions, "start_joinable_thread"));
  return true;
}

void TraceThreads::stop() {
  if (active == this) {
    Watched<SettraceObserver>::restore();
    Watched<ThreadStartObserver>::restore();
    Watched<JoinableThreadStartObserver>::restore();
    active = nullptr;
  }
  for_each_thread(interpreter_, [this](PyThreadState* thread) {
    if (thread->c_tracefunc != function_) return;
    auto found = foreign_.find(thread);
    Ref argument = Ref::share(thread->c_traceobj);
    if (found != foreign_.end()) {
      set_trace_function(thread, found->second, argument.get());
    } else {
      set_trace_function(thread, nullptr, nullptr);
    }
    want_all_line_events(thread);
  });
  PyErr_Clear();
  foreign_.clear();
  known_.clear();
}

bool TraceThreads::install(PyThreadState* thread) {
  Ref argument = Ref::share(thread->c_traceobj);
  const Py_tracefunc others = thread->c_tracefunc;
  if (!set_trace_function(thread, function_, argument.get())) {
    PyErr_Clear();
    return false;
  }
  known_.insert(PyThreadState_GetID(thread));
  if (others == nullptr) {
    foreign_.erase(thread);
  } else {
    foreign_[thread] = others;
    want_all_line_events(thread);
  }
  return true;
}

TraceThreads::Missed TraceThreads::check() {
  Missed missed;
  for_each_thread(interpreter_, [&](PyThreadState* thread) {
    if (thread->c_tracefunc == function_) return;
    ++(known_.count(PyThreadState_GetID(thread)) != 0 ? missed.evicted : missed.threads);
    if (!install(thread)) ++missed.untraceable;
  });
  return missed;
}

void TraceThreads::install_in_new_threads() {
  for_each_thread(interpreter_, [this](PyThreadState* thread) {
    if (thread->c_tracefunc == nullptr && known_.count(PyThreadState_GetID(thread)) == 0) install(thread);
  });
}

void TraceThreads::keep_installed() {
  PyThreadState* thread = PyThreadState_Get();
  if (thread->c_tracefunc != function_) install(thread);
}

}  // namespace alibi::python
