// Facts of one code object: kind, qualified name, lines, fingerprint of its compiled meaning, names.
//
// Used by CodeFiles when a code object is registered, once each, a few microseconds. Reads the code
// object only: never keeps it, never changes it, never runs Python code, never leaves an exception
// set. What an opcode means is asked of the interpreter at start, so one source serves every release.
#ifndef ALIBI_PYTHON_EXT_CODE_UNITS_H_
#define ALIBI_PYTHON_EXT_CODE_UNITS_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "code_instructions.h"
#include "compat.h"
#include "opcode_facts.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

struct CodeUnit {
  int32_t kind = ALIBI_CODE_FUNCTION;
  bool module_level = false;  // a module body, or a class body with nothing but classes around it
  int32_t first_line = 0;     // smallest line any instruction carries
  int32_t span = 0;           // lines from first_line on
  int32_t scope_line = 0;     // co_firstlineno
  alibi_hash fingerprint{0, 0};
  std::string qualified_name;  // UTF-8, escaped bytes as the bytes they were
};

struct CodeName {
  int32_t kind;      // alibi_name_kind
  int32_t level;     // of an import
  std::string name;  // of an import: "module" or "module:name"
  auto operator<=>(const CodeName&) const = default;
};

class CodeUnits {
 public:
  // Learns this interpreter's opcodes. False, with the cause in `why`, when they make no sense.
  // `known`: what another process with this interpreter learned; empty: nothing.
  bool start(const std::string& known, std::string* why);
  const OpcodeFacts& facts() const { return facts_; }

  // `owner` is the unit whose co_consts hold this code, null when unknown (before 3.11, where code
  // objects do not know their qualified name, it is then looked up among those described before).
  // On 3.11 pass the original code, never its instrumented twin: the twin's bytecode is another.
  // False when the code object cannot be described (more lines than any source file has).
  bool describe(PyCodeObject* code, const CodeUnit* owner, CodeUnit* unit);

  // Sorted, each once. What the code itself refers to; nested code has names of its own.
  std::vector<CodeName> names_of(PyCodeObject* code);

 private:
  bool read(PyCodeObject* code);
  std::string name_in_owner(PyCodeObject* code, const CodeUnit* owner) const;
  void remember_nested(PyCodeObject* owner, const CodeUnit& unit);

  OpcodeFacts facts_;
  // The last code object read: describe and names_of come in pairs.
  PyCodeObject* last_code_ = nullptr;
  Instructions last_;
  // An entry may outlive its code object, so the line says whether it is the same one.
  struct Nested {
    int first_line;
    std::string prefix;
  };
  std::unordered_map<PyCodeObject*, Nested> nested_;
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_CODE_UNITS_H_
