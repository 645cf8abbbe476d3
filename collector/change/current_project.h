// The project here and now, as far as the disk does not tell: given by the test runner's plugin, or put
// together by the command from what the last session said of itself. Plain values.
#ifndef ALIBI_COLLECTOR_CHANGE_CURRENT_PROJECT_H_
#define ALIBI_COLLECTOR_CHANGE_CURRENT_PROJECT_H_

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "collector/change/unit_store.h"

namespace alibi::change {

enum class Mode : uint8_t {
  kSafe,    // proof by the rules
  kStrict,  // every file that was loaded must be the same, byte for byte
  kFast     // only the functions that ran, the inputs and the packages count
};

struct CurrentProject {
  std::string root;
  Interpreter interpreter;
  std::vector<std::string> sys_path;         // empty: as recorded
  std::vector<std::string> library_modules;  // top-level names of the standard library
  std::vector<std::string> builtin_modules;  // compiled into the interpreter: found before any path
  // Is a test runner there that knows its options? Else those of the last session are taken to hold, and the
  // ini file's bytes decide.
  bool has_runner = false;
  // Subject of an option input -> its canonical text: "command line", "pytest plugins", the ini file.
  std::unordered_map<std::string, std::string> options;
  // The same of the newest session, where no test runner is there: evidence of sessions that were run
  // otherwise does not count.
  std::unordered_map<std::string, std::string> last_options;
  std::vector<std::string> ignored_packages;  // whose versions may change
  Mode mode = Mode::kSafe;
  bool trust_external = false;    // tests that use the network may be skipped
  bool trust_unobserved = false;  // … or start processes that leave no evidence
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_CURRENT_PROJECT_H_
