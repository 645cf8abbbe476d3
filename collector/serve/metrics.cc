#include "collector/serve/metrics.h"

#include <cstdio>

namespace alibi::serve {
namespace {

std::string decimal(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", number);
  return text.data();
}

void head(const char* name, const char* type, const char* help, std::string* text) {
  *text += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void single(const char* name, const char* type, const char* help, uint64_t value, std::string* text) {
  head(name, type, help, text);
  *text += std::string(name) + " " + std::to_string(value) + "\n";
}

}  // namespace

void Metrics::add_request(const std::string& route, int status, uint64_t duration_ns) {
  const std::lock_guard<std::mutex> lock(mutex_);
  requests_[{route, status}] += 1;
  Latency& latency = latencies_[route];
  latency.sum_ns += duration_ns;
  size_t bucket = 0;
  while (bucket < kBuckets.size() && static_cast<double>(duration_ns) > kBuckets[bucket] * 1e9) ++bucket;
  latency.counts[bucket] += 1;
}

void Metrics::add_stored(uint64_t tests, uint64_t coverages, uint64_t left_out) {
  const std::lock_guard<std::mutex> lock(mutex_);
  tests_ += tests;
  coverages_ += coverages;
  left_out_ += left_out;
}

std::string Metrics::text(uint64_t connections, uint64_t bodies_bytes) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string text;
  head("alibi_requests_total", "counter", "Requests by route and status.", &text);
  for (const auto& [key, count] : requests_)
    text += "alibi_requests_total{route=\"" + key.first + "\",status=\"" + std::to_string(key.second) +
            "\"} " + std::to_string(count) + "\n";
  head("alibi_request_seconds", "histogram", "Time from a request's head to its answer.", &text);
  for (const auto& [route, latency] : latencies_) {
    uint64_t total = 0;
    const std::string label = "{route=\"" + route + "\"";
    for (size_t i = 0; i < latency.counts.size(); ++i) {
      total += latency.counts[i];
      const std::string bound = i < kBuckets.size() ? decimal(kBuckets[i]) : "+Inf";
      text +=
          "alibi_request_seconds_bucket" + label + ",le=\"" + bound + "\"} " + std::to_string(total) + "\n";
    }
    text += "alibi_request_seconds_sum" + label + "} " + decimal(static_cast<double>(latency.sum_ns) / 1e9) +
            "\n";
    text += "alibi_request_seconds_count" + label + "} " + std::to_string(total) + "\n";
  }
  single("alibi_tests_received_total", "counter", "Test events that were committed.", tests_, &text);
  single("alibi_coverages_received_total", "counter", "Coverage events that were committed.", coverages_,
         &text);
  single("alibi_events_left_out_total", "counter", "Events that nothing could be made of.", left_out_, &text);
  single("alibi_connections", "gauge", "Open connections.", connections, &text);
  single("alibi_bodies_bytes", "gauge", "Memory held by bodies that are being received or stored.",
         bodies_bytes, &text);
  return text;
}

}  // namespace alibi::serve
