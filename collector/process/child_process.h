// Runs one program to its end: input from a text, output into a text. Used for the interpreter and for git.
// Any thread. Never a shell; the child gets this process's environment (with changes) and none of its files.
#ifndef ALIBI_COLLECTOR_PROCESS_CHILD_PROCESS_H_
#define ALIBI_COLLECTOR_PROCESS_CHILD_PROCESS_H_

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/error_codes.h"
#include "tracer/base/result.h"

namespace alibi::process {

struct ChildOptions {
  std::chrono::milliseconds patience;   // then it is ended
  std::chrono::milliseconds grace{0};   // between SIGTERM, on which it may clean up, and SIGKILL; 0: at once
  std::string directory = {};           // where it runs; empty: where this process does
  std::vector<std::string> set = {};    // "NAME=value", in place of this process's variables
  std::vector<std::string> unset = {};  // names
  uint64_t longest_output = std::numeric_limits<uint64_t>::max();  // a longer one ends it
  ErrorCode code = collector::kNoInterpreter;                      // of the errors
};

struct ChildOutput {
  int status = 0;          // exit status; 128 + signal when one ended it
  std::string text;        // standard output
  std::string errors;      // the first 8 KiB of standard error
  std::string last_error;  // last line of standard error
};

// An error when it cannot be started, took too long, or said more than it may.
Result<ChildOutput> run_child(const std::vector<std::string>& command, std::string_view input,
                              const ChildOptions& options);

}  // namespace alibi::process

#endif  // ALIBI_COLLECTOR_PROCESS_CHILD_PROCESS_H_
