// Paths that this process has made, replaced or removed since the session began: what is read there
// afterwards is no input from outside. Used by PathInputs and InputLog, with the GVL. A forked child inherits
// a copy.
#ifndef ALIBI_RUBY_EXT_SESSION_PATHS_H_
#define ALIBI_RUBY_EXT_SESSION_PATHS_H_

#include <string>
#include <unordered_set>

namespace alibi::ruby {

class SessionPaths {
 public:
  void note(const std::string& path);
  // A folder that was not there before: everything below it is the session's as well.
  void note_folder(const std::string& path);
  bool covers(const std::string& path) const;

 private:
  // A session that makes more than this many files charges the rest to the disk: more runs, never fewer.
  static constexpr size_t kMost = 1 << 20;
  std::unordered_set<std::string> paths_;
  std::unordered_set<std::string> folders_;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_SESSION_PATHS_H_
