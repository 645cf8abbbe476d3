// What the server counts about itself, in the text form of Prometheus. Any thread.
#ifndef ALIBI_COLLECTOR_SERVE_METRICS_H_
#define ALIBI_COLLECTOR_SERVE_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace alibi::serve {

class Metrics {
 public:
  // `route` must be one of a fixed number of names, never a client's text.
  void add_request(const std::string& route, int status, uint64_t duration_ns);
  void add_stored(uint64_t tests, uint64_t coverages, uint64_t left_out);

  // `connections` and `bodies_bytes` are as they are now.
  std::string text(uint64_t connections, uint64_t bodies_bytes) const;

  static constexpr std::array<double, 10> kBuckets = {0.001, 0.0025, 0.005, 0.01, 0.025,
                                                      0.05,  0.1,    0.25,  1,    5};

 private:
  struct Latency {
    std::array<uint64_t, kBuckets.size() + 1> counts{};
    uint64_t sum_ns = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, uint64_t> requests_;
  std::map<std::string, Latency> latencies_;
  uint64_t tests_ = 0, coverages_ = 0, left_out_ = 0;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_METRICS_H_
