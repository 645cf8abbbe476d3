#include "slot_placement.h"

#include "internals/cpython_311_code.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

using Instructions = std::vector<ResolvedInstruction>;

// CPython reads the neighbours of these: gen.throw() and yield-from look around SEND, YIELD_VALUE and
// RESUME, a specialised PRECALL skips its CALL, and line tracing treats a jump back to SEND specially.
bool has_room_before(const Instructions& instructions, size_t i) {
  const uint8_t opcode = instructions[i].opcode;
  if (opcode == RESUME || opcode == CALL || opcode == SEND) return false;
  if (i == 0) return true;
  const uint8_t previous = instructions[i - 1].opcode;
  return previous != SEND && previous != PRECALL && previous != YIELD_VALUE;
}

// Whether control can come to each instruction in a way that begins a line there.
std::vector<bool> line_begins(const InstructionList& list) {
  const Instructions& instructions = list.instructions;
  std::vector<bool> begins(instructions.size(), false);
  for (size_t i = list.first_resume; i < instructions.size(); ++i) {
    const ResolvedInstruction& from = instructions[i];
    if (from.target >= 0) {
      const size_t target = static_cast<size_t>(from.target);
      const ResolvedInstruction& to = instructions[target];
      const bool loops = target <= i && to.opcode != SEND;  // SEND: `await` polling on one line
      if (loops || to.location.line != from.location.line) begins[target] = true;
    }
    if (i + 1 < instructions.size() && falls_through(from.opcode)) {
      if (instructions[i + 1].location.line != from.location.line || from.opcode == RESUME)
        begins[i + 1] = true;
    }
    if (from.is_handler) begins[i] = true;
  }
  return begins;
}

int line_at(const InstructionList& list, size_t i) {
  const Instructions& instructions = list.instructions;
  const int line = instructions[i].location.line;
  // A resumed generator whose next instruction carries no line is still on the line of its yield.
  const bool resumed = i > list.first_resume + 1 && instructions[i - 1].opcode == RESUME;
  return line <= 0 && resumed ? instructions[i - 1].location.line : line;
}

int first_body_line(const InstructionList& list) {
  for (size_t i = list.first_resume + 1; i < list.instructions.size(); ++i) {
    if (list.instructions[i].location.line > 0) return list.instructions[i].location.line;
  }
  return 0;
}

}  // namespace

std::optional<std::vector<PlacedSlot>> place_slots(const InstructionList& list, Returns returns) {
  const Instructions& instructions = list.instructions;
  std::vector<PlacedSlot> slots;
  // Calling a generator function runs nothing of its body, yet its result depends on it: evidence of the
  // scope is worth a line that settrace does not report.
  for (size_t i = 0; i < list.first_resume; ++i) {
    const int line = first_body_line(list);
    if (instructions[i].opcode != RETURN_GENERATOR || line == 0) continue;
    slots.push_back({static_cast<uint32_t>(i), line, Location{}});
  }
  const std::vector<bool> begins = line_begins(list);
  for (size_t i = list.first_resume; i < instructions.size(); ++i) {
    const ResolvedInstruction& instruction = instructions[i];
    const int line = begins[i] && instruction.opcode != RESUME ? line_at(list, i) : 0;
    if (line > 0) {
      if (!has_room_before(instructions, i)) return std::nullopt;
      slots.push_back({static_cast<uint32_t>(i), line, instruction.location});
    }
    if (returns == Returns::kReported && instruction.opcode == RETURN_VALUE &&
        has_room_before(instructions, i)) {
      slots.push_back({static_cast<uint32_t>(i), kLeavesBody, instruction.location});
    }
  }
  return slots;
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS
