// What an interpreter says about itself: version, recorder, plugins. Used by doctor; starts one process and
// waits for it, at most ten seconds.
#ifndef ALIBI_COLLECTOR_CLI_INTERPRETER_FACTS_H_
#define ALIBI_COLLECTOR_CLI_INTERPRETER_FACTS_H_

#include <string>

#include "tracer/base/result.h"

namespace alibi::cli {

// One JSON object as printed by the interpreter; not checked. `python` is a path, or a name that is looked up
// on PATH.
Result<std::string> ask_interpreter(const std::string& python);

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_INTERPRETER_FACTS_H_
