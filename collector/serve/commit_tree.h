// The files of a commit by name and content, and what differs between two of them. Pure values; made of what
// git lists, compared when skippable tests are chosen. A tree never changes, so that it can be kept.
#ifndef ALIBI_COLLECTOR_SERVE_COMMIT_TREE_H_
#define ALIBI_COLLECTOR_SERVE_COMMIT_TREE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::serve {

struct TreeEntry {
  std::string path;
  std::string mode;    // "100644"
  std::string object;  // hexadecimal
};

class CommitTree {
 public:
  // Of `git ls-tree -r -z`. An error when it is not that.
  static Result<CommitTree> parse(std::string_view listing);

  const std::vector<TreeEntry>& entries() const { return entries_; }  // sorted by path
  bool has(std::string_view path) const;
  uint64_t bytes() const;  // in memory, about

 private:
  std::vector<TreeEntry> entries_;
};

struct TreeChange {
  enum class Kind : uint8_t { kEdited, kAdded, kRemoved, kOther };  // other: a link, a mode, a submodule
  Kind kind = Kind::kEdited;
  std::string path;
};

std::vector<TreeChange> changes_between(const CommitTree& before, const CommitTree& after);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_COMMIT_TREE_H_
