#include "tracer/model/line_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace alibi::model {
namespace {

LineSet set_of(const std::set<uint32_t>& lines) {
  LineSet set;
  for (const uint32_t line : lines) set.insert(line);
  return set;
}

std::vector<uint32_t> sorted(const std::set<uint32_t>& lines) {
  return {lines.begin(), lines.end()};
}

TEST(LineSet, IsEmptyWithoutLines) {
  EXPECT_TRUE(LineSet().empty());
  EXPECT_EQ(LineSet().size(), 0u);
  EXPECT_TRUE(LineSet().lines().empty());
  EXPECT_FALSE(LineSet().contains(0));
}

TEST(LineSet, KeepsTheLastLineThereCanBe) {
  LineSet set;
  set.insert(UINT32_MAX);
  set.insert(0);
  EXPECT_EQ(set.lines(), (std::vector<uint32_t>{0, UINT32_MAX}));
}

TEST(LineSet, IsEqualWhateverTheOrderOfInsertion) {
  LineSet up;
  LineSet down;
  for (uint32_t line = 1; line < 500; line += 7) up.insert(line);
  for (uint32_t line = 500; line-- > 1;) {
    if (line % 7 == 1) down.insert(line);
  }
  EXPECT_EQ(up, down);
}

TEST(LineSet, AgreesWithAPlainSetOnRandomLines) {
  std::mt19937 random(20261121);
  for (int round = 0; round < 200; ++round) {
    const uint32_t range = 1u << (random() % 17);
    std::set<uint32_t> left;
    std::set<uint32_t> right;
    for (uint32_t i = random() % 300; i > 0; --i) left.insert(random() % range);
    for (uint32_t i = random() % 300; i > 0; --i) right.insert(random() % range);
    std::set<uint32_t> both = left;
    both.insert(right.begin(), right.end());
    const bool common = both.size() < left.size() + right.size();

    LineSet merged = set_of(left);
    EXPECT_EQ(merged.lines(), sorted(left));
    EXPECT_EQ(merged.intersects(set_of(right)), common);
    merged.insert(set_of(right));
    EXPECT_EQ(merged.lines(), sorted(both));
    EXPECT_EQ(merged, set_of(both));
    EXPECT_EQ(merged.size(), both.size());
    for (uint32_t line = 0; line < std::min(range, 200u); ++line) {
      EXPECT_EQ(merged.contains(line), both.contains(line)) << line;
    }
  }
}

}  // namespace
}  // namespace alibi::model
