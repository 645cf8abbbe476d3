#include "collector/compression/gzip.h"

#include <gtest/gtest.h>

#include "collector/model/error_codes.h"

namespace alibi::compression {
namespace {

std::string text_of(size_t length) {
  std::string text;
  while (text.size() < length) text += "line " + std::to_string(text.size() * 2654435761U) + "\n";
  text.resize(length);
  return text;
}

TEST(GzipTest, WhatWasPackedIsUnpackedTheSame) {
  for (const size_t length :
       {size_t{0}, size_t{1}, size_t{65'535}, size_t{65'536}, size_t{65'537}, size_t{1'000'000}}) {
    const std::string text = text_of(length);
    const Result<std::string> packed = gzip(text);
    ASSERT_TRUE(packed.ok());
    EXPECT_EQ(packed->substr(0, 2), "\x1f\x8b");
    const Result<std::string> again = gunzip(*packed, length);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, text);
  }
}

TEST(GzipTest, MoreThanAllowedIsRefusedBeforeItIsHeld) {
  const std::string bomb = *gzip(std::string(50'000'000, '\0'));
  EXPECT_LT(bomb.size(), 300'000U);
  const Result<std::string> refused = gunzip(bomb, 1'000'000);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, collector::kPayloadTooLarge);
  EXPECT_FALSE(gunzip(*gzip("ab"), 1).ok());
  EXPECT_FALSE(gunzip(*gzip("a"), 0).ok());
  EXPECT_TRUE(gunzip(*gzip(""), 0).ok());
}

TEST(GzipTest, EveryCutAndEveryFlippedBitIsNoticedOrHarmless) {
  const std::string text = text_of(500);
  const std::string packed = *gzip(text);
  for (size_t length = 0; length < packed.size(); ++length)
    EXPECT_FALSE(gunzip(packed.substr(0, length), 1000).ok()) << length;
  for (size_t at = 0; at < packed.size(); ++at) {
    std::string flipped = packed;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    const Result<std::string> read = gunzip(flipped, 1000);
    if (read.ok()) {  // in gzip's own header: a time, a system
      EXPECT_EQ(*read, text) << at;
    }
  }
  EXPECT_FALSE(gunzip(packed + "x", 1000).ok());
  EXPECT_FALSE(gunzip("this is no gzip", 1000).ok());
}

}  // namespace
}  // namespace alibi::compression
