// What a recording leaves in the session's folder for programs that are started later, and what such a
// program finds there.
//
// Used by Recording when it begins. Settings have the names that other glues use; those that only Ruby knows
// begin with "ruby_". Calls no interpreter.
#ifndef ALIBI_RUBY_EXT_JOINING_H_
#define ALIBI_RUBY_EXT_JOINING_H_

#include <string>
#include <unordered_map>
#include <vector>

#include "tracer/abi/alibi.h"

namespace alibi::ruby {

// The environment as the session found it.
struct EnvironmentOutside {
  std::unordered_map<std::string, std::string> variables;  // name -> bytes of the hash of its value
  alibi_hash all{0, 0};                                    // of the whole of it
};

struct SharedSettings {
  std::string directory;  // of the session
  uint64_t session_id = 0;
  std::string root;
  std::vector<std::string> roots;
  std::vector<std::string> ignored;
  std::string strategy;     // the one that was asked for; empty: the best
  std::string ruby_option;  // "-r…": what makes a Ruby that is started join; empty: none does
  std::string extension;    // this library, for the same Ruby
};

// False: this is no invitation, or the session is over.
bool take_over(const std::string& invitation, SharedSettings* settings, EnvironmentOutside* environment);
bool leave_for_programs(const SharedSettings& settings, const EnvironmentOutside& environment);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_JOINING_H_
