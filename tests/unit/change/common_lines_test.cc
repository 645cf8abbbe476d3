#include "collector/change/common_lines.h"

#include <gtest/gtest.h>

#include <string>

namespace alibi::change {
namespace {

using Lines = std::vector<std::string_view>;
using Pairs = std::vector<std::pair<size_t, size_t>>;

TEST(SplitLines, EndsALineAsPythonDoes) {
  EXPECT_EQ(split_lines("a\nb\r\nc\rd"), (Lines{"a", "b", "c", "d"}));
  EXPECT_EQ(split_lines("a\n\nb\n"), (Lines{"a", "", "b"}));
  EXPECT_EQ(split_lines(""), Lines());
}

TEST(CommonLines, OfEqualTextsAreAll) {
  EXPECT_EQ(common_lines({"a", "b"}, {"a", "b"}), (Pairs{{0, 0}, {1, 1}}));
}

TEST(CommonLines, SkipWhatCameAndWhatWent) {
  EXPECT_EQ(common_lines({"a", "b", "c", "d"}, {"a", "x", "c", "y", "d"}), (Pairs{{0, 0}, {2, 2}, {3, 4}}));
}

TEST(CommonLines, AreAsManyAsPossible) {
  EXPECT_EQ(common_lines({"x", "a", "b", "c"}, {"a", "b", "c", "x"}), (Pairs{{1, 0}, {2, 1}, {3, 2}}));
}

TEST(CommonLines, OfNothingAreNone) {
  EXPECT_EQ(common_lines({}, {"a"}), Pairs());
  EXPECT_EQ(common_lines({"a"}, {}), Pairs());
  EXPECT_EQ(common_lines({"a"}, {"b"}), Pairs());
}

// Too large for a table: lines that both have once hold the others in their place.
TEST(CommonLines, OfLargeTextsAreRisingPairsOfEqualLines) {
  std::vector<std::string> old_texts, present_texts;
  for (int i = 0; i < 3000; ++i) {
    old_texts.push_back("old " + std::to_string(i));
    old_texts.push_back(i % 100 == 0 ? "once " + std::to_string(i) : "often");
    present_texts.push_back(i % 100 == 0 ? "once " + std::to_string(i) : "often");
    present_texts.push_back("new " + std::to_string(i));
  }
  const Lines before(old_texts.begin(), old_texts.end()), now(present_texts.begin(), present_texts.end());
  const Pairs pairs = common_lines(before, now);
  EXPECT_GT(pairs.size(), 2000U);
  for (size_t i = 0; i < pairs.size(); ++i) {
    EXPECT_EQ(before[pairs[i].first], now[pairs[i].second]);
    if (i != 0) {
      EXPECT_LT(pairs[i - 1].first, pairs[i].first);
      EXPECT_LT(pairs[i - 1].second, pairs[i].second);
    }
  }
}

}  // namespace
}  // namespace alibi::change
