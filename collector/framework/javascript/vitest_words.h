// What a command of Vitest's says: which of its words are options, and which are filters of test files. Used
// by vitest.cc. Pure; any thread. Knows no file.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_VITEST_WORDS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_VITEST_WORDS_H_

#include "collector/framework/javascript/command_line.h"

namespace alibi::framework::javascript {

struct VitestWords {
  Words options;         // with their values, in their order; without --shard
  Words filters;         // parts of paths
  bool sharded = false;  // --shard was there
};

// The words behind the tool; its sub-command is none of them.
VitestWords vitest_words(const Words& words);

}  // namespace alibi::framework::javascript

#endif  // ALIBI_COLLECTOR_FRAMEWORK_JAVASCRIPT_VITEST_WORDS_H_
