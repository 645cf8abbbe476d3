// What was not sent or not taken, counted by reason: a message never loses anything silently.
//
// Filled by the encoders and decoders of payload, read by whoever reports. Reasons are fixed texts of this
// layer, so that hostile input cannot make the list grow.
#ifndef ALIBI_COLLECTOR_PAYLOAD_LEFT_OUT_H_
#define ALIBI_COLLECTOR_PAYLOAD_LEFT_OUT_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace alibi::payload {

class LeftOut {
 public:
  // `reason` must be a literal.
  void add(std::string_view reason, uint64_t count = 1);
  void add(const LeftOut& other);

  uint64_t total() const;
  uint64_t count_of(std::string_view reason) const;
  // In the order in which the reasons came up first.
  const std::vector<std::pair<std::string_view, uint64_t>>& by_reason() const { return counts_; }

 private:
  std::vector<std::pair<std::string_view, uint64_t>> counts_;
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_LEFT_OUT_H_
