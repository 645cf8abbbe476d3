// What the command's exit status means. Stable: scripts and CI configurations test for these numbers.
#ifndef ALIBI_COLLECTOR_CLI_EXIT_CODES_H_
#define ALIBI_COLLECTOR_CLI_EXIT_CODES_H_

#include "tracer/base/error_code.h"

namespace alibi::cli {

enum ExitCode : int {
  kDone = 0,
  kFailed = 1,    // the disk, another process or a defect stood in the way
  kUsage = 2,     // the command line is wrong
  kNotFound = 3,  // there is no such session, test or evidence
  kDamaged = 4,   // what was asked for exists and cannot be read
};

ExitCode exit_code_of(ErrorCode code);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_EXIT_CODES_H_
