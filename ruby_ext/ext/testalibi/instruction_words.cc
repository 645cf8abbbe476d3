#include "instruction_words.h"

#include <string_view>

namespace alibi::ruby {
namespace {

// Of the two instructions that call a function of Ruby's own, the second leaves the method as well. They have
// one word with events, by which both do what the first one does; then the instruction behind it leaves.
constexpr std::string_view kBuiltinCall = "opt_invokebuiltin_delegate";
constexpr std::string_view kBuiltinCallAndLeave = "opt_invokebuiltin_delegate_leave";

std::string_view name_of(size_t opcode) {
  return rb_vm_insn_name_base + rb_vm_insn_name_offset[opcode];
}

}  // namespace

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
    const VALUE word = body.encoded[position];
    if (plain_by_opcode_[opcode] == 0 && name_of(opcode) != kBuiltinCallAndLeave) {
      plain_by_opcode_[opcode] = word;
      remember_plain(word);
      if (name_of(opcode) == kBuiltinCall) builtin_call_ = word;
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
  if (opcode >= kOpcodes) return 0;
  if (name_of(opcode).starts_with(kBuiltinCall)) return builtin_call_ == word ? 0 : builtin_call_;
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
