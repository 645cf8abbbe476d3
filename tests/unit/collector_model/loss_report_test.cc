#include "collector/model/loss_report.h"

#include <gtest/gtest.h>

#include "tracer/model/drop_reason.h"

namespace alibi::collector {
namespace {

TEST(LossReport, CountsAddUpPerReasonInOrder) {
  DropCounts counts;
  add_drop(&counts, CollectorDrop::kTorn, 2);
  add_drop(&counts, 1, 1);
  add_drop(&counts, CollectorDrop::kTorn, 3);
  EXPECT_EQ(counts, (DropCounts{{1, 1}, {101, 5}}));
}

TEST(LossReport, NothingLostIsNoEntry) {
  DropCounts counts;
  add_drop(&counts, 5, 0);
  EXPECT_TRUE(counts.empty());
}

TEST(LossReport, ASumNeverWrapsToNothing) {
  DropCounts counts;
  add_drop(&counts, 5, UINT64_MAX);
  add_drop(&counts, 5, 1);
  EXPECT_EQ(counts.front().count, UINT64_MAX);
}

TEST(LossReport, NamesTheRecordersReasonsAsTheRecorderDoes) {
  for (uint32_t reason = 1; reason < model::kDropReasonCount; ++reason) {
    EXPECT_EQ(drop_name(reason), model::drop_reason_name(reason));
  }
}

TEST(LossReport, KeepsTheNumberOfAReasonItDoesNotKnow) {
  EXPECT_EQ(drop_name(77), "reason 77");
}

TEST(LossReport, IsEmptyOnlyWithoutDropsAndDamage) {
  LossReport report;
  EXPECT_TRUE(report.empty());
  report.damaged.push_back({"a.shard", "torn", 1, false});
  EXPECT_FALSE(report.empty());
}

}  // namespace
}  // namespace alibi::collector
