// Where CPython keeps a code object's line probes: the layouts of _PyCoMonitoringData, by release.
//
// Written out by hand, one file per layout, because the headers an extension is compiled with do not
// decide it: 3.13.3 changed the line table within a minor release, and a table read wrongly loses lines
// without a sound. The running interpreter's hexversion picks one; the start-up self-test proves it.
// Used by monitoring_probes only.
#ifndef ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_H_
#define ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_H_

#include <cstddef>
#include <cstdint>

namespace alibi::python::internals {

// Positions of local events, the same in every release so far.
inline constexpr int kStartEvent = 0;
inline constexpr int kResumeEvent = 1;
inline constexpr int kReturnEvent = 2;
inline constexpr int kLineEvent = 5;
inline constexpr int kInstructionEvent = 6;
inline constexpr int kToolCount = 8;

enum class LineTable : bool {
  kPairs,   // {original opcode, line delta} for each code unit
  kPacked,  // bytes_per_entry, then entries of that size, the original opcode first
};

// Byte offsets into _PyCoMonitoringData.
struct MonitoringLayout {
  const char* name;
  size_t active_monitors;    // one byte for each event: the tools that want it in this code
  size_t tools;              // pointer: tools by code unit, null while one tool is alone
  size_t lines;              // pointer: the line table, null before the first LINE event was asked for
  size_t line_tools;         // pointer: as tools, for LINE
  size_t instructions;       // pointer: opcodes below INSTRUMENTED_INSTRUCTION
  size_t instruction_tools;  // pointer: as tools, for INSTRUCTION
  LineTable line_table;
};

template <typename Data>
constexpr MonitoringLayout layout_of(const char* name, LineTable line_table) {
  return {name,
          offsetof(Data, active_monitors),
          offsetof(Data, tools),
          offsetof(Data, lines),
          offsetof(Data, line_tools),
          offsetof(Data, per_instruction_opcodes),
          offsetof(Data, per_instruction_tools),
          line_table};
}

// Null when this release's layout is not known for certain: pre-releases and what comes after 3.15.
const MonitoringLayout* monitoring_layout(unsigned long hexversion);

#ifdef ALIBI_TEST_HOOKS
inline unsigned long forced_hexversion = 0;  // tests: read tables as this release has them
#endif

}  // namespace alibi::python::internals

#endif  // ALIBI_PYTHON_EXT_INTERNALS_MONITORING_LAYOUT_H_
