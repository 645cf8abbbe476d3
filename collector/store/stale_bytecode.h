// CPython takes a compiled file for that of a source with the same size and the same second of its last
// change. Whoever saves twice within a second, as people, formatters and scripts do, sees the tests run with
// the code of the first save: then the hash of the source says nothing about what ran. Looks for compiled
// files in __pycache__ beside the source.
#ifndef ALIBI_COLLECTOR_STORE_STALE_BYTECODE_H_
#define ALIBI_COLLECTOR_STORE_STALE_BYTECODE_H_

#include <string>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::store {

// Removes what was compiled from these sources before they last changed, and would be used all the same.
// Sessions of this data folder that run meanwhile are told of it (removed_bytecode.h).
void remove_stale_bytecode(const std::string& data, const std::vector<std::string>& sources);

// Marks the session's files whose compiled code may have run instead of them as edited (no alibi), whether it
// is still there or was removed since the session began, and removes that code, so that the next run is
// right.
void charge_stale_bytecode(const std::string& data, collector::SessionCoverage* coverage);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_STALE_BYTECODE_H_
