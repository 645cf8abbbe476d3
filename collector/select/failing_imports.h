// Which imports may fail since a change, and for whom that comes to light only in the middle of a test. Used
// by decision. Pure.
#ifndef ALIBI_COLLECTOR_SELECT_FAILING_IMPORTS_H_
#define ALIBI_COLLECTOR_SELECT_FAILING_IMPORTS_H_

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <vector>

#include "collector/change/project_change.h"
#include "collector/select/snapshot.h"

namespace alibi::select {

class FailingImports {
 public:
  // `snapshot` outlives this.
  FailingImports(const Snapshot& snapshot, const change::ProjectChange& change);

  // May importing the file, or what imports it, fail since? Where names are bound no more, and by what is new
  // but an import that is known to work or something that needs nothing else.
  bool may_fail(const change::FileChange& change) const;
  // The same because of annotations alone, which are no part of the definition otherwise.
  static bool annotations_may_fail(const change::FileChange& change);

  // Files that cannot be imported when `file` cannot, itself among them. A test that stands in one of them is
  // never begun then: collecting it fails.
  std::vector<uint32_t> sunk_with(uint32_t file) const;

 private:
  absl::flat_hash_set<uint32_t> imported_by(uint32_t file) const;  // directly or not

  const Snapshot& snapshot_;
  absl::flat_hash_set<UnitRef> changed_;       // statements that are not there any more
  absl::flat_hash_set<uint32_t> whole_files_;  // files of which nothing is known any more
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_FAILING_IMPORTS_H_
