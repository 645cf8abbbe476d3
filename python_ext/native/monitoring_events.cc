#include "monitoring_events.h"

#include <memory>
#include <utility>
#include <vector>

#include "activation.h"
#include "code_files.h"
#include "internals/monitoring_layout.h"
#include "monitoring_far_lines.h"
#include "monitoring_probes.h"
#include "monitoring_selftest.h"
#include "monitoring_tool.h"

namespace alibi::python {
namespace {

using internals::kInstructionEvent;
using internals::kLineEvent;
using internals::kResumeEvent;
using internals::kReturnEvent;
using internals::kStartEvent;

// CodeRecord::strategy_bits
constexpr uint8_t kInstrumented = 1;
constexpr uint8_t kStartsOnLine = 2;  // PY_START stands for the LINE that CPython does not send

constexpr uint32_t kStartProbe = 0xFFFFFFFFu;  // in place of a line probe's code unit

PyObject* none() {
  return Ref::share(Py_None).release();
}

// strategy_data of a CodeRecord; null while its lines come from LINE events.
FarLines* far_lines_of(const CodeRecord* record) {
  return static_cast<FarLines*>(record->strategy_data);
}

// By sys.settrace or its C form, on any thread.
bool is_traced() {
  for (PyThreadState* thread = PyInterpreterState_ThreadHead(current_interpreter()); thread != nullptr;
       thread = PyThreadState_Next(thread)) {
    if (thread->c_tracefunc != nullptr) return true;
  }
  return false;
}

unsigned local_events(const CodeRecord* record) {
  const bool is_statement_scope = record->module_level && record->kind == ALIBI_CODE_CLASS_BODY;
  return (1u << kLineEvent) | (is_statement_scope ? 1u << kReturnEvent : 0);
}

// One tool id serves LINE (local, project code only) and PY_START and PY_RESUME (global: the catch-all
// for code that passes no exec, such as code.replace() or a generator made before the start). A second
// id for the catch-all would make PY_START of one-line functions a shared event, and CPython then keeps
// tables of tools per instruction, which takes such code off the fast path.
class MonitoringEvents final : public EventSource {
 public:
  MonitoringEvents(CodeFiles& files, Activation& activation, Rearming rearming)
      : files_(files), activation_(activation), rearming_(rearming) {
    files_.set_strategy_data_release([](void* data) { delete static_cast<FarLines*>(data); });
  }
  ~MonitoringEvents() override { stop(); }

  bool start(std::string* why) override;
  void stop() override;
  void rearm(ModuleLines module_lines) override;
  PyObject* prepare(PyObject* code) override;
  void another_tool_registers() override;
  const char* strategy() const override { return rearming_ == Rearming::kSelf ? "self" : "restart"; }
  const char* reason() const override { return reason_; }

 private:
  struct Hit {
    CodeRecord* record;
    uint32_t unit;  // or kStartProbe
  };

  static PyObject* on_line(void* owner, PyObject* const* arguments);
  static PyObject* on_instruction(void* owner, PyObject* const* arguments);
  static PyObject* on_start(void* owner, PyObject* const* arguments);
  static PyObject* on_resume(void* owner, PyObject* const* arguments);
  static PyObject* on_return(void* owner, PyObject* const* arguments);

  CodeRecord* instrumented(PyCodeObject* code);
  PyObject* seen_once(const CodeRecord* record) const;
  void instrument_running_code();
  PyObject* spend(CodeRecord* record, uint32_t unit, ProbeState state);
  bool rearm_hits(std::vector<Hit>* hits);
  void restart(ModuleLines module_lines);
  void lose_trust(const char* reason);

