#include "tracer/shard/stream_state.h"

namespace alibi::shard {

void StreamState::advance(std::span<const uint32_t> entries) {
  uint32_t last_statement = 0;
  bool import_seen = false;
  for (size_t i = entries.size(); i-- > 0;) {
    const uint32_t entry = entries[i];
    if ((entry & kControlBit) == 0) continue;
    if ((entry & kStatementBit) != 0) {
      if (last_statement == 0) last_statement = entry;
    } else if (entry == kConcurrentImport) {
      import_seen = true;
    } else {
      *this = {entry, import_seen, last_statement};
      return;
    }
  }
  if (last_statement != 0) statement = last_statement;
  concurrent_import = concurrent_import || import_seen;
}

}  // namespace alibi::shard
