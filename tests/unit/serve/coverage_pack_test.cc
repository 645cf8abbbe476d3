#include "collector/serve/coverage_pack.h"

#include <gtest/gtest.h>

namespace alibi::serve {
namespace {

std::vector<NumberedFile> there_and_back(std::vector<NumberedFile> files) {
  const auto unpacked = unpack_coverage(pack_coverage(std::move(files)));
  EXPECT_TRUE(unpacked.has_value());
  return unpacked.value_or(std::vector<NumberedFile>());
}

TEST(CoveragePack, GivesBackFilesAndLines) {
  const auto files = there_and_back({{7, {1, 2, 3, 9}}, {3, {}}, {100000, {4294967294U}}});
  ASSERT_EQ(files.size(), 3U);
  EXPECT_EQ(files[0].file, 3U);
  EXPECT_TRUE(files[0].lines.empty());
  EXPECT_EQ(files[1].lines, (std::vector<uint32_t>{1, 2, 3, 9}));
  EXPECT_EQ(files[2].lines, (std::vector<uint32_t>{4294967294U}));
}

TEST(CoveragePack, HasTheSameBytesInWhateverOrderFilesAreNamed) {
  EXPECT_EQ(pack_coverage({{1, {5}}, {2, {6, 7}}}), pack_coverage({{2, {6, 7}}, {1, {5}}}));
  EXPECT_NE(pack_coverage({{1, {5}}}), pack_coverage({{1, {6}}}));
}

TEST(CoveragePack, UnitesTheLinesOfAFileThatIsNamedTwice) {
  const auto files = there_and_back({{1, {5, 7}}, {1, {6, 7}}});
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].lines, (std::vector<uint32_t>{5, 6, 7}));
}

TEST(CoveragePack, SurvivesBytesThatAreCutOrFlippedAnywhere) {
  const std::string good = pack_coverage({{1, {1, 2, 3}}, {900, {70000, 70002}}});
  for (size_t length = 0; length < good.size(); ++length) (void)unpack_coverage(good.substr(0, length));
  for (size_t place = 0; place < good.size(); ++place) {
    for (int value = 0; value < 256; ++value) {
      std::string bad = good;
      bad[place] = static_cast<char>(value);
      (void)unpack_coverage(bad);
    }
  }
  EXPECT_FALSE(unpack_coverage(good.substr(0, good.size() - 1)).has_value());
  // A run of four thousand million lines takes no memory.
  EXPECT_FALSE(unpack_coverage(std::string("\x01\x01\x01\xff\xff\xff\xff\x0f", 8)).has_value());
}

}  // namespace
}  // namespace alibi::serve
