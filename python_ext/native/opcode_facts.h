// What the opcodes of the running interpreter mean, as far as fingerprints and names need it.
//
// Learned once from the module `opcode` and from a compiled sample, so that no release is hard-coded.
// Plain values after learn(); shared read-only.
#ifndef ALIBI_PYTHON_EXT_OPCODE_FACTS_H_
#define ALIBI_PYTHON_EXT_OPCODE_FACTS_H_

#include <cstdint>
#include <string>

#include "compat.h"

namespace alibi::python {

enum class OpcodeClass : uint8_t {
  kPlain,    // its argument means itself
  kNothing,  // NOP, CACHE: no meaning
  kExtendedArg,
  kConstant,    // argument: index into co_consts
  kSmallInt,    // argument: the integer pushed
  kGlobalName,  // argument: index into co_names, shifted
  kAttributeName,
  kImportName,
  kImportFrom,
  kJumpForward,
  kJumpBackward,
  kJumpAbsolute,
};

struct OpcodeFacts {
  OpcodeClass classes[256] = {};
  uint8_t name_shift[256] = {};  // low bits of a name's argument that are not the index
  int store_name = -1;
  int cache = -1;  // opcode of inline cache units, -1: there are none

  // False, with the cause in `why`, when the interpreter's answers make no sense.
  bool learn(std::string* why);
  // For another process with the very same interpreter; restore() is false for a text that is none of text().
  std::string text() const;
  bool restore(const std::string& text);
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_OPCODE_FACTS_H_
