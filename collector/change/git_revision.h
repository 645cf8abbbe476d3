// What git says about the difference between a revision and the working tree: which files, and their contents
// then. Spawns the command; knows nothing of units. An error names the revision and what to do.
#ifndef ALIBI_COLLECTOR_CHANGE_GIT_REVISION_H_
#define ALIBI_COLLECTOR_CHANGE_GIT_REVISION_H_

#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::change {

class GitRevision {
 public:
  // `root` lies in a working tree. Files that are not tracked count as changed.
  static Result<GitRevision> open(std::string root, std::string revision);

  // Relative to the root, sorted: changed, added or removed since.
  const std::vector<std::string>& changed_files() const { return changed_; }
  // The content then; an error when it was not there.
  Result<std::string> content(const std::string& path) const;

 private:
  GitRevision(std::string root, std::string commit) : root_(std::move(root)), commit_(std::move(commit)) {}

  std::string root_;
  std::string commit_;
  std::vector<std::string> changed_;
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_GIT_REVISION_H_
