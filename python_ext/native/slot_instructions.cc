#include "slot_instructions.h"

#include <cstring>

#include "internals/cpython_311_code.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

using cpython_311::CodeUnit;

constexpr int32_t kInsideInstruction = -1;

struct Decoder {
  InstructionList list;
  std::vector<int32_t> index_at;  // code unit -> instruction that starts there

  bool split(std::string_view code, const std::vector<Location>& locations);
  bool resolve_jumps();
  bool resolve_exceptions(std::vector<ExceptionEntry> entries);
  bool find_resume();
};

CodeUnit unit_at(std::string_view code, size_t index) {
  CodeUnit unit;
  std::memcpy(&unit, code.data() + index * sizeof unit, sizeof unit);
  return unit;
}

bool Decoder::split(std::string_view code, const std::vector<Location>& locations) {
  const size_t units = locations.size();
  index_at.assign(units + 1, kInsideInstruction);
  for (size_t unit = 0; unit < units;) {
    ResolvedInstruction instruction;
    instruction.location = locations[unit];
    index_at[unit] = static_cast<int32_t>(list.instructions.size());
    CodeUnit word = unit_at(code, unit++);
    uint32_t argument = cpython_311::argument_of(word);
    while (cpython_311::opcode_of(word) == EXTENDED_ARG) {
      if (unit >= units) return false;
      word = unit_at(code, unit++);
      argument = (argument << 8) | cpython_311::argument_of(word);
    }
    instruction.opcode = cpython_311::opcode_of(word);
    instruction.argument = argument;
    instruction.caches = static_cast<uint8_t>(cpython_311::cache_units(instruction.opcode));
    unit += instruction.caches;
    if (unit > units) return false;
    list.instructions.push_back(instruction);
  }
  index_at[units] = static_cast<int32_t>(list.instructions.size());
  return true;
}

bool Decoder::resolve_jumps() {
  std::vector<int64_t> start_of(list.instructions.size() + 1, 0);
  for (size_t unit = 0; unit < index_at.size(); ++unit) {
    if (index_at[unit] != kInsideInstruction)
      start_of[static_cast<size_t>(index_at[unit])] = static_cast<int64_t>(unit);
  }
  const int64_t units = static_cast<int64_t>(index_at.size()) - 1;
  for (size_t i = 0; i < list.instructions.size(); ++i) {
    ResolvedInstruction& instruction = list.instructions[i];
    const JumpDirection direction = jump_direction(instruction.opcode);
    if (direction == JumpDirection::kNone) continue;
    const int64_t distance = instruction.argument;
    const int64_t unit = start_of[i + 1] + (direction == JumpDirection::kForward ? distance : -distance);
    if (unit < 0 || unit >= units) return false;
    instruction.target = index_at[static_cast<size_t>(unit)];
    if (instruction.target == kInsideInstruction) return false;
  }
  return true;
}

bool Decoder::resolve_exceptions(std::vector<ExceptionEntry> entries) {
  for (ExceptionEntry& entry : entries) {
    const int32_t begin = index_at[entry.begin];
    const int32_t end = index_at[entry.end];
    const int32_t handler = index_at[entry.handler];
    if (begin == kInsideInstruction || end == kInsideInstruction || handler == kInsideInstruction)
      return false;
    entry.begin = static_cast<uint32_t>(begin);
    entry.end = static_cast<uint32_t>(end);
    entry.handler = static_cast<uint32_t>(handler);
    list.instructions[entry.handler].is_handler = true;
  }
  list.exceptions = std::move(entries);
  return true;
}

bool Decoder::find_resume() {
  for (size_t i = 0; i < list.instructions.size(); ++i) {
    if (list.instructions[i].opcode != RESUME) continue;
    list.first_resume = i;
    return true;
  }
  return false;
}

}  // namespace

JumpDirection jump_direction(uint8_t opcode) {
  switch (opcode) {
    case JUMP_FORWARD:
    case FOR_ITER:
    case SEND:
    case JUMP_IF_FALSE_OR_POP:
    case JUMP_IF_TRUE_OR_POP:
    case POP_JUMP_FORWARD_IF_FALSE:
    case POP_JUMP_FORWARD_IF_TRUE:
    case POP_JUMP_FORWARD_IF_NONE:
    case POP_JUMP_FORWARD_IF_NOT_NONE:
      return JumpDirection::kForward;
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case POP_JUMP_BACKWARD_IF_FALSE:
    case POP_JUMP_BACKWARD_IF_TRUE:
    case POP_JUMP_BACKWARD_IF_NONE:
    case POP_JUMP_BACKWARD_IF_NOT_NONE:
      return JumpDirection::kBackward;
    default:
      return JumpDirection::kNone;
  }
}

bool falls_through(uint8_t opcode) {
  switch (opcode) {
    case JUMP_FORWARD:
    case JUMP_BACKWARD:
    case JUMP_BACKWARD_NO_INTERRUPT:
    case RETURN_VALUE:
    case RAISE_VARARGS:
    case RERAISE:
      return false;
    default:
      return true;
  }
}

std::optional<InstructionList> decode_instructions(std::string_view code, std::string_view location_table,
                                                   std::string_view exception_table, int first_line) {
  const size_t units = code.size() / sizeof(CodeUnit);
  Decoder decoder;
  auto entries = decode_exceptions(exception_table, static_cast<uint32_t>(units));
  if (!entries || !decoder.split(code, decode_locations(location_table, first_line, units)) ||
      !decoder.resolve_jumps() || !decoder.resolve_exceptions(std::move(*entries)) ||
      !decoder.find_resume()) {
    return std::nullopt;
  }
  return std::move(decoder.list);
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS
