// CPython takes a compiled file for that of a source with the same size and the same second of its last
// change. Whoever saves twice within a second, as people and formatters do while they watch, would see the
// tests run with the code of the first save: such compiled files are removed before a run. Touches nothing
// else.
#ifndef ALIBI_COLLECTOR_WATCH_STALE_BYTECODE_H_
#define ALIBI_COLLECTOR_WATCH_STALE_BYTECODE_H_

#include <string>
#include <vector>

namespace alibi::watch {

// What was compiled from a source of these before it last changed, and would be used all the same.
void remove_stale_bytecode(const std::vector<std::string>& sources);

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_STALE_BYTECODE_H_
