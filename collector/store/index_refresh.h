// Brings an index up to date with the evidence files of a data folder: new files, files that were still being
// copied when they were last looked at, files that are gone. Used by Store when it opens.
#ifndef ALIBI_COLLECTOR_STORE_INDEX_REFRESH_H_
#define ALIBI_COLLECTOR_STORE_INDEX_REFRESH_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"
#include "collector/store/evidence_index.h"
#include "tracer/base/result.h"

namespace alibi::store {

struct IndexedRows {
  SessionRow session;
  std::vector<TestRow> tests;
};
// Of evidence that lies in memory and is stored under that name; `raw_bytes` before compression.
IndexedRows rows_of(const collector::SessionCoverage& coverage, const std::string& evidence, uint64_t bytes,
                    uint64_t raw_bytes);

// kRenameOld gives files of the old naming their content-addressed name; the caller holds the merge lock.
enum class OldNames : bool { kLeaveOld, kRenameOld };
using IndexProgress = std::function<void(size_t done, size_t total)>;  // may be empty

bool is_behind(const std::string& data, EvidenceIndex* index);
// One file after the other, so that what was done stays done when the process is killed.
Result<void> refresh(const std::string& data, OldNames old_names, const IndexProgress& progress,
                     EvidenceIndex* index);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_INDEX_REFRESH_H_
