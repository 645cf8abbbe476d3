// Encoded events gathered into bodies of bounded size. Each event is encoded once, into one buffer that is
// kept; a body is handed over as soon as the next event does not fit, so that memory stays near one body.
//
// Used by the two encoders; one thread. Never drops an event: one that is too large alone is sent alone.
#ifndef ALIBI_COLLECTOR_PAYLOAD_BODY_BATCHES_H_
#define ALIBI_COLLECTOR_PAYLOAD_BODY_BATCHES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "collector/payload/left_out.h"
#include "collector/payload/packer.h"

namespace alibi::payload {

inline constexpr size_t kMostBodyBytes = 4'718'592;  // 4.5 MiB before gzip, as the clients keep it

// The bytes are valid during the call only.
using BodySink = std::function<void(std::string_view body, size_t events)>;

struct Encoded {
  uint64_t events = 0;
  uint64_t bodies = 0;
  uint64_t too_large = 0;  // bodies of a single event that are larger than they may be
  LeftOut left_out;        // events
  LeftOut parts_left_out;  // metrics and files of events
};

class BodyBatches {
 public:
  // `head` is what stands before the array of events in every body. Where it is larger than half a body,
  // events get half a body nevertheless.
  BodyBatches(std::string head, BodySink sink, size_t most_bytes);

  // To which the next event is appended; then event_ended().
  Packer& packer() { return events_; }
  void event_ended();
  void leave_out(std::string_view reason) { encoded_.left_out.add(reason); }
  void leave_out_parts(std::string_view reason, uint64_t count) {
    encoded_.parts_left_out.add(reason, count);
  }

  // Hands over the last body. A batch without events has none.
  Encoded finish();

 private:
  void hand_over(size_t end, size_t count);

  const std::string head_;
  const BodySink sink_;
  const size_t most_bytes_;
  const size_t most_event_bytes_;
  Packer events_;
  Packer array_header_;
  std::string body_;
  size_t whole_ = 0;  // bytes of complete events
  size_t count_ = 0;
  Encoded encoded_;
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_BODY_BATCHES_H_
