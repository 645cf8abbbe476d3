#include "collector/merge/visiting_order.h"

#include <gtest/gtest.h>

#include <tuple>

namespace alibi::collector {

void PrintTo(const Visit& visit, std::ostream* out) {
  *out << visit.shard << " at " << visit.depth << (visit.unreachable ? ", unreachable" : "");
}
bool operator==(const Visit& left, const Visit& right) {
  return std::tie(left.shard, left.depth, left.unreachable) ==
         std::tie(right.shard, right.depth, right.unreachable);
}

namespace {

using Kind = ShardLink::Kind;

ShardLink forked(uint32_t from, uint64_t bytes = 0) {
  return {Kind::kForked, from, bytes, 0};
}
ShardLink started(uint32_t from) {
  return {Kind::kStarted, from, 0, 0};
}

TEST(VisitingOrder, ParentsComeBeforeTheirChildrenAndLateForksBeforeEarlyOnes) {
  const std::vector<ShardLink> links = {forked(3, 10), forked(3, 20), forked(1, 5), {}, started(3)};
  EXPECT_EQ(visiting_order(links),
            (std::vector<Visit>{{3, 0, false}, {4, 1, false}, {1, 1, false}, {2, 2, false}, {0, 1, false}}));
}

TEST(VisitingOrder, WhatNeedsAMissingShardIsVisitedAlone) {
  const std::vector<ShardLink> links = {
      forked(kNoShard), forked(0), {Kind::kStartedForAll}, started(kNoShard)};
  EXPECT_EQ(visiting_order(links),
            (std::vector<Visit>{{0, 0, true}, {1, 1, false}, {2, 0, false}, {3, 0, true}}));
}

TEST(VisitingOrder, CirclesAreOpenedAtTheirSmallestShard) {
  // 0 hangs on the circle 1, 3, 2; 4 is its own.
  const std::vector<ShardLink> links = {forked(3), started(2), forked(3), forked(1), forked(4)};
  EXPECT_EQ(visiting_order(links),
            (std::vector<Visit>{{1, 0, true}, {3, 1, false}, {0, 2, false}, {2, 2, false}, {4, 0, true}}));
}

TEST(VisitingOrder, ALongCircleIsVisitedOnce) {
  constexpr uint32_t kShards = 100'000;
  std::vector<ShardLink> links;
  for (uint32_t shard = 0; shard < kShards; ++shard) links.push_back(forked((shard + 1) % kShards));
  const std::vector<Visit> visits = visiting_order(links);
  ASSERT_EQ(visits.size(), kShards);
  EXPECT_EQ(visits.back().depth, kShards - 1);
}

}  // namespace
}  // namespace alibi::collector
