// The two words that stand for each instruction in compiled code: with its events, and without. Writing the
// second one over the first switches the events of one instruction off.
//
// Used by LineEvents, with the GVL. Learns a pair when an instruction is first seen; where it cannot, the
// instruction keeps its events, which costs time and loses nothing.
#ifndef ALIBI_RUBY_EXT_INSTRUCTION_WORDS_H_
#define ALIBI_RUBY_EXT_INSTRUCTION_WORDS_H_

#include <cstddef>
#include <cstdint>

#include "ruby_internal.h"

namespace alibi::ruby {

class InstructionWords {
 public:
  // Words without events, from code that was compiled before any event was switched on.
  void learn_plain(const Iseq* iseq);

  // The word without events for the one at `position`, which has them; 0: not known, leave it alone.
  VALUE plain_of(const Iseq* iseq, size_t position);
  bool is_plain(VALUE word) const;

 private:
  static constexpr size_t kOpcodes = 1024;
  static constexpr size_t kPairs = 4096;
  struct Pair {
    VALUE with_events;
    VALUE plain;
  };
  static size_t slot_of(VALUE word) { return (word * 0x9E3779B97F4A7C15u) >> 52; }
  VALUE learn(const Iseq* iseq, size_t position);
  void remember_plain(VALUE word);

  static constexpr uint8_t kAttempts = 64;

  VALUE builtin_call_ = 0;
  VALUE plain_by_opcode_[kOpcodes] = {};
  uint8_t attempts_[kOpcodes] = {};
  Pair pairs_[kPairs] = {};
  VALUE plain_[kPairs] = {};
  size_t pair_count_ = 0;
  size_t plain_count_ = 0;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_INSTRUCTION_WORDS_H_
