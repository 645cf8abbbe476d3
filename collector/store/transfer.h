// Copies what another data folder lacks: evidence, and the sources that this evidence refers to. Used by
// `alibi push`, `pull` and `merge` of a data folder, between a local folder and one that machines share.
//
// Needs no lock on the shared side: files are immutable, named by their content, checked before they get
// their names, and renamed into place, sources before the evidence that refers to them. Killed at any instant
// it leaves two good stores and perhaps temporary files, which a later transfer removes. It never removes
// evidence.
#ifndef ALIBI_COLLECTOR_STORE_TRANSFER_H_
#define ALIBI_COLLECTOR_STORE_TRANSFER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::store {

struct TransferOptions {
  std::string environment;  // only sessions of this one; empty: all
  bool dry_run = false;     // only says what would be copied
};

using TransferProgress = std::function<void(const char* step, size_t done, size_t total)>;  // may be empty

struct TransferReport {
  uint64_t sessions = 0;
  uint64_t evidence_bytes = 0;
  uint64_t sources = 0;
  uint64_t source_bytes = 0;
  uint64_t already_there = 0;         // sessions
  uint64_t other_environments = 0;    // sessions passed over
  std::vector<std::string> problems;  // one line for each file that was not copied, and why
};

// From the data folder to the shared one, which is made when it does not exist.
Result<TransferReport> push(const std::string& data, const std::string& shared,
                            const TransferOptions& options = {}, const TransferProgress& progress = {});
// From a folder, which must exist, to the data folder, whose index is brought up to date. Waits for merges.
Result<TransferReport> pull(const std::string& from, const std::string& data,
                            const TransferOptions& options = {}, const TransferProgress& progress = {});

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_TRANSFER_H_
