// The instructions of a CPython 3.11 code object, with jumps and handlers resolved to instructions.
//
// The form in which a code object is re-assembled: decoded once, given slots (slot_placement), written
// out again (slot_layout). Holds no Python object; reads compiled, never specialised, bytes.
#ifndef ALIBI_PYTHON_EXT_SLOT_INSTRUCTIONS_H_
#define ALIBI_PYTHON_EXT_SLOT_INSTRUCTIONS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "slot_exceptions.h"
#include "slot_locations.h"

namespace alibi::python {

enum class JumpDirection : int8_t { kNone, kForward, kBackward };

struct ResolvedInstruction {
  uint8_t opcode = 0;
  uint8_t caches = 0;  // inline cache units behind it
  bool is_handler = false;
  uint32_t argument = 0;  // of a jump: recomputed by the layout
  int32_t target = -1;    // index of the instruction jumped to
  Location location;
};

// Code offsets are instruction indexes here; `end` may be the number of instructions.
struct InstructionList {
  std::vector<ResolvedInstruction> instructions;
  std::vector<ExceptionEntry> exceptions;
  size_t first_resume = 0;
};

JumpDirection jump_direction(uint8_t opcode);
// False for instructions after which the next one is never reached by falling through.
bool falls_through(uint8_t opcode);

// Nothing for code that no compiler made: a jump or handler into the middle of an instruction, no RESUME.
std::optional<InstructionList> decode_instructions(std::string_view code, std::string_view location_table,
                                                   std::string_view exception_table, int first_line);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_INSTRUCTIONS_H_
