#include "tracer/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace alibi {
namespace {

TEST(Hash, IsXxh3) {  // values of the reference implementation: persisted, so they may not move
  EXPECT_EQ(hash64("", 0), 0x2d06800538d394c2u);
  EXPECT_EQ(hash128("", 0), (Hash128{0x6001c324468d497f, 0x99aa06d3014798d8}));
}

TEST(Hash, OfPiecesIsTheHashOfTheWhole) {
  std::string content(100'000, 'x');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31);
  ContentHasher hasher;
  for (size_t at = 0; at < content.size(); at += 777) {
    hasher.update(content.data() + at, std::min<size_t>(777, content.size() - at));
  }
  EXPECT_EQ(hasher.finish(), hash128(content.data(), content.size()));
}

TEST(Hash, OfNoPiecesIsTheHashOfNothing) {
  EXPECT_EQ(ContentHasher().finish(), hash128("", 0));
}

TEST(Hash, DependsOnTheSeed) {
  EXPECT_NE(hash64("a", 1, 1), hash64("a", 1, 2));
}

}  // namespace
}  // namespace alibi
