#include "tracer/base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace alibi {

uint64_t hash64(const void* bytes, size_t length, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes, length, seed);
}

Hash128 hash128(const void* bytes, size_t length, uint64_t seed) {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes, length, seed);
  return {hash.low64, hash.high64};
}

struct ContentHasher::State {
  XXH3_state_t xxh;  // over-aligned: operator new honours that since C++17
};

ContentHasher::ContentHasher() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh);
}
ContentHasher::~ContentHasher() = default;

void ContentHasher::update(const void* bytes, size_t length) {
  XXH3_128bits_update(&state_->xxh, bytes, length);
}

Hash128 ContentHasher::finish() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return {hash.low64, hash.high64};
}

}  // namespace alibi
