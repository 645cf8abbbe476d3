#include "collector/transport/spool_record.h"

#include <gtest/gtest.h>

#include <cstring>
#include <span>

#include "collector/model/error_codes.h"
#include "tests/support/golden.h"
#include "tracer/base/hash.h"

namespace alibi::transport {
namespace {

Payload example() {
  return {Route::kCoverage, "multipart/form-data; boundary=x", Encoding::kGzip, std::string("body\0\xff", 6)};
}

std::string encoded() {
  return *encode_record(example(), 1'700'000'000'000'000'123);
}

void set_checksum(std::string* bytes) {
  const uint64_t checksum = hash64(bytes->data() + 24, bytes->size() - 24);
  std::memcpy(bytes->data() + 16, &checksum, sizeof checksum);
}

TEST(SpoolRecordTest, WhatWasWrittenIsReadAgain) {
  const Result<SpoolRecord> record = decode_record(encoded());
  ASSERT_TRUE(record.ok()) << record.error().message;
  EXPECT_EQ(record->payload.route, Route::kCoverage);
  EXPECT_EQ(record->payload.content_type, example().content_type);
  EXPECT_EQ(record->payload.encoding, Encoding::kGzip);
  EXPECT_EQ(record->payload.body, example().body);
  EXPECT_EQ(record->stored_ns, 1'700'000'000'000'000'123U);
  EXPECT_EQ(record->tries, 0U);
  EXPECT_FALSE(record->delivered);
}

TEST(SpoolRecordTest, FilesOfThisVersionStayReadable) {
  const std::string bytes = encoded();
  ALIBI_EXPECT_GOLDEN(std::as_bytes(std::span(bytes)), "spool/v1.payload");
}

TEST(SpoolRecordTest, EveryRouteHasItsName) {
  for (const RouteEntry& entry : all_routes()) {
    Payload payload = example();
    payload.route = entry.route;
    EXPECT_EQ(decode_record(*encode_record(payload, 0))->payload.route, entry.route);
  }
}

TEST(SpoolRecordTest, TriesAndDeliveryMayChangeInPlace) {
  std::string bytes = encoded();
  bytes[kTriesOffset] = 7;
  bytes[kDeliveredOffset] = 1;
  const Result<SpoolRecord> record = decode_record(bytes);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->tries, 7U);
  EXPECT_TRUE(record->delivered);
}

TEST(SpoolRecordTest, EveryCutIsDamage) {
  const std::string bytes = encoded();
  for (size_t length = 0; length < bytes.size(); ++length) {
    const Result<SpoolRecord> record = decode_record(bytes.substr(0, length));
    ASSERT_FALSE(record.ok()) << length;
    EXPECT_EQ(record.error().code, collector::kSpoolDamaged);
  }
  EXPECT_FALSE(decode_record(bytes + "x").ok());
}

TEST(SpoolRecordTest, EveryFlippedBitIsDamageButInWhatMayChange) {
  const std::string bytes = encoded();
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const bool may_change = bit / 8 >= kDeliveredOffset && bit / 8 < kTriesOffset + 4;
    EXPECT_EQ(decode_record(flipped).ok(), may_change) << bit;
  }
}

TEST(SpoolRecordTest, ForgedLengthsWithARightChecksumAreRefused) {
  for (size_t at = 24; at + 4 <= encoded().size(); ++at) {
    for (const uint32_t wrong : {0U, 1U, 0x7fffffffU, 0xffffffffU}) {
      std::string bytes = encoded();
      std::memcpy(bytes.data() + at, &wrong, sizeof wrong);
      set_checksum(&bytes);
      const Result<SpoolRecord> record = decode_record(bytes);
      if (record.ok()) {
        EXPECT_EQ(record->payload.body.size(), example().body.size()) << at;
      }
    }
  }
}

TEST(SpoolRecordTest, AContentTypeThatCouldSmuggleAHeaderIsNeitherWrittenNorRead) {
  for (const std::string& type : {std::string(), std::string("a\r\nX: y"), std::string("\0", 1),
                                  std::string("caf\xc3\xa9"), std::string(501, 'a')}) {
    Payload payload = example();
    payload.content_type = type;
    EXPECT_FALSE(encode_record(payload, 0).ok());
  }
  std::string bytes = encoded();
  bytes[bytes.find("multipart")] = '\n';
  set_checksum(&bytes);
  EXPECT_FALSE(decode_record(bytes).ok());
}

}  // namespace
}  // namespace alibi::transport
