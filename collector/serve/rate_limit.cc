#include "collector/serve/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace alibi::serve {

uint64_t RateLimit::take(const std::string& client, uint64_t now_ns) {
  if (per_second_ == 0) return 0;
  constexpr size_t kMostClients = 10'000;  // forgetting them is generous and bounds the memory
  const double most = per_second_ * 2;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (buckets_.size() > kMostClients) buckets_.clear();
  const auto [place, is_new] = buckets_.try_emplace(client, Bucket{most, now_ns});
  Bucket& bucket = place->second;
  const double passed_s = now_ns > bucket.at_ns ? static_cast<double>(now_ns - bucket.at_ns) / 1e9 : 0;
  bucket.tokens = std::min(most, bucket.tokens + passed_s * per_second_);
  bucket.at_ns = std::max(bucket.at_ns, now_ns);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return 0;
  }
  return std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil((1 - bucket.tokens) / per_second_)));
}

}  // namespace alibi::serve
