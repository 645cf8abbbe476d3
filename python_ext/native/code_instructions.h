// The instructions of a code object in a form that does not depend on layout: no inline caches, no
// NOPs, extended arguments joined, jump targets as instruction numbers.
//
// Used by code_units and code_fingerprint on the stack, for the length of one description.
#ifndef ALIBI_PYTHON_EXT_CODE_INSTRUCTIONS_H_
#define ALIBI_PYTHON_EXT_CODE_INSTRUCTIONS_H_

#include <cstdint>
#include <vector>

#include "compat.h"
#include "opcode_facts.h"

namespace alibi::python {

struct Instruction {
  uint8_t op;
  OpcodeClass meaning;
  uint32_t argument;  // of a name: the flags below the index; of a jump: as compiled, see target
  uint32_t target;    // of a jump: number of the instruction; of a name or constant: its index
};

struct Instructions {
  std::vector<Instruction> list;
  std::vector<uint32_t> number_at_unit;  // code unit -> number of the instruction there or next

  // Borrowed from the code object; null when the index is out of range (hand-made bytecode).
  static PyObject* constant(PyCodeObject* code, const Instruction& instruction);
  static PyObject* name(PyCodeObject* code, const Instruction& instruction);
};

// Leaves out what only stores documentation or line numbers: `__doc__ = <constant>` where a module or
// class body begins, `__firstlineno__` and `__static_attributes__` of classes. False: out of memory.
bool read_instructions(PyCodeObject* code, const OpcodeFacts& facts, Instructions* instructions);

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_INSTRUCTIONS_H_
