#include "tracer/recording/recent_payloads.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace alibi::recording {
namespace {

using shard::RecordType;

shard::Payload payload_of(const std::string& text) {
  shard::Payload payload(text.size());
  std::memcpy(payload.data(), text.data(), text.size());
  return payload;
}

TEST(RecentPayloads, KnowsWhatWasInserted) {
  RecentPayloads recent;
  EXPECT_FALSE(recent.contains(RecordType::kInput, payload_of("a")));
  recent.insert(RecordType::kInput, payload_of("a"));
  EXPECT_TRUE(recent.contains(RecordType::kInput, payload_of("a")));
  EXPECT_FALSE(recent.contains(RecordType::kInput, payload_of("b")));
  EXPECT_FALSE(recent.contains(RecordType::kCharge, payload_of("a")));
}

TEST(RecentPayloads, NeverTakesOnePayloadForAnotherHoweverManyThereAre) {
  RecentPayloads recent;
  for (int i = 0; i < 20'000; ++i) {  // ten times the slots: every slot collides
    EXPECT_FALSE(recent.contains(RecordType::kInput, payload_of(std::to_string(i))));
    recent.insert(RecordType::kInput, payload_of(std::to_string(i)));
  }
}

TEST(RecentPayloads, ForgetsWhenCleared) {
  RecentPayloads recent;
  recent.insert(RecordType::kInput, payload_of("a"));
  recent.clear();
  EXPECT_FALSE(recent.contains(RecordType::kInput, payload_of("a")));
}

TEST(RecentPayloads, DoesNotKeepLargeOnes) {
  RecentPayloads recent;
  const shard::Payload large(100'000);
  recent.insert(RecordType::kInput, large);
  EXPECT_FALSE(recent.contains(RecordType::kInput, large));
}

}  // namespace
}  // namespace alibi::recording
