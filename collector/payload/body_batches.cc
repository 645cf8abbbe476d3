#include "collector/payload/body_batches.h"

#include <algorithm>
#include <utility>

namespace alibi::payload {
namespace {

constexpr size_t kMostArrayHeader = 5;

size_t room_for_events(size_t most_bytes, size_t head) {
  const size_t taken = head + kMostArrayHeader;
  return taken < most_bytes / 2 ? most_bytes - taken : most_bytes / 2;
}

}  // namespace

BodyBatches::BodyBatches(std::string head, BodySink sink, size_t most_bytes)
    : head_(std::move(head)),
      sink_(std::move(sink)),
      most_bytes_(most_bytes),
      most_event_bytes_(room_for_events(most_bytes, head_.size())) {}

void BodyBatches::event_ended() {
  if (!events_.was_complete()) {
    events_.cut_to(whole_);
    leave_out("memory ran out");
    return;
  }
  if (count_ != 0 && events_.size() > most_event_bytes_) {
    hand_over(whole_, count_);
    events_.keep_from(whole_);
    count_ = 0;
  }
  whole_ = events_.size();
  ++count_;
}

Encoded BodyBatches::finish() {
  if (count_ != 0) hand_over(whole_, count_);
  events_.clear();
  whole_ = count_ = 0;
  return std::exchange(encoded_, {});
}

void BodyBatches::hand_over(size_t end, size_t count) {
  array_header_.clear();
  array_header_.array(count);
  body_.assign(head_).append(array_header_.bytes()).append(events_.bytes().substr(0, end));
  encoded_.events += count;
  ++encoded_.bodies;
  if (body_.size() > most_bytes_) ++encoded_.too_large;
  sink_(body_, count);
}

}  // namespace alibi::payload
