#include "slot_events.h"

#include <vector>

#include "activation.h"
#include "code_files.h"
#include "internals/cpython_311_code.h"
#include "slot_codes.h"
#include "slot_hooks.h"
#include "slot_self_test.h"
#include "slot_unreplaced.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

class SlotEvents final : public EventSource {
 public:
  SlotEvents(CodeFiles& files, Activation& activation)
      : files_(files), activation_(activation), codes_(files), unreplaced_(codes_, files, activation) {}
  ~SlotEvents() override { stop(); }

  bool start(std::string* why) override;
  void stop() override;
  void rearm(ModuleLines module_lines) override;
  PyObject* prepare(PyObject* code) override;
  const char* strategy() const override { return "slots"; }

 private:
  struct Hit {
    const SlotCode* code;
    uint32_t slot;
  };

  static int ellipsis_is_true(PyObject*);
  static PyObject* on_prepare(PyObject* code) { return active->prepare(code); }
  static void on_unwind(PyObject* generator);
  static void on_code_runs(PyObject* code);

  bool is_ours(PyCodeObject* code);
  void slot_runs(cpython_311::Frame* frame);
  void record_generator(PyGenObject* generator);
  static void arm_all(std::vector<Hit>* hits);

  static SlotEvents* active;
  CodeFiles& files_;
  Activation& activation_;
  SlotCodes codes_;
  UnreplacedCode unreplaced_;
  PyInterpreterState* interpreter_ = nullptr;
  std::vector<Hit> hits_;
  std::vector<Hit> module_hits_;  // of module-level code: kept apart, they are re-armed less often
};

SlotEvents* SlotEvents::active = nullptr;

// HOT. `not Ellipsis` in a slot, and whatever else asks for the truth of Ellipsis.
int SlotEvents::ellipsis_is_true(PyObject*) {
  PyThreadState* thread = PyThreadState_Get();
  if (active == nullptr || thread->interp != active->interpreter_) return 1;
  cpython_311::Frame* frame = cpython_311::current_frame(thread);
  if (frame != nullptr && cpython_311::opcode_of(*cpython_311::running_unit(frame)) == UNARY_NOT) {
    active->slot_runs(frame);
  }
  return 1;
}

void SlotEvents::slot_runs(cpython_311::Frame* frame) {
  PyCodeObject* code = frame->f_code;
  RecordingLock lock;
  const SlotCode* entry = codes_.slots_of(code);
  if (entry == nullptr) return;
  const int64_t slot = entry->table.running_slot(code, cpython_311::running_unit(frame));
  if (slot < 0) return;
  const int line = entry->table.lines[static_cast<size_t>(slot)];
  if (line == kLeavesBody) return activation_.leave_class_body(entry->record);  // stays armed: it runs once
  // Disarmed and remembered before it is recorded: recording may re-arm what was hit before it.
  entry->table.disarm(code, static_cast<size_t>(slot));
  (entry->record->module_level ? module_hits_ : hits_).push_back({entry, static_cast<uint32_t>(slot)});
  activation_.record_line(entry->record, line);
}

void SlotEvents::arm_all(std::vector<Hit>* hits) {
  for (const Hit& hit : *hits) {
    if (PyCodeObject* code = hit.code->record->code) hit.code->table.arm(code, hit.slot);
  }
  hits->clear();
}

void SlotEvents::rearm(ModuleLines module_lines) {
  arm_all(&hits_);
  if (module_lines == ModuleLines::kKeep) return;
  arm_all(&module_hits_);
  files_.release_dead();
  unreplaced_.charge();
}

// Code in another interpreter would report into ours, so it stays as it is; code of the project counts
// as lost.
bool SlotEvents::is_ours(PyCodeObject* code) {
  if (current_interpreter() == interpreter_) return true;
  if (files_.in_project(code->co_filename)) files_.drop(ALIBI_DROP_SUBINTERPRETER);
  return false;
}

PyObject* SlotEvents::prepare(PyObject* code) {
  if (!PyCode_Check(code)) return Py_NewRef(code);
  ExceptionGuard guard;
  RecordingLock lock;
  PyCodeObject* self = reinterpret_cast<PyCodeObject*>(code);
  return is_ours(self) ? codes_.twin_of(self) : Py_NewRef(code);
}

void SlotEvents::on_code_runs(PyObject* code) {
  ExceptionGuard guard;
  RecordingLock lock;
  PyCodeObject* self = reinterpret_cast<PyCodeObject*>(code);
  if (active->is_ours(self)) active->unreplaced_.runs(self);
}

// throw(), close() and finalisation can end a generator without one instruction of it being run; the line
// it waits at decided about it all the same. Those it waits for are ended with it.
void SlotEvents::on_unwind(PyObject* object) {
  if (current_interpreter() != active->interpreter_) return;
  constexpr int kLongestChain = 1000;
  for (int depth = 0; object != nullptr && depth < kLongestChain; ++depth) {
    if (!PyGen_CheckExact(object) && !PyCoro_CheckExact(object) && !PyAsyncGen_CheckExact(object)) return;
    PyGenObject* generator = reinterpret_cast<PyGenObject*>(object);
    const auto state = cpython_311::generator_state(generator);
    if (state == cpython_311::GeneratorState::kOther) return;
    active->record_generator(generator);
    object = state == cpython_311::GeneratorState::kSuspended ? cpython_311::awaited_by(generator) : nullptr;
  }
}

void SlotEvents::record_generator(PyGenObject* generator) {
  RecordingLock lock;
  CodeRecord* record = files_.find(generator->gi_code);
  const SlotCode* entry = record != nullptr ? static_cast<SlotCode*>(record->strategy_data) : nullptr;
  if (entry == nullptr || entry->is_original || entry->table.lines.empty()) return;
  // Not started: what the slot at its creation reports.
  const bool suspended = cpython_311::generator_state(generator) == cpython_311::GeneratorState::kSuspended;
  const int line =
      suspended ? cpython_311::running_line(cpython_311::generator_frame(generator)) : entry->table.lines[0];
  activation_.record_line(record, line > 0 ? line : entry->table.lines[0]);
}

bool SlotEvents::start(std::string* why) {
  if (running_version() >> 16 != 0x030B) {
    *why = "slots are made for CPython 3.11";
    return false;
  }
  if (active != nullptr) {
    *why = "slots are in use by another recording";
    return false;
  }
  if (!files_.is_proven("slots") && !slots_work(why)) return false;
  interpreter_ = current_interpreter();
  active = this;
  const SlotCallbacks callbacks{&SlotEvents::ellipsis_is_true, &SlotEvents::on_prepare,
                                &SlotEvents::on_unwind, &SlotEvents::on_code_runs};
  if (!install_slot_hooks(callbacks, why)) {
    active = nullptr;
    return false;
  }
  unreplaced_.sweep();
  return true;
}

void SlotEvents::stop() {
  if (active != this) return;
  remove_slot_hooks();
  active = nullptr;
  hits_.clear();
  module_hits_.clear();
  unreplaced_.clear();
}

}  // namespace

std::unique_ptr<EventSource> make_slot_events(CodeFiles& files, Activation& activation) {
  return std::make_unique<SlotEvents>(files, activation);
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS
