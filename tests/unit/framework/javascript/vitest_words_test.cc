#include "collector/framework/javascript/vitest_words.h"

#include <gtest/gtest.h>

namespace alibi::framework::javascript {
namespace {

TEST(VitestWords, KnowsFiltersFromWhatBelongsToAnOption) {
  const VitestWords sorted =
      vitest_words({"run", "src/a", "--testTimeout", "5000", "--coverage", "b", "-t", "name", "-u", "c",
                    "--root=x", "d", "--something-new", "value", "--no-color", "e", "--globals"});
  EXPECT_EQ(sorted.filters, (Words{"run", "src/a", "b", "c", "d", "e"}));
  EXPECT_EQ(sorted.options, (Words{"--testTimeout", "5000", "--coverage", "-t", "name", "-u", "--root=x",
                                   "--something-new", "value", "--no-color", "--globals"}));
  EXPECT_FALSE(sorted.sharded);
}

TEST(VitestWords, ReadsSwitchesInBothSpellings) {
  const VitestWords sorted = vitest_words({"--pass-with-no-tests", "a", "--passWithNoTests", "b", "--isolate",
                                           "false", "c", "--coverage.thresholds.100", "d"});
  EXPECT_EQ(sorted.filters, (Words{"a", "b", "c", "d"}));
}

TEST(VitestWords, LeavesOutTheShardWithItsValue) {
  for (const Words& words : {Words{"--shard", "1/2", "a", "--ui"}, Words{"--shard=1/2", "a", "--ui"}}) {
    const VitestWords sorted = vitest_words(words);
    EXPECT_TRUE(sorted.sharded);
    EXPECT_EQ(sorted.filters, Words{"a"});
    EXPECT_EQ(sorted.options, Words{"--ui"});
  }
  EXPECT_FALSE(vitest_words({"--shards=1/2"}).sharded);
}

}  // namespace
}  // namespace alibi::framework::javascript