  CodeFiles& files_;
  Activation& activation_;
  Rearming rearming_;
  const char* reason_ = "";
  MonitoringTool tool_;
  MonitoringProbes probes_;
  bool alone_ = false;  // no other tool was ever seen
  // What fired since the last rearm, apart by whether kKeep leaves it spent.
  std::vector<Hit> hits_;
  std::vector<Hit> module_hits_;
  // The same, as far as kRestart needs it.
  bool fired_ = false;
  bool module_fired_ = false;
};

bool MonitoringEvents::start(std::string* why) {
  if (jit_outlives_rearming()) {
    *why = "the JIT compiler is on and may run traces without the line events (PYTHON_JIT=0 is faster here)";
    return false;
  }
  if (rearming_ == Rearming::kSelf && !probes_.prepare(why)) return false;
  if (!tool_.claim(why)) return false;
  probes_.set_tool(tool_.id());
  const bool alone = !tool_.has_neighbours() && !is_traced();
  probes_.keep_specialised(alone);
  hits_.reserve(4096);
  const bool proven = monitoring_selftest(tool_, probes_, rearming_, why);
  if (proven && tool_.set_callback(kLineEvent, on_line, this) &&
      tool_.set_callback(kStartEvent, on_start, this) && tool_.set_callback(kResumeEvent, on_resume, this) &&
      tool_.set_callback(kReturnEvent, on_return, this) &&
      tool_.set_callback(kInstructionEvent, on_instruction, this) &&
      tool_.set_global_events((1u << kStartEvent) | (1u << kResumeEvent)) &&
      // An earlier owner of this id, perhaps an earlier session, may have disabled places for good.
      tool_.restart_events()) {
    alone_ = alone;
    instrument_running_code();
    return true;
  }
  if (proven) *why = "sys.monitoring refused the events";
  tool_.release();
  return false;
}

void MonitoringEvents::stop() {
  if (tool_.id() < 0) return;
  alone_ = false;
  // Probes of ours would stay in the code, costing time and calling nobody.
  std::vector<PyCodeObject*> codes;
  for (CodeRecord* record : files_.records()) {
    if ((record->strategy_bits & kInstrumented) != 0) codes.push_back(record->code);
    record->strategy_bits = 0;
  }
  for (PyCodeObject* code : codes) Py_INCREF(code);
  for (PyCodeObject* code : codes) {
    tool_.set_local_events(code, 0);
    Py_DECREF(code);
  }
  tool_.release();
  hits_.clear();
  module_hits_.clear();
}

// Frames that were entered before the start pass no RESUME any more: found on the threads' stacks.
void MonitoringEvents::instrument_running_code() {
  ExceptionGuard guard;
  PyObject* current_frames = PySys_GetObject("_current_frames");
  Ref frames = current_frames != nullptr ? Ref::steal(PyObject_CallNoArgs(current_frames)) : Ref();
  if (!frames || !PyDict_Check(frames.get())) return activation_.count_loss(ALIBI_DROP_THREAD);
  Ref innermost = Ref::steal(PyDict_Values(frames.get()));
  if (!innermost) return activation_.count_loss(ALIBI_DROP_THREAD);
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(innermost.get()); ++i) {
    Ref frame = Ref::share(PyList_GET_ITEM(innermost.get(), i));
    while (frame && PyFrame_Check(frame.get())) {
      auto* object = reinterpret_cast<PyFrameObject*>(frame.get());
      Ref code = Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(object)));
      instrumented(reinterpret_cast<PyCodeObject*>(code.get()));
      frame = Ref::steal(reinterpret_cast<PyObject*>(PyFrame_GetBack(object)));
    }
  }
}

// The record of code that runs now, with its LINE events on when it is the project's.
CodeRecord* MonitoringEvents::instrumented(PyCodeObject* code) {
  CodeRecord* record = files_.record_of(code);
  if (!record->in_project() || (record->strategy_bits & kInstrumented) != 0) return record;
  const unsigned events = local_events(record);
  if (!tool_.set_local_events(code, events)) {
    activation_.count_loss(ALIBI_DROP_REFUSED_CODE);  // out of memory or of stack: tried again next time
    return record;
  }
  if (alone_ && rearming_ == Rearming::kSelf && FarLines::are_dear(code, probes_))
    record->strategy_data =
        FarLines::replace_line_events(code, events & ~(1u << kLineEvent), tool_, probes_).release();
  record->strategy_bits |= kInstrumented;
  if (probes_.starts_on_resume_line(code)) record->strategy_bits |= kStartsOnLine;
  return record;
}

