// Folders whose files are named by the XXH3-128 of a source file: <folder>/<2 hex>/<30 hex><anything>, as
// DATA/sources and the caches beside it. Used by source_archive, garbage collection and transfers.
//
// Files of temporary names are in the making, perhaps by another machine: they are removed only when nobody
// can still be writing them.
#ifndef ALIBI_COLLECTOR_STORE_HASHED_FOLDER_H_
#define ALIBI_COLLECTOR_STORE_HASHED_FOLDER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tracer/base/hash.h"

namespace alibi::store {

// `suffix` with its separator: ".zst".
std::string hashed_path(const std::string& folder, const Hash128& hash, const char* suffix);

enum class Removal : bool { kOnlyCount, kRemove };
struct RemovedFiles {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

// Files whose hash is not in `used`, which is sorted. What cannot be removed stays and is not counted.
RemovedFiles remove_unused(const std::string& folder, const std::vector<Hash128>& used, Removal removal);

// Files of one directory; those in the making stay.
void remove_files(const std::string& directory, const std::function<bool(const std::string& name)>& is_used,
                  Removal removal, RemovedFiles* removed);

// What killed writers left directly in `directory`; in a hashed folder, in its sub-folders.
void remove_old_temporaries(const std::string& directory);
void remove_old_temporaries_below(const std::string& folder);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_HASHED_FOLDER_H_
