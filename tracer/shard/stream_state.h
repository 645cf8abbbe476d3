// What the hit stream says at one point: which context is current, whether an import runs beside other
// threads, and which statement. Used by the writer, so that a forked child can begin its own stream where its
// parent's stood. Pure.
#ifndef ALIBI_TRACER_SHARD_STREAM_STATE_H_
#define ALIBI_TRACER_SHARD_STREAM_STATE_H_

#include <cstdint>
#include <span>

#include "tracer/shard/format.h"

namespace alibi::shard {

struct StreamState {
  uint32_t context = kControlBit | kSessionContext;  // the context switch in force
  bool concurrent_import = false;
  uint32_t statement = 0;  // the statement entry in force; 0: none

  // The state after these entries. Walks backwards to the last context switch only.
  void advance(std::span<const uint32_t> entries);
};

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_STREAM_STATE_H_
