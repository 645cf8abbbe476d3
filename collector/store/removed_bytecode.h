// Of which sources stale bytecode was removed, and when: DATA/stale_bytecode. Another session that runs at
// that moment may have run the code that is gone, and its merge cannot see it any more. Written by whoever
// removes bytecode, read by the merge; any process, no thread of its own. Never an error: a folder that
// cannot be written stores no evidence either.
#ifndef ALIBI_COLLECTOR_STORE_REMOVED_BYTECODE_H_
#define ALIBI_COLLECTOR_STORE_REMOVED_BYTECODE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace alibi::store {

// By path: the latest moment, nanoseconds since 1970.
using RemovedBytecode = std::map<std::string, uint64_t>;

RemovedBytecode read_removed_bytecode(const std::string& data);

// Does nothing where there is no data folder yet.
void note_removed_bytecode(const std::string& data, const std::vector<std::string>& sources, uint64_t now_ns);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_REMOVED_BYTECODE_H_
