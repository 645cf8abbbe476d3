#include "tracer/recording/drop_counter.h"

#include <gtest/gtest.h>

namespace alibi::recording {
namespace {

using Due = DropCounter::Due;

TEST(DropCounter, WantsTheFirstLossOfAKindWrittenAtOnceAndCountsTheRest) {
  DropCounter drops;
  EXPECT_EQ(drops.add({1}, 4, 10), Due::kThisOne);
  EXPECT_EQ(drops.add({1}, 4, 5), Due::kNothing);
  EXPECT_EQ(drops.add({2}, 4, 1), Due::kThisOne);
  EXPECT_EQ(drops.add({1}, 5, 1), Due::kThisOne);
  EXPECT_EQ(drops.count(4), 16u);
  ASSERT_EQ(drops.pending().size(), 3u);
  EXPECT_EQ(drops.pending()[0].count, 5u);  // ten are written already
}

TEST(DropCounter, AsksForAFlushWhenItIsFullAndCountsOnlyOnce) {
  DropCounter drops;
  uint32_t context = 0;
  while (drops.add({context}, 1, 1) != Due::kFlushFirst) ++context;
  EXPECT_EQ(drops.count(1), context);
  drops.clear_pending();
  EXPECT_EQ(drops.add({context}, 1, 1), Due::kThisOne);
  EXPECT_EQ(drops.count(1), context + 1);
}

TEST(DropCounter, KeepsItsTotalsOverAFlushAndLosesThemInAChild) {
  DropCounter drops;
  drops.add({1}, 2, 3);
  drops.clear_pending();
  EXPECT_EQ(drops.count(2), 3u);
  drops.forget();
  EXPECT_EQ(drops.count(2), 0u);
}

TEST(DropCounter, CountsWhatCannotBeWrittenEvenWhenItIsFull) {
  DropCounter drops;
  for (uint32_t context = 0; drops.add({context}, 1, 1) != Due::kFlushFirst; ++context) {
  }
  const uint64_t before = drops.count(1);
  drops.add_unwritten(1, 5);
  EXPECT_EQ(drops.count(1), before + 5);
}

TEST(DropCounter, HasNoCountForUnknownReasons) {
  EXPECT_EQ(DropCounter().count(1000), 0u);
}

}  // namespace
}  // namespace alibi::recording
