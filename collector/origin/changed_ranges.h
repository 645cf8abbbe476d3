// Which lines of which files differ from a base commit, and so which tests were modified (impacted tests).
//
// Used by the client when the service has the feature on. Pure but for git, through its door. Committed
// changes only, as the protocol has it: for the service a test is modified by its commits, not by the working
// tree (Alibi's own selection looks at that).
#ifndef ALIBI_COLLECTOR_ORIGIN_CHANGED_RANGES_H_
#define ALIBI_COLLECTOR_ORIGIN_CHANGED_RANGES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collector/origin/git.h"
#include "collector/origin/tags.h"
#include "tracer/base/result.h"

namespace alibi::origin {

struct LineRange {
  uint32_t first = 0;  // from 1
  uint32_t last = 0;   // inclusive
  friend bool operator==(const LineRange&, const LineRange&) = default;
};

class ChangedRanges {
 public:
  // Of `git diff -U0`. Paths are those of now; deleted files are not in it. Of deleted lines the line before
  // counts. A renamed file is in it, with the lines that differ; one that git calls binary is changed as a
  // whole. What is no diff is skipped.
  static ChangedRanges parse(std::string_view diff);

  // Without lines (0) the file alone decides.
  bool is_modified(std::string_view file, uint32_t first, uint32_t last) const;
  const std::map<std::string, std::vector<LineRange>, std::less<>>& files() const { return files_; }

 private:
  std::map<std::string, std::vector<LineRange>, std::less<>> files_;  // sorted, apart
};

// git.pull_request.base_branch_sha; else where HEAD left the nearest of the remote's main, master, preprod,
// prod, dev, development, trunk, release/* and hotfix/*. An error when there is none, or HEAD is on such a
// branch itself.
Result<std::string> base_commit(const Git& git, const Tags& tags);

Result<ChangedRanges> changed_since(const Git& git, const std::string& base);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_CHANGED_RANGES_H_
