// The stable hashes of Alibi: XXH3 in 64 and 128 bits. Persisted in shards and stores, so never exchanged for
// another function without a new format version. Any thread; the only user of xxHash.
#ifndef ALIBI_TRACER_BASE_HASH_H_
#define ALIBI_TRACER_BASE_HASH_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace alibi {

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

uint64_t hash64(const void* bytes, size_t length, uint64_t seed = 0);
Hash128 hash128(const void* bytes, size_t length, uint64_t seed = 0);

// hash128 of a content that arrives in pieces: the same value as over the whole.
class ContentHasher {
 public:
  ContentHasher();
  ~ContentHasher();
  ContentHasher(const ContentHasher&) = delete;
  ContentHasher& operator=(const ContentHasher&) = delete;

  void update(const void* bytes, size_t length);
  Hash128 finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_HASH_H_
