// Where slots go in a code object, and which line each of them reports.
//
// The rule, exact for every activation and every moment of re-arming: an instruction gets a slot when
// control can reach it from another line, from behind (a loop), from a handler's exception, or from
// outside (entry, resumption of a generator). These are the places where sys.settrace reports a line.
// Slots dropped because "the line was recorded on every path to here" would save little and lose lines
// when a test begins while the frame is alive (threads, greenlets, fixtures, nested test runs).
#ifndef ALIBI_PYTHON_EXT_SLOT_PLACEMENT_H_
#define ALIBI_PYTHON_EXT_SLOT_PLACEMENT_H_

#include <optional>
#include <vector>

#include "slot_instructions.h"

namespace alibi::python {

// What a slot in front of a return reports, in place of a line; wanted for class bodies at module level.
inline constexpr int kLeavesBody = 0;
enum class Returns : bool { kSilent, kReported };

struct PlacedSlot {
  uint32_t before = 0;  // index of the instruction
  int line = 0;         // what it reports
  Location location;    // what its units carry
};

// In order of `before`. Nothing when a line begins where CPython leaves no room for a slot.
std::optional<std::vector<PlacedSlot>> place_slots(const InstructionList& list, Returns returns);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_PLACEMENT_H_
