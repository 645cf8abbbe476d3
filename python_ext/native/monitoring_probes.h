// Line, start and instruction probes inside a code object's bytecode: take one away, put it back, byte by
// byte.
//
// What CPython does for DISABLE and restart_events(), for one probe at a time, without the search and
// without touching other tools. Used by monitoring_events and its self-test under the RecordingLock.
// Knows no project, allocates nothing, and refuses to write where the bytes are not what they must be.
#ifndef ALIBI_PYTHON_EXT_MONITORING_PROBES_H_
#define ALIBI_PYTHON_EXT_MONITORING_PROBES_H_

#include <cstring>
#include <string>
#include <vector>

#include "compat.h"
#include "internals/monitoring_layout.h"
#include "internals/opcodes.h"

namespace alibi::python {

inline constexpr unsigned kCodeUnitBytes = 2;

// The instruction that this thread runs now, in code units from the start of its code.
inline unsigned current_unit() {
  const int offset = PyUnstable_InterpreterFrame_GetLasti(innermost_frame(PyThreadState_Get()));
  return static_cast<unsigned>(offset) / kCodeUnitBytes;
}

enum class ProbeState {
  kGone,         // written: the probe is away, the callback answers None
  kAlreadyGone,  // somebody was faster: a finalizer that ran inside the callback, another thread
  kShared,       // another tool listens at this place: answer DISABLE, CPython takes our bit away
  kArmed,        // written, or already there
  kForeign,      // bytes that no correct layout explains, nothing written: stop using this class
};

// Whether lines that are armed again may stay silent whoever arms them. From 3.15 on the JIT compiler follows
// the code as it runs: a trace that it began while a line was disarmed is finished later, invalidated by
// nobody, not by CPython's own restart_events() either.
bool jit_outlives_rearming();

class MonitoringProbes {
 public:
  MonitoringProbes() { alibi_fill_opcodes(&opcodes_); }
  // False, with the cause in `why`, when this release's layout is not known.
  bool prepare(std::string* why);
  void set_tool(int tool) { tool_bit_ = static_cast<uint8_t>(1u << tool); }
  const internals::MonitoringLayout& layout() const { return *layout_; }
  const alibi_opcodes& opcodes() const { return opcodes_; }

  ProbeState disarm_line(PyCodeObject* code, unsigned offset) const;
  ProbeState rearm_line(PyCodeObject* code, unsigned offset) const;
  ProbeState disarm_start(PyCodeObject* code) const;
  ProbeState rearm_start(PyCodeObject* code) const;

  ProbeState disarm_instruction(PyCodeObject* code, unsigned offset) const;
  ProbeState rearm_instruction(PyCodeObject* code, unsigned offset) const;

  // Does a LINE event far from the start of its code cost a walk over the location table?
  bool looks_lines_up() const {
    return layout_ != nullptr && layout_->line_table == internals::LineTable::kPairs;
  }
  // Sets to 0 what stands for code units at which LINE may not fire. For code that is_prepared_for_lines().
  void keep_line_starts(PyCodeObject* code, std::vector<int>* lines) const;
  // disarm_instruction() for all code units with 0, as far as they can be.
  void disarm_instructions_without(const std::vector<int>& lines, PyCodeObject* code) const;

  // Compiled traces do not see what is written above. Call before the first rearm of a batch.
  // False when the JIT runs and cannot be told.
  bool forget_compiled_traces() const;

  // Whether specialised opcodes stay specialised below our probes. Only while nobody else listens: where a
  // probe stays after its event, CPython expects a generic opcode below, or it may specialise over the probe.
  void keep_specialised(bool keep) { keep_specialised_ = keep; }
  // Undoes it in one code object.
  void make_generic_below(PyCodeObject* code) const;

  bool may_have_compiled_traces() const { return invalidate_executors_ != nullptr; }

  // LINE never fires where it ought to on code whose first line is that of its RESUME (cpython #155992).
  // Needs no prepare().
  bool starts_on_resume_line(PyCodeObject* code) const;

  // For the self-test: what the layout says about one code object.
  bool is_prepared_for_lines(PyCodeObject* code) const;
  bool is_shared(PyCodeObject* code) const;
  uint8_t original_opcode(PyCodeObject* code, unsigned offset) const { return *line_slot(code, offset); }
  int bytes_per_entry(PyCodeObject* code) const;  // 0: this layout has no such thing
#ifdef ALIBI_TEST_HOOKS
  void set_original_opcode(PyCodeObject* code, unsigned offset, uint8_t opcode) const {
    *line_slot(code, offset) = opcode;
  }
#endif

 private:
  template <typename Value>
  Value field(PyCodeObject* code, size_t offset) const {
    Value value;
    std::memcpy(&value, reinterpret_cast<const char*>(code->_co_monitoring) + offset, sizeof value);
    return value;
  }
  uint8_t* line_slot(PyCodeObject* code, unsigned offset) const;
  bool may_stand_below(uint8_t opcode) const;
  uint8_t to_stand_below(uint8_t opcode) const {
    return keep_specialised_ ? opcodes_.kept[opcode] : opcodes_.generic[opcode];
  }
  uint8_t* below_line_probe(PyCodeObject* code, unsigned offset) const;
  bool wants(PyCodeObject* code, int event) const {
    return (field<uint8_t>(code, layout_->active_monitors + static_cast<size_t>(event)) & tool_bit_) != 0;
  }

  const internals::MonitoringLayout* layout_ = nullptr;
  alibi_opcodes opcodes_ = {};
  void (*invalidate_executors_)(PyInterpreterState*, int) = nullptr;
  uint8_t tool_bit_ = 0;
  bool keep_specialised_ = false;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_MONITORING_PROBES_H_
