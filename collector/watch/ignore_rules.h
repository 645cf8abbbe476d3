// Names of files and folders that nobody edits and no test rests on: version control, caches, build output,
// what editors leave beside a file while they save it. Used by FileTree; pure. A path that evidence names is
// looked at all the same: that is FileTree's affair.
#ifndef ALIBI_COLLECTOR_WATCH_IGNORE_RULES_H_
#define ALIBI_COLLECTOR_WATCH_IGNORE_RULES_H_

#include <string>
#include <string_view>
#include <vector>

namespace alibi::watch {

class IgnoreRules {
 public:
  // `patterns`: of the user, as of fnmatch(3). One with a slash is held against the path below the root, one
  // without against each name.
  explicit IgnoreRules(std::vector<std::string> patterns = {}) : patterns_(std::move(patterns)) {}

  bool ignores_folder(const std::string& name, const std::string& below_root) const;
  bool ignores_file(const std::string& name, const std::string& below_root) const;
  // What the user named counts for paths that evidence names, too.
  bool user_ignores(const std::string& name, const std::string& below_root) const;

 private:
  std::vector<std::string> patterns_;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_IGNORE_RULES_H_
