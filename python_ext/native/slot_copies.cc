#include "slot_copies.h"

#include <algorithm>

#include "internals/cpython_311_code.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

using cpython_311::bytes_view;
using cpython_311::CodeUnit;

constexpr uint32_t kNoConstant = 0xFFFFFFFF;

uint32_t ellipsis_of(PyCodeObject* code) {
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); ++i) {
    if (PyTuple_GET_ITEM(code->co_consts, i) == Py_Ellipsis) return static_cast<uint32_t>(i);
  }
  return kNoConstant;
}

// Units of the slot that starts at `unit`; 0 when none does.
int slot_units_at(std::string_view bytes, size_t unit) {
  const size_t units = bytes.size() / sizeof(CodeUnit);
  if (unit + 1 >= units) return 0;
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data()) + unit * sizeof(CodeUnit);
  if (at[0] != NOP) return 0;
  const int found = marked_slot_units(at[0], at[1], at[2], at[3]);
  return unit + static_cast<size_t>(found) <= units ? found : 0;
}

// What a slot reports is the line its units carry; where these carry none (some resumptions) the next
// line that the code carries. The slot at the end of a class body becomes one of its last line.
int reported_line(const std::vector<Location>& locations, size_t unit) {
  for (; unit < locations.size(); ++unit) {
    if (locations[unit].line > 0) return locations[unit].line;
  }
  return 0;
}

std::vector<bool> slot_instructions(const std::vector<ResolvedInstruction>& instructions) {
  std::vector<bool> in_slot(instructions.size(), false);
  for (size_t i = 0; i + 1 < instructions.size(); ++i) {
    const ResolvedInstruction& first = instructions[i];
    const ResolvedInstruction& second = instructions[i + 1];
    const size_t units =
        static_cast<size_t>(marked_slot_units(first.opcode, first.argument, second.opcode, second.argument));
    for (size_t k = i; k < std::min(i + units, instructions.size()); ++k) in_slot[k] = true;
  }
  return in_slot;
}

InstructionList remove(InstructionList list, const std::vector<bool>& removed) {
  InstructionList kept;
  std::vector<uint32_t> new_index(list.instructions.size() + 1);  // of the next instruction that stays
  for (size_t i = 0; i < list.instructions.size(); ++i) {
    new_index[i] = static_cast<uint32_t>(kept.instructions.size());
    if (!removed[i]) kept.instructions.push_back(list.instructions[i]);
  }
  new_index.back() = static_cast<uint32_t>(kept.instructions.size());
  for (ResolvedInstruction& instruction : kept.instructions) {
    if (instruction.target >= 0) {
      instruction.target = static_cast<int32_t>(new_index[static_cast<size_t>(instruction.target)]);
      instruction.argument = 0;  // the layout starts from the smallest size
    }
  }
  kept.exceptions = std::move(list.exceptions);
  for (ExceptionEntry& entry : kept.exceptions) {
    entry.begin = new_index[entry.begin];
    entry.end = new_index[entry.end];
    entry.handler = new_index[entry.handler];
  }
  return kept;
}

// The constants without the Ellipsis that was appended for the slots.
Ref plain_constants(PyCodeObject* code, const std::vector<ResolvedInstruction>& instructions) {
  Py_ssize_t count = PyTuple_GET_SIZE(code->co_consts);
  if (count > 0 && PyTuple_GET_ITEM(code->co_consts, count - 1) == Py_Ellipsis) {
    bool used = false;
    for (const ResolvedInstruction& instruction : instructions) {
      used = used ||
             (instruction.opcode == LOAD_CONST && instruction.argument == static_cast<uint32_t>(count - 1));
    }
    if (!used) --count;
  }
  Ref constants = Ref::steal(PyTuple_New(count));
  for (Py_ssize_t i = 0; constants && i < count; ++i) {
    PyObject* constant = PyTuple_GET_ITEM(code->co_consts, i);
    PyObject* plain = nullptr;
    if (PyCode_Check(constant)) {
      PyCodeObject* nested = reinterpret_cast<PyCodeObject*>(constant);
      Ref bytes = Ref::steal(cpython_311::compiled_bytes(nested));
      if (bytes) plain = without_slots(nested, bytes.get()).release();
    }
    PyErr_Clear();
    PyTuple_SET_ITEM(constants.get(), i, plain != nullptr ? plain : Py_NewRef(constant));
  }
  return constants;
}

}  // namespace

bool has_slots(std::string_view bytes) {
  const size_t units = bytes.size() / sizeof(CodeUnit);
  for (size_t unit = 0; unit < units; ++unit) {
    if (slot_units_at(bytes, unit) != 0) return true;
  }
  return false;
}

std::optional<SlotTable> restore_slots(PyCodeObject* code, std::string_view bytes) {
  const uint32_t ellipsis = ellipsis_of(code);
  if (ellipsis == kNoConstant) return std::nullopt;  // its constants were replaced
  const size_t units = bytes.size() / sizeof(CodeUnit);
  const std::vector<Location> locations =
      decode_locations(bytes_view(code->co_linetable), code->co_firstlineno, units);
  SlotTable table;
  table.form = SlotForm(ellipsis);
  for (size_t unit = 0; unit < units; ++unit) {
    const int length = slot_units_at(bytes, unit);
    if (length == 0) continue;
    if (length != table.form.units) return std::nullopt;
    table.toggles.push_back(static_cast<uint32_t>(unit));
    table.lines.push_back(reported_line(locations, unit));
    unit += static_cast<size_t>(length) - 1;
  }
  // Whoever made the copy may have computed its stack from bytes in which slots push nothing.
  ++code->co_stacksize;
  for (uint32_t slot = 0; slot < table.toggles.size(); ++slot) {
    table.form.write(cpython_311::live_units(code) + table.toggles[slot], slot);
  }
  return table;
}

bool equal_but_for_slots(PyCodeObject* one, PyCodeObject* other, richcmpfunc compare) {
  Ref bytes = Ref::steal(cpython_311::compiled_bytes(one));
  Ref other_bytes = Ref::steal(cpython_311::compiled_bytes(other));
  if (!bytes || !other_bytes || bytes_view(bytes.get()) != bytes_view(other_bytes.get())) return false;
  if (!has_slots(bytes_view(bytes.get()))) return false;
  auto shown = [](PyCodeObject* code, PyObject* shown_bytes) {
    return Ref::steal(reinterpret_cast<PyObject*>(cpython_311::new_code(
        code,
        {shown_bytes, code->co_consts, code->co_linetable, code->co_exceptiontable, code->co_stacksize})));
  };
  Ref left = shown(one, bytes.get());
  Ref right = shown(other, other_bytes.get());
  if (!left || !right) return false;
  return Ref::steal(compare(left.get(), right.get(), Py_EQ)).get() == Py_True;
}

Ref without_slots(PyCodeObject* code, PyObject* bytes) {
  auto list = decode_instructions(bytes_view(bytes), bytes_view(code->co_linetable),
                                  bytes_view(code->co_exceptiontable), code->co_firstlineno);
  if (!list) return {};
  const std::vector<bool> in_slot = slot_instructions(list->instructions);
  InstructionList plain = remove(std::move(*list), in_slot);
  Ref constants = plain_constants(code, plain.instructions);
  if (!constants) return {};
  auto layout = lay_out(std::move(plain), {}, SlotForm(0), code->co_firstlineno);
  return layout ? new_code_of(code, *layout, constants.get(), code->co_stacksize - 1) : Ref{};
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS
