#include "tracer/base/bytes.h"

#include <gtest/gtest.h>

namespace alibi {
namespace {

std::vector<std::byte> sample() {
  std::vector<std::byte> bytes;
  ByteWriter to(&bytes);
  to.u8(1);
  to.u16(0x0203);
  to.u32(0x04050607);
  to.text("ab");
  to.u64(0x08090a0b0c0d0e0f);
  return bytes;
}

TEST(Bytes, AreLittleEndianAndPacked) {
  const std::vector<std::byte> bytes = sample();
  ASSERT_EQ(bytes.size(), 1u + 2 + 4 + 4 + 2 + 8);
  EXPECT_EQ(bytes[1], std::byte{3});
  EXPECT_EQ(bytes[2], std::byte{2});
  EXPECT_EQ(bytes[7], std::byte{2});  // the text's length
  EXPECT_EQ(bytes.back(), std::byte{8});
}

TEST(Bytes, ComeBackAsTheyWereWritten) {
  const std::vector<std::byte> bytes = sample();
  ByteReader from(bytes);
  EXPECT_EQ(from.u8(), 1);
  EXPECT_EQ(from.u16(), 0x0203);
  EXPECT_EQ(from.u32(), 0x04050607u);
  EXPECT_EQ(from.text(), "ab");
  EXPECT_EQ(from.remaining(), 8u);
  EXPECT_EQ(from.u64(), 0x08090a0b0c0d0e0fu);
  EXPECT_TRUE(from.at_end());
}

TEST(Bytes, AReaderThatRanPastTheEndStaysFailedAndYieldsZeros) {
  const std::vector<std::byte> bytes(6, std::byte{0xff});
  ByteReader from(bytes);
  EXPECT_EQ(from.u64(), 0u);
  EXPECT_FALSE(from.ok());
  EXPECT_EQ(from.u8(), 0);
  EXPECT_EQ(from.remaining(), 0u);
  EXPECT_FALSE(from.at_end());
}

TEST(Bytes, ATextLongerThanTheBytesIsNoText) {
  std::vector<std::byte> bytes;
  ByteWriter(&bytes).u32(0xFFFFFFFF);
  ByteReader from(bytes);
  EXPECT_EQ(from.text(), "");
  EXPECT_FALSE(from.ok());
}

}  // namespace
}  // namespace alibi
