#include "trace_events.h"

#include <opcode.h>

#include <vector>

#include "activation.h"
#include "code_files.h"
#include "compat_code.h"
#include "internals/frame_access.h"
#include "trace_threads.h"

namespace alibi::python {
namespace {

constexpr int kSuspendable = CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR;

// strategy_data of a CodeRecord: the round in which each line was recorded last, and that in which the code
// was entered last (of code that can be suspended only). Re-arming is starting a new round; nothing is
// cleared.
struct SeenLines {
  explicit SeenLines(uint32_t span) : round(span, 0) {}
  std::vector<uint32_t> round;
  uint32_t entered = 0;
};

SeenLines& seen_lines(CodeRecord* record) {
  if (record->strategy_data == nullptr) record->strategy_data = new SeenLines(record->span);
  return *static_cast<SeenLines*>(record->strategy_data);
}

// Behind the instructions that create the generator.
int first_body_line(PyCodeObject* code) {
  const Ref bytecode = compiled_bytecode(code);
  if (!bytecode) PyErr_Clear();
  const int size = bytecode ? static_cast<int>(PyBytes_GET_SIZE(bytecode.get())) : 0;
#if defined(RESUME)
  bool begun = false;
#else
  bool begun = true;
#endif
  for (int offset = 0; offset < size; offset += 2) {
    const int line = begun ? PyCode_Addr2Line(code, offset) : 0;
#if defined(RESUME)
    begun = begun || static_cast<unsigned char>(PyBytes_AS_STRING(bytecode.get())[offset]) == RESUME;
#elif defined(GEN_START)
    if (static_cast<unsigned char>(PyBytes_AS_STRING(bytecode.get())[offset]) == GEN_START) continue;
#endif
    if (line > 0) return line;
  }
  return code->co_firstlineno;
}

class TraceEvents final : public EventSource {
 public:
  TraceEvents(CodeFiles& files, Activation& activation)
      : files_(files), activation_(activation), threads_(&TraceEvents::on_event) {
    files_.set_strategy_data_release([](void* seen) { delete static_cast<SeenLines*>(seen); });
  }
  ~TraceEvents() override { stop(); }

  bool start(std::string* why) override;
  void stop() override;
  void rearm(ModuleLines module_lines) override;
  PyObject* prepare(PyObject* code) override;
  const char* strategy() const override { return "trace"; }

 private:
  static int on_event(PyObject* argument, PyFrameObject* frame, int what, PyObject* value);
  void frame_entered(PyFrameObject* frame, CodeRecord* record, bool others_trace);
  void suspendable_entered(PyFrameObject* frame, CodeRecord* record);
  void line_reached(CodeRecord* record, int line);

  static TraceEvents* active;
  CodeFiles& files_;
  Activation& activation_;
  TraceThreads threads_;
  uint32_t round_ = 1;
  uint32_t module_round_ = 1;  // of module-level code
  uint32_t context_ = 0;       // current since the last full rearm
};

TraceEvents* TraceEvents::active = nullptr;

PyObject* TraceEvents::prepare(PyObject* code) {
  if (PyCode_Check(code)) {
    RecordingLock lock;
    files_.record_of(reinterpret_cast<PyCodeObject*>(code));
  }
  return Ref::share(code).release();
}

// HOT. Every call, line, return and exception of every thread.
int TraceEvents::on_event(PyObject* argument, PyFrameObject* frame, int what, PyObject* value) {
  TraceEvents* self = active;
  if (self == nullptr) return 0;
  Py_tracefunc foreign;
  {
    RecordingLock lock;
    foreign = self->threads_.foreign();
    const bool may_end_class = what == PyTrace_RETURN && self->activation_.module_is_running();
    if (what == PyTrace_LINE || what == PyTrace_CALL || may_end_class) {
      const Ref code = code_of(frame);
      CodeRecord* record = self->files_.record_of(reinterpret_cast<PyCodeObject*>(code.get()));
      if (what == PyTrace_CALL) {
        self->frame_entered(frame, record, foreign != nullptr);
      } else if (record->in_project()) {
        if (what == PyTrace_LINE) {
          self->line_reached(record, traced_line(frame));
        } else if (record->module_level) {
          self->activation_.leave_class_body(record);
        }
      }
    }
  }
  if (foreign == nullptr) return 0;
  const int result = foreign(argument, frame, what, value);
  if (active == self) {
    ExceptionGuard guard;
    self->threads_.keep_installed();
  }
  return result;
}

// Frames outside the project need not tell their lines, unless somebody else listens as well.
void TraceEvents::frame_entered(PyFrameObject* frame, CodeRecord* record, bool others_trace) {
  if (record->in_project()) {
    if ((record->code->co_flags & kSuspendable) != 0) suspendable_entered(frame, record);
    return;
  }
  if (has_trace_function(frame)) return;
  if (line_events_wanted(frame) == others_trace) return;
  want_line_events(frame, others_trace);
}

// throw(), close() and finalisation enter a generator without a line event, and so does the rest of the line
// at which it was suspended. The line it waits at, or its first one, is the evidence that it took part.
void TraceEvents::suspendable_entered(PyFrameObject* frame, CodeRecord* record) {
  SeenLines& seen = seen_lines(record);
  if (seen.entered == round_) return;
  seen.entered = round_;
  const int line = PyFrame_GetLineNumber(frame);
  line_reached(record, line > record->code->co_firstlineno ? line : first_body_line(record->code));
}

void TraceEvents::line_reached(CodeRecord* record, int line) {
  const uint32_t offset = static_cast<uint32_t>(line - record->first_line);
  if (offset < record->span) {
    uint32_t& seen = seen_lines(record).round[offset];
    const uint32_t round = record->module_level ? module_round_ : round_;
    if (seen == round) return;
    seen = round;
  }
  activation_.record_line(record, line);  // counts a line that is out of range
}

void TraceEvents::rearm(ModuleLines module_lines) {
  // A round would have to last for 2^32 tests to be mistaken for another one.
  ++round_;
  if (module_lines == ModuleLines::kKeep) return;
  ++module_round_;
  files_.release_dead();
  const TraceThreads::Missed missed = threads_.check();
  for (int i = 0; i < missed.evicted; ++i) activation_.drop(context_, ALIBI_DROP_TRACER_EVICTED);
  for (int i = 0; i < missed.threads; ++i) activation_.drop(context_, ALIBI_DROP_THREAD);
  context_ = activation_.current_context();
  for (int i = 0; i < missed.untraceable; ++i) activation_.drop(context_, ALIBI_DROP_THREAD);
}

bool TraceEvents::start(std::string* why) {
  if (active != nullptr) {
    *why = "the trace function is in use by another recording";
    return false;
  }
  active = this;
  if (threads_.start(why)) return true;
  active = nullptr;
  return false;
}

void TraceEvents::stop() {
  if (active != this) return;
  threads_.stop();
  active = nullptr;
}

}  // namespace

std::unique_ptr<EventSource> make_trace_events(CodeFiles& files, Activation& activation) {
  return std::make_unique<TraceEvents>(files, activation);
}

}  // namespace alibi::python
