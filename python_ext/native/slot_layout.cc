#include "slot_layout.h"

#include <cstring>

#include "internals/cpython_311_code.h"

#if ALIBI_HAS_SLOTS

namespace alibi::python {
namespace {

using cpython_311::CodeUnit;
using cpython_311::make_unit;

constexpr int kUnitsAfterPrefix = 3;  // LOAD_CONST, UNARY_NOT, POP_TOP

int extended_arguments(uint32_t argument) {
  if (argument > 0xFFFFFF) return 3;
  if (argument > 0xFFFF) return 2;
  return argument > 0xFF ? 1 : 0;
}

// Code of a size that is known before it is written.
class UnitWriter {
 public:
  explicit UnitWriter(uint32_t units) : bytes_(units * sizeof(CodeUnit), '\0') {}
  void append(CodeUnit unit) { append(&unit, 1); }
  void append(const CodeUnit* units, uint32_t count) {
    std::memcpy(bytes_.data() + used_ * sizeof(CodeUnit), units, count * sizeof(CodeUnit));
    used_ += count;
  }
  uint32_t used() const { return used_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  uint32_t used_ = 0;  // never above the size: Positions counted the same pieces
};

// Positions of everything, grown until every jump fits its distance.
class Positions {
 public:
  Positions(const InstructionList& list, const std::vector<PlacedSlot>& slots, int slot_units)
      : begin_(list.instructions.size() + 1), slot_units_(list.instructions.size(), 0), size_(slot_units_) {
    for (const PlacedSlot& slot : slots) slot_units_[slot.before] += slot_units;
    for (size_t i = 0; i < list.instructions.size(); ++i) size_[i] = size_of(list.instructions[i]);
  }

  void settle(InstructionList* list) {
    for (bool grew = true; grew;) {
      grew = false;
      place();
      for (size_t i = 0; i < list->instructions.size(); ++i) {
        ResolvedInstruction& instruction = list->instructions[i];
        if (instruction.target < 0) continue;
        const uint32_t target = begin_[static_cast<size_t>(instruction.target)];
        const uint32_t end = begin_[i + 1];
        instruction.argument = target >= end ? target - end : end - target;
        const int size = size_of(instruction);
        if (size <= size_[i]) continue;  // never shrinks, so it ends
        size_[i] = size;
        grew = true;
      }
    }
  }

  uint32_t begin(size_t i) const { return begin_[i]; }  // its slots included: where jumps go
  int size(size_t i) const { return size_[i]; }
  uint32_t units() const { return begin_.back(); }

 private:
  static int size_of(const ResolvedInstruction& instruction) {
    return extended_arguments(instruction.argument) + 1 + instruction.caches;
  }
  void place() {
    uint32_t position = 0;
    for (size_t i = 0; i < size_.size(); ++i) {
      begin_[i] = position;
      position += static_cast<uint32_t>(slot_units_[i] + size_[i]);
    }
    begin_[size_.size()] = position;
  }

  std::vector<uint32_t> begin_;
  std::vector<int> slot_units_;
  std::vector<int> size_;
};

// Arguments of the NOPs that stand for a slot: how long it is, a second mark, zeros. The compiler's own
// NOPs have the argument 0.
constexpr unsigned kShortSlotMark = 0xA4;
constexpr unsigned kLongSlotMark = 0xA5;
constexpr unsigned kSecondMark = 0x1B;

void append_marks(UnitWriter* shown, const SlotForm& form) {
  const bool is_long = form.units > kUnitsAfterPrefix + 1;
  shown->append(make_unit(NOP, is_long ? kLongSlotMark : kShortSlotMark));
  shown->append(make_unit(NOP, kSecondMark));
  for (int unit = 2; unit < form.units; ++unit) shown->append(make_unit(NOP, 0));
}

void append_slot(UnitWriter* code, const SlotForm& form, uint32_t number) {
  CodeUnit units[kUnitsAfterPrefix + 2];
  form.write(units, number);
  code->append(units, static_cast<uint32_t>(form.units));
}

void append_instruction(UnitWriter* code, const ResolvedInstruction& instruction, int size) {
  for (int extended = size - 1 - instruction.caches; extended > 0; --extended) {
    code->append(make_unit(EXTENDED_ARG, (instruction.argument >> (8 * extended)) & 255));
  }
  code->append(make_unit(instruction.opcode, instruction.argument & 255));
  for (int cache = 0; cache < instruction.caches; ++cache) code->append(make_unit(CACHE, 0));
}

}  // namespace

SlotForm::SlotForm(uint32_t ellipsis_constant) : constant(ellipsis_constant) {
  const int prefix = ellipsis_constant > 0xFFFF ? 2 : 1;
  units = prefix + kUnitsAfterPrefix;
  armed = ellipsis_constant > 0xFF ? make_unit(EXTENDED_ARG, (ellipsis_constant >> (8 * prefix)) & 255)
                                   : make_unit(NOP, 0);
  disarmed = make_unit(JUMP_FORWARD, static_cast<unsigned>(units - 1));
}

void SlotForm::write(uint16_t* at, uint32_t number) const {
  *at++ = armed;
  if (units > kUnitsAfterPrefix + 1) *at++ = make_unit(EXTENDED_ARG, (constant >> 8) & 255);
  *at++ = make_unit(LOAD_CONST, constant & 255);
  *at++ = make_unit(UNARY_NOT, number & 255);
  *at = make_unit(POP_TOP, (number >> 8) & 255);
}

std::optional<Layout> lay_out(InstructionList list, const std::vector<PlacedSlot>& slots,
                              const SlotForm& form, int first_line) {
  Positions positions(list, slots, form.units);
  positions.settle(&list);
  Layout layout;
  UnitWriter code(positions.units());
  UnitWriter shown_code(positions.units());
  LocationWriter locations(first_line);
  size_t next_slot = 0;
  for (size_t i = 0; i < list.instructions.size(); ++i) {
    const ResolvedInstruction& instruction = list.instructions[i];
    if (instruction.opcode == SEND && positions.size(i) != 1) return std::nullopt;
    for (; next_slot < slots.size() && slots[next_slot].before == i; ++next_slot) {
      layout.toggles.push_back(code.used());
      append_slot(&code, form, static_cast<uint32_t>(next_slot));
      append_marks(&shown_code, form);
      locations.append(slots[next_slot].location, form.units);
    }
    append_instruction(&code, instruction, positions.size(i));
    append_instruction(&shown_code, instruction, positions.size(i));
    locations.append(instruction.location, positions.size(i));
  }
  for (ExceptionEntry& entry : list.exceptions) {
    entry.begin = positions.begin(entry.begin);
    entry.end = positions.begin(entry.end);
    entry.handler = positions.begin(entry.handler);
  }
  layout.code = code.take();
  layout.shown_code = shown_code.take();
  layout.location_table = locations.bytes();
  layout.exception_table = encode_exceptions(list.exceptions);
  return layout;
}

int marked_slot_units(uint8_t opcode, uint32_t argument, uint8_t next_opcode, uint32_t next_argument) {
  if (opcode != NOP || next_opcode != NOP || next_argument != kSecondMark) return 0;
  if (argument == kShortSlotMark) return kUnitsAfterPrefix + 1;
  return argument == kLongSlotMark ? kUnitsAfterPrefix + 2 : 0;
}

}  // namespace alibi::python

#endif  // ALIBI_HAS_SLOTS
