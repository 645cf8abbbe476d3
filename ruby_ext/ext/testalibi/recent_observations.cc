#include "recent_observations.h"

#include <cstring>

#include "tracer/abi/alibi.h"

namespace alibi::ruby {
namespace {

constexpr size_t kRemembered = 512;
thread_local uint64_t remembered[kRemembered];

uint64_t& place_of(uint64_t key) {
  return remembered[key % kRemembered];
}

}  // namespace

// The answer is no part of it: of several in one test the first one counts.
uint64_t RecentObservations::key_of(const Observation& seen) {
  if (seen.path == nullptr || seen.folder != AT_FDCWD || seen.act >= Act::kVariableChanges) return 0;
  // Not as seeds: XXH3 merely combines the seed with texts of a few bytes.
  const uint64_t path = alibi_hash_bytes(seen.path, std::strlen(seen.path), 0).low;
  const uint64_t whole[] = {static_cast<uint64_t>(seen.act) << 32 | static_cast<uint32_t>(seen.number),
                            round_.load(std::memory_order_relaxed), path};
  return alibi_hash_bytes(whole, sizeof whole, 0).low | 1;
}

bool RecentObservations::has(uint64_t key) {
  return key != 0 && place_of(key >> 1) == key;
}

void RecentObservations::add(uint64_t key) {
  if (key != 0) place_of(key >> 1) = key;
}

}  // namespace alibi::ruby
