// Tries the private layouts that recording rests on, in this very process, before it begins.
#ifndef ALIBI_RUBY_EXT_LINE_SELF_TEST_H_
#define ALIBI_RUBY_EXT_LINE_SELF_TEST_H_

#include "instruction_words.h"
#include "line_events.h"

namespace alibi::ruby {

// The fastest way of recording that works here. Fills `words`. No event hook may be installed yet.
LineEvents::Way best_way(InstructionWords* words);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_LINE_SELF_TEST_H_
