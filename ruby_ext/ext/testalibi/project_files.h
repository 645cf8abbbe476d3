// Which source files belong to the project, and their numbers in the session.
//
// Used by CodeUnits and input events, with the GVL. Paths are the interpreter's own strings, which it keeps
// as long as code of the file exists; each is looked at once and pinned.
#ifndef ALIBI_RUBY_EXT_PROJECT_FILES_H_
#define ALIBI_RUBY_EXT_PROJECT_FILES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compat.h"
#include "tracer/abi/alibi.h"

namespace alibi::ruby {

class ProjectFiles {
 public:
  // Folders, absolute: what lies in one of `roots` and in none of `ignored` is the project's.
  void start(alibi_session* session, std::vector<std::string> roots, std::vector<std::string> ignored);

  bool in_project(std::string_view absolute_path) const;
  // Absolute; empty: it has none.
  std::string path_of(const Iseq* iseq) const;
  // The number of the file whose code this is; 0: not the project's, or no file.
  uint32_t number_of(const Iseq* iseq);
  uint32_t number_of(std::string_view absolute_path);
  // Some file of the project, the latest that was asked for; 0: there was none.
  uint32_t any() const { return any_; }
  // Has any line of it run?
  bool has_code(const std::string& absolute_path) const { return with_code_.contains(absolute_path); }

 private:
  alibi_session* session_ = nullptr;
  std::vector<std::string> roots_;
  std::vector<std::string> ignored_;
  VALUE last_path_ = 0;
  VALUE last_real_path_ = 0;
  uint32_t last_number_ = 0;
  uint32_t any_ = 0;
  struct PathPair {
    VALUE path;
    VALUE real_path;
    bool operator==(const PathPair&) const = default;
  };
  struct Hash {
    size_t operator()(const PathPair& pair) const { return pair.path * 31 ^ pair.real_path; }
  };
  std::unordered_map<PathPair, uint32_t, Hash> numbers_;
  std::unordered_set<std::string> with_code_;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_PROJECT_FILES_H_
