// Runs one program to its end: input from a text, output into a text. Used for the interpreter and for git.
// Never a shell; the child gets this process's environment and none of its files.
#ifndef ALIBI_COLLECTOR_CHANGE_CHILD_PROCESS_H_
#define ALIBI_COLLECTOR_CHANGE_CHILD_PROCESS_H_

#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::change {

struct ChildOutput {
  int status = 0;          // exit status; 128 + signal when one ended it
  std::string text;        // standard output
  std::string last_error;  // last line of standard error
};

// An error when it cannot be started, or was ended after `patience_s` seconds.
Result<ChildOutput> run_child(const std::vector<std::string>& command, std::string_view input, int patience_s,
                              const std::string& directory = {});

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_CHILD_PROCESS_H_
