#include "monitoring_probes.h"

#include <dlfcn.h>

namespace alibi::python {
namespace {

// Bytecode is read by running threads; where there is no GIL these are the only safe accesses.
uint8_t load(const uint8_t* byte) {
  return __atomic_load_n(byte, __ATOMIC_RELAXED);
}
void store(uint8_t* byte, uint8_t value) {
  __atomic_store_n(byte, value, __ATOMIC_RELAXED);
}

uint8_t* opcode_at(PyCodeObject* code, unsigned offset) {
  return reinterpret_cast<uint8_t*>(code->co_code_adaptive) + offset * size_t{kCodeUnitBytes};
}

bool jit_is_running() {
  PyObject* jit = PySys_GetObject("_jit");  // borrowed; 3.14 and later
  if (jit == nullptr) return false;
  ExceptionGuard guard;
  Ref enabled = Ref::steal(PyObject_CallMethod(jit, "is_enabled", nullptr));
  return !enabled || PyObject_IsTrue(enabled.get()) != 0;
}

}  // namespace

bool jit_outlives_rearming() {
  return ALIBI_AT_LEAST(15) && jit_is_running();
}

bool MonitoringProbes::prepare(std::string* why) {
#if ALIBI_FREE_THREADED && ALIBI_AT_LEAST(14)
  *why = "free-threaded CPython 3.14 and later keep a copy of the bytecode for each thread";
  return false;
#else
  layout_ = internals::monitoring_layout(running_version());
  if (layout_ == nullptr || (running_version() >> 16) != kCompiledFor) {
    *why = "the line tables of this interpreter (" +
           std::string(Py_GetVersion(), std::strcspn(Py_GetVersion(), " ")) + ") are not known";
    return false;
  }
  invalidate_executors_ = reinterpret_cast<void (*)(PyInterpreterState*, int)>(
      dlsym(RTLD_DEFAULT, "_Py_Executors_InvalidateAll"));
  if (invalidate_executors_ == nullptr && jit_is_running()) {
    *why = "the JIT compiler is on and its traces cannot be invalidated";
    return false;
  }
  return true;
#endif
}

bool MonitoringProbes::forget_compiled_traces() const {
  if (invalidate_executors_ == nullptr) return !jit_is_running();
  invalidate_executors_(current_interpreter(), 1);
  return true;
}

uint8_t* MonitoringProbes::line_slot(PyCodeObject* code, unsigned offset) const {
  uint8_t* lines = field<uint8_t*>(code, layout_->lines);
  if (layout_->line_table == internals::LineTable::kPairs) return lines + size_t{2} * offset;
  return lines + 1 + static_cast<size_t>(lines[0]) * offset;
}

// Below a probe there is a generic or an instrumented opcode, put there by CPython or us, or a specialised
// one that we kept: its inline caches are as valid when the probe goes as when it came. Never nothing.
bool MonitoringProbes::may_stand_below(uint8_t opcode) const {
  return opcode != 0 && opcodes_.kept[opcode] == opcode;
}

ProbeState MonitoringProbes::disarm_line(PyCodeObject* code, unsigned offset) const {
  if (is_shared(code)) return ProbeState::kShared;
  uint8_t* opcode = opcode_at(code, offset);
  if (load(opcode) != opcodes_.instrumented_line) return ProbeState::kAlreadyGone;
  const uint8_t original = load(line_slot(code, offset));
  if (!may_stand_below(original)) return ProbeState::kForeign;
  store(opcode, original);
  return ProbeState::kGone;
}

ProbeState MonitoringProbes::rearm_line(PyCodeObject* code, unsigned offset) const {
  if (!is_prepared_for_lines(code)) return ProbeState::kForeign;
  uint8_t* line_tools = field<uint8_t*>(code, layout_->line_tools);
  if (line_tools != nullptr) store(line_tools + offset, load(line_tools + offset) | tool_bit_);
  uint8_t* opcode = opcode_at(code, offset);
  const uint8_t current = load(opcode);
  if (current == opcodes_.instrumented_line) return ProbeState::kArmed;
  if (opcodes_.enter_executor != 0 && current == opcodes_.enter_executor) return ProbeState::kForeign;
  uint8_t* slot = line_slot(code, offset);
  const uint8_t original = opcodes_.generic[load(slot)];
  const uint8_t generic = opcodes_.generic[current];
  // Another tool that came or went while our probe was away changed one of the two to or from an
  // instrumented form; any other difference means that this is not the slot.
  if (original != generic && current < opcodes_.smallest_instrumented &&
      original < opcodes_.smallest_instrumented) {
    return ProbeState::kForeign;
  }
  store(slot, to_stand_below(current));
  store(opcode, opcodes_.instrumented_line);
  return ProbeState::kArmed;
}

// The byte that says what runs at this place below a probe for LINE, ours or another tool's.
uint8_t* MonitoringProbes::below_line_probe(PyCodeObject* code, unsigned offset) const {
  uint8_t* opcode = opcode_at(code, offset);
  return load(opcode) == opcodes_.instrumented_line ? line_slot(code, offset) : opcode;
}

ProbeState MonitoringProbes::disarm_instruction(PyCodeObject* code, unsigned offset) const {
  if (field<uint8_t*>(code, layout_->instruction_tools) != nullptr) return ProbeState::kShared;
  uint8_t* opcode = below_line_probe(code, offset);
  if (load(opcode) != opcodes_.instrumented_instruction) return ProbeState::kAlreadyGone;
  const uint8_t original = load(field<uint8_t*>(code, layout_->instructions) + offset);
  if (!may_stand_below(original)) return ProbeState::kForeign;
  store(opcode, original);
  return ProbeState::kGone;
}

void MonitoringProbes::make_generic_below(PyCodeObject* code) const {
  if (!is_prepared_for_lines(code)) return;
  for (unsigned unit = 0; unit < static_cast<unsigned>(Py_SIZE(code)); ++unit) {
    uint8_t* slot = line_slot(code, unit);
    if (*slot != 0 && load(opcode_at(code, unit)) == opcodes_.instrumented_line)
      store(slot, opcodes_.generic[*slot]);
  }
}

void MonitoringProbes::keep_line_starts(PyCodeObject* code, std::vector<int>* lines) const {
  const size_t step = static_cast<size_t>(line_slot(code, 1) - line_slot(code, 0));
  const uint8_t* slot = line_slot(code, 0);
  const auto first = static_cast<size_t>(code->_co_firsttraceable);
  for (size_t unit = 0; unit < lines->size(); ++unit, slot += step) {
    if (*slot == 0 || unit < first) (*lines)[unit] = 0;
  }
}

void MonitoringProbes::disarm_instructions_without(const std::vector<int>& lines, PyCodeObject* code) const {
  const uint8_t* below = field<uint8_t*>(code, layout_->instructions);
  if (below == nullptr || field<uint8_t*>(code, layout_->instruction_tools) != nullptr) return;
  uint8_t* opcode = opcode_at(code, 0);
  for (size_t unit = 0; unit < lines.size(); ++unit, opcode += kCodeUnitBytes) {
    if (lines[unit] == 0 && *opcode == opcodes_.instrumented_instruction && may_stand_below(below[unit]))
      store(opcode, below[unit]);
  }
}

ProbeState MonitoringProbes::rearm_instruction(PyCodeObject* code, unsigned offset) const {
  const bool prepared = code->_co_monitoring != nullptr &&
                        field<uint8_t*>(code, layout_->instructions) != nullptr &&
                        wants(code, internals::kInstructionEvent);
  if (!prepared) return ProbeState::kForeign;
  uint8_t* tools = field<uint8_t*>(code, layout_->instruction_tools);
  if (tools != nullptr) store(tools + offset, load(tools + offset) | tool_bit_);
  uint8_t* opcode = below_line_probe(code, offset);
  const uint8_t current = load(opcode);
  if (current == opcodes_.instrumented_instruction) return ProbeState::kArmed;
  if (opcodes_.enter_executor != 0 && current == opcodes_.enter_executor) return ProbeState::kForeign;
  uint8_t* below = field<uint8_t*>(code, layout_->instructions) + offset;
  const uint8_t original = opcodes_.generic[load(below)];
  const uint8_t generic = opcodes_.generic[current];
  // 0: CPython carried out a DISABLE of ours. Instrumented forms come and go with other tools.
  if (original != 0 && original != generic && current < opcodes_.smallest_instrumented &&
      original < opcodes_.smallest_instrumented) {
    return ProbeState::kForeign;
  }
  store(below, to_stand_below(current));
  store(opcode, opcodes_.instrumented_instruction);
  return ProbeState::kArmed;
}

ProbeState MonitoringProbes::disarm_start(PyCodeObject* code) const {
  if (code->_co_monitoring == nullptr) return ProbeState::kForeign;
  uint8_t* opcode = opcode_at(code, static_cast<unsigned>(code->_co_firsttraceable));
  const bool alone = field<uint8_t*>(code, layout_->tools) == nullptr;
  if (!alone || load(opcode) != opcodes_.instrumented_resume) return ProbeState::kShared;
  store(opcode, opcodes_.resume);
  return ProbeState::kGone;
}

ProbeState MonitoringProbes::rearm_start(PyCodeObject* code) const {
  if (code->_co_monitoring == nullptr || !wants(code, internals::kStartEvent)) return ProbeState::kForeign;
  const unsigned offset = static_cast<unsigned>(code->_co_firsttraceable);
  uint8_t* tools = field<uint8_t*>(code, layout_->tools);
  if (tools != nullptr) store(tools + offset, load(tools + offset) | tool_bit_);
  uint8_t* opcode = opcode_at(code, offset);
  const uint8_t current = load(opcode);
  if (current == opcodes_.instrumented_resume) return ProbeState::kArmed;
  if (current == opcodes_.instrumented_instruction) {
    uint8_t* below = field<uint8_t*>(code, layout_->instructions);
    if (below == nullptr) return ProbeState::kForeign;
    store(below + offset, opcodes_.instrumented_resume);
    return ProbeState::kArmed;
  }
  if (opcodes_.generic[current] != opcodes_.resume) return ProbeState::kForeign;
  store(opcode, opcodes_.instrumented_resume);
  return ProbeState::kArmed;
}

bool MonitoringProbes::starts_on_resume_line(PyCodeObject* code) const {
#if ALIBI_AT_LEAST(13)
  const int unit = static_cast<int>(kCodeUnitBytes);
  const int resume = code->_co_firsttraceable;
  const int next = resume + opcodes_.resume_units;
  return next < Py_SIZE(code) && PyCode_Addr2Line(code, resume * unit) == PyCode_Addr2Line(code, next * unit);
#else
  static_cast<void>(code);
  return false;
#endif
}

bool MonitoringProbes::is_prepared_for_lines(PyCodeObject* code) const {
  return code->_co_monitoring != nullptr && field<uint8_t*>(code, layout_->lines) != nullptr &&
         wants(code, internals::kLineEvent);
}

bool MonitoringProbes::is_shared(PyCodeObject* code) const {
  return field<uint8_t*>(code, layout_->line_tools) != nullptr;
}

int MonitoringProbes::bytes_per_entry(PyCodeObject* code) const {
  if (layout_->line_table == internals::LineTable::kPairs) return 0;
  return field<uint8_t*>(code, layout_->lines)[0];
}

}  // namespace alibi::python