// All lines come from LINE events from now on, those that were hit already once more, and below our probes
// stands what CPython expects there.
void MonitoringEvents::another_tool_registers() {
  if (!std::exchange(alone_, false)) return;
  probes_.keep_specialised(false);
  struct Replaced {
    Ref code;
    unsigned events;
  };
  std::vector<Replaced> all;
  for (CodeRecord* record : files_.records()) {
    if ((record->strategy_bits & kInstrumented) == 0) continue;
    if (far_lines_of(record) == nullptr) {
      if (rearming_ == Rearming::kSelf) probes_.make_generic_below(record->code);
      continue;
    }
    delete far_lines_of(record);
    record->strategy_data = nullptr;
    all.push_back({Ref::share(reinterpret_cast<PyObject*>(record->code)), local_events(record)});
  }
  for (const Replaced& each : all) {
    if (!tool_.set_local_events(reinterpret_cast<PyCodeObject*>(each.code.get()), each.events))
      activation_.count_loss(ALIBI_DROP_PROBE_LOST);
  }
}

PyObject* MonitoringEvents::prepare(PyObject* code) {
  if (PyCode_Check(code)) instrumented(reinterpret_cast<PyCodeObject*>(code));
  return Ref::share(code).release();
}

// HOT.
PyObject* MonitoringEvents::on_line(void* owner, PyObject* const* arguments) {
  auto* self = static_cast<MonitoringEvents*>(owner);
  auto* code = reinterpret_cast<PyCodeObject*>(arguments[0]);
  RecordingLock lock;
  CodeRecord* record = self->files_.find(code);
  if (record == nullptr || !record->in_project()) return self->tool_.disable();
  self->activation_.record_line(record, static_cast<int>(PyLong_AsLong(arguments[1])));
  if (self->rearming_ == Rearming::kRestart) return self->spend(record, 0, ProbeState::kShared);
  const unsigned unit = current_unit();
  return self->spend(record, unit, self->probes_.disarm_line(code, unit));
}

// HOT. In place of on_line for long code.
PyObject* MonitoringEvents::on_instruction(void* owner, PyObject* const* arguments) {
  auto* self = static_cast<MonitoringEvents*>(owner);
  auto* code = reinterpret_cast<PyCodeObject*>(arguments[0]);
  RecordingLock lock;
  CodeRecord* record = self->files_.find(code);
  const FarLines* lines = record != nullptr ? far_lines_of(record) : nullptr;
  if (lines == nullptr) return self->tool_.disable();
  const unsigned unit = static_cast<unsigned>(PyLong_AsLong(arguments[1])) / kCodeUnitBytes;
  const int line = lines->line_at(unit);
  if (line == 0) return self->tool_.disable();
  self->activation_.record_line(record, line);
  if (self->rearming_ == Rearming::kRestart) return self->spend(record, unit, ProbeState::kShared);
  return self->spend(record, unit, self->probes_.disarm_instruction(code, unit));
}

PyObject* MonitoringEvents::on_start(void* owner, PyObject* const* arguments) {
  auto* self = static_cast<MonitoringEvents*>(owner);
  auto* code = reinterpret_cast<PyCodeObject*>(arguments[0]);
  RecordingLock lock;
  CodeRecord* record = self->instrumented(code);
  if ((record->strategy_bits & kStartsOnLine) == 0) return self->seen_once(record);
  const int resume = code->_co_firsttraceable * static_cast<int>(kCodeUnitBytes);
  self->activation_.record_line(record, PyCode_Addr2Line(code, resume));
  if (self->rearming_ == Rearming::kRestart) return self->spend(record, kStartProbe, ProbeState::kShared);
  return self->spend(record, kStartProbe, self->probes_.disarm_start(code));
}

PyObject* MonitoringEvents::on_resume(void* owner, PyObject* const* arguments) {
  auto* self = static_cast<MonitoringEvents*>(owner);
  RecordingLock lock;
  return self->seen_once(self->instrumented(reinterpret_cast<PyCodeObject*>(arguments[0])));
}

