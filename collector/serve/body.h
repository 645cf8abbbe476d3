// Reads a request's body: within a size, within what all bodies together may take, unpacked. Used by the
// routes, any thread. A body that is too large is refused before its memory is taken, as far as its length is
// known, and else as soon as it is.
#ifndef ALIBI_COLLECTOR_SERVE_BODY_H_
#define ALIBI_COLLECTOR_SERVE_BODY_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "collector/serve/http_message.h"

namespace alibi::serve {

struct BodyLimits {
  uint64_t sent = 8u << 20;       // as it comes
  uint64_t unpacked = 24u << 20;  // after gzip
  uint64_t all = 1536u << 20;     // of all requests at a time, with what is made of them
};

// Counts what all bodies take; shared by the threads.
class BodyMemory {
 public:
  explicit BodyMemory(uint64_t most) : most_(most) {}
  bool take(uint64_t bytes) {
    if (taken_.fetch_add(bytes) + bytes <= most_) return true;
    taken_ -= bytes;
    return false;
  }
  void give_back(uint64_t bytes) { taken_ -= bytes; }
  uint64_t taken() const { return taken_.load(); }

 private:
  uint64_t most_;
  std::atomic<uint64_t> taken_{0};
};

// A body while it is in memory, or the answer that refuses it.
class Body {
 public:
  Body(const HttpRequest& request, const BodyLimits& limits, BodyMemory* memory);
  ~Body() { memory_->give_back(reserved_); }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  const std::optional<Answer>& refusal() const { return refusal_; }
  const std::string& bytes() const { return bytes_; }

 private:
  bool reserve(uint64_t bytes);
  void receive(const HttpRequest& request, const BodyLimits& limits);
  void unpack(const BodyLimits& limits);

  BodyMemory* memory_;
  uint64_t reserved_ = 0;
  std::string bytes_;
  std::optional<Answer> refusal_;
};

// {"errors":["…"]}, as the hosted service answers.
Answer failure(int status, const std::string& message);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_BODY_H_
