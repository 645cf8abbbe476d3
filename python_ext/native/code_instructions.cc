#include "code_instructions.h"

#include "compat_code.h"

namespace alibi::python {
namespace {

bool is_jump(OpcodeClass meaning) {
  return meaning >= OpcodeClass::kJumpForward;
}
bool is_name(OpcodeClass meaning) {
  return meaning >= OpcodeClass::kGlobalName && meaning <= OpcodeClass::kImportFrom;
}

struct Decoded {
  uint8_t op;
  uint32_t argument;
  uint32_t first_unit;  // where its EXTENDED_ARGs begin
  uint32_t end_unit;    // behind its caches: what relative jumps count from
  bool skipped;
};

std::vector<Decoded> decode(const uint8_t* bytes, size_t units, const OpcodeFacts& facts) {
  std::vector<Decoded> decoded;
  decoded.reserve(units);
  uint32_t extended = 0;
  uint32_t first = 0;
  bool in_extension = false;
  for (uint32_t unit = 0; unit < units; ++unit) {
    const uint8_t op = bytes[2 * unit];
    if (op == facts.cache) {
      if (!decoded.empty()) decoded.back().end_unit = unit + 1;
      continue;
    }
    if (!in_extension) first = unit;
    const uint32_t argument = (extended << 8) | bytes[2 * unit + 1];
    in_extension = facts.classes[op] == OpcodeClass::kExtendedArg;
    extended = in_extension ? argument : 0;
    if (in_extension) continue;
    decoded.push_back({op, argument, first, unit + 1, facts.classes[op] == OpcodeClass::kNothing});
  }
  return decoded;
}

bool stores(PyCodeObject* code, const Decoded& instruction, const OpcodeFacts& facts, const char* name) {
  if (instruction.op != facts.store_name) return false;
  const size_t index = instruction.argument >> facts.name_shift[instruction.op];
  if (index >= static_cast<size_t>(PyTuple_GET_SIZE(code->co_names))) return false;
  return PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(code->co_names, static_cast<Py_ssize_t>(index)),
                                          name) == 0;
}

// A docstring is the first thing a module or class body stores as __doc__.
void skip_documentation(PyCodeObject* code, const OpcodeFacts& facts, std::vector<Decoded>* decoded) {
  if ((code->co_flags & CO_OPTIMIZED) != 0) return;
  bool documented = false;
  for (size_t i = 1; i < decoded->size(); ++i) {
    Decoded& load = (*decoded)[i - 1];
    Decoded& store = (*decoded)[i];
    const OpcodeClass loads = facts.classes[load.op];
    if (loads != OpcodeClass::kConstant && loads != OpcodeClass::kSmallInt) continue;
    const bool documents = !documented && stores(code, store, facts, "__doc__");
    documented = documented || documents;
    if (documents || stores(code, store, facts, "__firstlineno__") ||
        stores(code, store, facts, "__static_attributes__")) {
      load.skipped = store.skipped = true;
    }
  }
}

uint32_t jump_target_unit(const Decoded& jump, OpcodeClass meaning) {
  const uint32_t distance = jump.argument / kJumpsPerUnit;
  if (meaning == OpcodeClass::kJumpAbsolute) return distance;
  return meaning == OpcodeClass::kJumpForward ? jump.end_unit + distance : jump.end_unit - distance;
}

}  // namespace

PyObject* Instructions::constant(PyCodeObject* code, const Instruction& instruction) {
  const bool valid = instruction.target < static_cast<size_t>(PyTuple_GET_SIZE(code->co_consts));
  return valid ? PyTuple_GET_ITEM(code->co_consts, static_cast<Py_ssize_t>(instruction.target)) : nullptr;
}

PyObject* Instructions::name(PyCodeObject* code, const Instruction& instruction) {
  const bool valid = instruction.target < static_cast<size_t>(PyTuple_GET_SIZE(code->co_names));
  return valid ? PyTuple_GET_ITEM(code->co_names, static_cast<Py_ssize_t>(instruction.target)) : nullptr;
}

bool read_instructions(PyCodeObject* code, const OpcodeFacts& facts, Instructions* instructions) {
  Ref bytes = compiled_bytecode(code);
  if (!bytes || !PyBytes_Check(bytes.get())) {
    PyErr_Clear();
    return false;
  }
  const size_t units = static_cast<size_t>(PyBytes_GET_SIZE(bytes.get())) / 2;
  std::vector<Decoded> decoded =
      decode(reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(bytes.get())), units, facts);
  skip_documentation(code, facts, &decoded);

  std::vector<uint32_t>& number_at = instructions->number_at_unit;
  number_at.assign(units + 1, 0);
  uint32_t number = 0;
  uint32_t unit = 0;
  for (const Decoded& each : decoded) {
    // Caches of the instruction before belong to this one: nothing jumps there.
    for (; unit <= each.first_unit; ++unit) number_at[unit] = number;
    if (!each.skipped) ++number;
  }
  for (; unit <= units; ++unit) number_at[unit] = number;

  instructions->list.reserve(number);
  for (const Decoded& each : decoded) {
    if (each.skipped) continue;
    Instruction instruction{each.op, facts.classes[each.op], each.argument, 0};
    if (is_jump(instruction.meaning)) {
      const uint32_t target = jump_target_unit(each, instruction.meaning);
      instruction.target = target <= units ? number_at[target] : UINT32_MAX;
      if (instruction.target != UINT32_MAX) instruction.argument = 0;
    } else if (is_name(instruction.meaning)) {
      const uint8_t shift = facts.name_shift[each.op];
      instruction.target = each.argument >> shift;
      instruction.argument = each.argument & ((1u << shift) - 1);
    } else if (instruction.meaning == OpcodeClass::kConstant) {
      instruction.target = each.argument;
      instruction.argument = 0;
    }
    instructions->list.push_back(instruction);
  }
  return true;
}

}  // namespace alibi::python