PyObject* MonitoringEvents::on_return(void* owner, PyObject* const* arguments) {
  auto* self = static_cast<MonitoringEvents*>(owner);
  RecordingLock lock;
  CodeRecord* record = self->files_.find(reinterpret_cast<PyCodeObject*>(arguments[0]));
  if (record != nullptr && record->in_project()) self->activation_.leave_class_body(record);
  return none();
}

// Project code that could not be instrumented keeps its catch-all.
PyObject* MonitoringEvents::seen_once(const CodeRecord* record) const {
  const bool settled = !record->in_project() || (record->strategy_bits & kInstrumented) != 0;
  return settled ? tool_.disable() : none();
}

// Remembers a probe that fired, and says what its callback returns.
PyObject* MonitoringEvents::spend(CodeRecord* record, uint32_t unit, ProbeState state) {
  if (rearming_ == Rearming::kRestart) {
    (record->module_level ? module_fired_ : fired_) = true;
    return tool_.disable();
  }
  switch (state) {
    case ProbeState::kGone:
      break;
    case ProbeState::kShared:
      // Without a GIL, CPython may carry out DISABLE after another thread's rearm: the line would be
      // lost for ever. Stay armed instead; it only costs time.
      if (ALIBI_FREE_THREADED) return none();
      break;
    case ProbeState::kForeign:
      lose_trust("a probe could not be taken away: its bytes were not what they must be");
      return spend(record, unit, ProbeState::kShared);
    default:
      return none();
  }
  (record->module_level ? module_hits_ : hits_).push_back({record, unit});
  return state == ProbeState::kShared ? tool_.disable() : none();
}

void MonitoringEvents::rearm(ModuleLines module_lines) {
  const bool all = module_lines == ModuleLines::kRearm;
  if (rearming_ == Rearming::kRestart) {
    restart(module_lines);
  } else if (!hits_.empty() || (all && !module_hits_.empty())) {
    if (!probes_.forget_compiled_traces()) {
      lose_trust("the JIT compiler was switched on and its traces cannot be invalidated");
    } else if (!rearm_hits(&hits_) || (all && !rearm_hits(&module_hits_))) {
      lose_trust("a probe could not be armed again: its bytes were not what they must be");
    }
  }
  if (all) files_.release_dead();  // both lists are empty now
}

bool MonitoringEvents::rearm_hits(std::vector<Hit>* hits) {
  bool trusted = true;
  for (const Hit& hit : *hits) {
    PyCodeObject* code = hit.record->code;
    if (code == nullptr) continue;
    const ProbeState state = hit.unit == kStartProbe               ? probes_.rearm_start(code)
                             : far_lines_of(hit.record) != nullptr ? probes_.rearm_instruction(code, hit.unit)
                                                                   : probes_.rearm_line(code, hit.unit);
    trusted &= state == ProbeState::kArmed;
  }
  hits->clear();
  return trusted;
}

void MonitoringEvents::restart(ModuleLines module_lines) {
  const bool all = module_lines == ModuleLines::kRearm;
  if (!fired_ && !(all && module_fired_)) return;
  fired_ = false;
  module_fired_ = false;
  if (!tool_.restart_events()) activation_.count_loss(ALIBI_DROP_PROBE_LOST);
}

// CPython arms every probe anew by itself; from now on nothing is written by us.
void MonitoringEvents::lose_trust(const char* reason) {
  rearming_ = Rearming::kRestart;
  reason_ = reason;
  hits_.clear();
  module_hits_.clear();
  fired_ = true;
  restart(ModuleLines::kRearm);
  activation_.count_loss(ALIBI_DROP_PROBE_LOST);
  activation_.strategy_changed();
}

}  // namespace

std::unique_ptr<EventSource> make_monitoring_events(CodeFiles& files, Activation& activation,
                                                    Rearming rearming) {
  return std::make_unique<MonitoringEvents>(files, activation, rearming);
}

}  // namespace alibi::python
