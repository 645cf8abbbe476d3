// Writes instructions and slots out as the bytes of a code object.
//
// A slot is four code units in front of an instruction (five when the constant Ellipsis has a number
// above 65,535); only its first unit, the toggle, is ever written again:
//
//     armed     NOP or EXTENDED_ARG      disarmed  JUMP_FORWARD over the rest
//               LOAD_CONST Ellipsis                …
//               UNARY_NOT  (argument: slot number, low byte; the interpreter ignores it)
//               POP_TOP    (argument: slot number, second byte)
//
// `not Ellipsis` reaches our nb_bool. What co_code shows has NOPs with a mark in their arguments in place of
// a slot: whoever reads, copies, compiles or ships the code object (numba, marshal, code.replace()) gets
// code that does nothing more than the original, in any process; a copy that comes to run here is
// recognised by the marks and gets its slots back.
#ifndef ALIBI_PYTHON_EXT_SLOT_LAYOUT_H_
#define ALIBI_PYTHON_EXT_SLOT_LAYOUT_H_

#include <optional>
#include <string>
#include <vector>

#include "slot_instructions.h"
#include "slot_placement.h"

namespace alibi::python {

struct SlotForm {
  explicit SlotForm(uint32_t ellipsis_constant);
  // Writes a slot, armed.
  void write(uint16_t* at, uint32_t number) const;

  uint16_t armed;
  uint16_t disarmed;
  uint32_t constant;
  int units;
};

struct Layout {
  std::string code;        // what runs
  std::string shown_code;  // what co_code shows
  std::string location_table;
  std::string exception_table;
  std::vector<uint32_t> toggles;  // code unit of each slot's toggle, ascending
};

// Nothing when the code cannot be expressed (a SEND that would need an EXTENDED_ARG).
std::optional<Layout> lay_out(InstructionList list, const std::vector<PlacedSlot>& slots,
                              const SlotForm& form, int first_line);

// Units of the slot whose first NOP this is; 0 when it is none.
int marked_slot_units(uint8_t opcode, uint32_t argument, uint8_t next_opcode, uint32_t next_argument);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SLOT_LAYOUT_H_
