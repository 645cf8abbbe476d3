// How many requests a client may make: a bucket of tokens for each, filled at a steady rate. Any thread; the
// time comes from the caller.
#ifndef ALIBI_COLLECTOR_SERVE_RATE_LIMIT_H_
#define ALIBI_COLLECTOR_SERVE_RATE_LIMIT_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <mutex>
#include <string>

namespace alibi::serve {

class RateLimit {
 public:
  // Twice `per_second` at once. 0: no limit.
  explicit RateLimit(uint64_t per_second) : per_second_(static_cast<double>(per_second)) {}

  // 0: go on. Else the seconds until there is room again.
  uint64_t take(const std::string& client, uint64_t now_ns);

 private:
  struct Bucket {
    double tokens = 0;
    uint64_t at_ns = 0;
  };
  double per_second_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Bucket> buckets_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_RATE_LIMIT_H_
