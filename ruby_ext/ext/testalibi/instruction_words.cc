#include "instruction_words.h"

#include <cstring>

namespace alibi::ruby {

// Two instructions of this family have one word with events: which of them it was cannot be told.
bool InstructionWords::is_ambiguous(size_t opcode) {
  constexpr char kFamily[] = "opt_invokebuiltin";
  return std::strncmp(rb_vm_insn_name_base + rb_vm_insn_name_offset[opcode], kFamily, sizeof kFamily - 1) ==
         0;
}

void InstructionWords::remember_plain(VALUE word) {
  if (plain_count_ >= kPairs / 2) return;
  size_t slot = slot_of(word);
  while (plain_[slot] != 0 && plain_[slot] != word) slot = (slot + 1) % kPairs;
  if (plain_[slot] == 0) ++plain_count_;
  plain_[slot] = word;
}

bool InstructionWords::is_plain(VALUE word) const {
  size_t slot = slot_of(word);
  while (plain_[slot] != 0) {
    if (plain_[slot] == word) return true;
    slot = (slot + 1) % kPairs;
  }
  return false;
}

void InstructionWords::learn_plain(const Iseq* iseq) {
  const IseqBody& body = body_of(iseq);
  const VALUE* opcodes = rb_iseq_original_iseq(iseq);
  for (uint32_t position = 0; position < body.size;) {
    const auto opcode = static_cast<size_t>(opcodes[position]);
    if (opcode >= kOpcodes) return;
    if (plain_by_opcode_[opcode] == 0 && !is_ambiguous(opcode)) {
      plain_by_opcode_[opcode] = body.encoded[position];
      remember_plain(body.encoded[position]);
    }
    position += rb_vm_insn_len_info[opcode];
  }
}

VALUE InstructionWords::plain_of(const Iseq* iseq, size_t position) {
  const VALUE word = body_of(iseq).encoded[position];
  size_t slot = slot_of(word);
  while (pairs_[slot].with_events != 0) {
    if (pairs_[slot].with_events == word) return pairs_[slot].plain;
    slot = (slot + 1) % kPairs;
  }
  const VALUE plain = learn(iseq, position);
  if (pair_count_ >= kPairs / 2) return 0;
  if (plain == 0) return 0;
  pairs_[slot] = {word, plain};
  ++pair_count_;
  return plain;
}

// An instruction has two words at most, so another one of the same code that differs is that without events.
VALUE InstructionWords::learn(const Iseq* iseq, size_t position) {
  const IseqBody& body = body_of(iseq);
  const VALUE* opcodes = rb_iseq_original_iseq(iseq);
  const auto opcode = static_cast<size_t>(opcodes[position]);
  const VALUE word = body.encoded[position];
  if (opcode >= kOpcodes || is_ambiguous(opcode)) return 0;
  VALUE plain = plain_by_opcode_[opcode];
  if (plain == 0 && attempts_[opcode] == kAttempts) return 0;
  if (plain == 0) ++attempts_[opcode];
  for (uint32_t other = 0; plain == 0 && other < body.size;) {
    const auto here = static_cast<size_t>(opcodes[other]);
    if (here == opcode && body.encoded[other] != word) plain = body.encoded[other];
    other += rb_vm_insn_len_info[here];
  }
  if (plain == 0 || plain == word) return 0;
  plain_by_opcode_[opcode] = plain;
  remember_plain(plain);
  return plain;
}

}  // namespace alibi::ruby
