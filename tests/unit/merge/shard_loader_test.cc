#include "collector/merge/shard_loader.h"

#include <gtest/gtest.h>

#include "collector/merge/merger.h"
#include "collector/store/evidence_encoder.h"
#include "tests/support/generated_session.h"
#include "tests/support/temporary_directory.h"

namespace alibi::collector {
namespace {

using testing::GeneratedSession;
using testing::TemporaryDirectory;

GeneratedSession small_session(const TemporaryDirectory& directory) {
  GeneratedSession session;
  session.root = directory / "project";
  session.directory = directory / "session";
  session.tests = 6;
  session.lines_per_test = 20;
  session.files = 3;
  session.functions_per_file = 4;
  session.processes = 2;
  return session;
}

TEST(ShardLoader, ReadsEveryShardOfTheDirectory) {
  const TemporaryDirectory directory;
  const GeneratedSession session = small_session(directory);
  std::string why;
  ASSERT_TRUE(testing::write_generated_session(session, &why)) << why;
  Result<ShardDirectory> shards = ShardDirectory::open(session.directory);
  ASSERT_TRUE(shards);
  ASSERT_EQ(shards->size(), 2U);
  EXPECT_TRUE(shards->lost().empty());
  const SessionCoverage coverage = merge({}, &*shards, {});
  EXPECT_EQ(coverage.processes.size(), 2U);
  EXPECT_GT(shards->bytes(), 0U);
  ASSERT_EQ(coverage.tests.size(), 6U);
  for (const TestCoverage& test : coverage.tests) EXPECT_TRUE(test.complete) << test.id;
  EXPECT_EQ(coverage.fixtures.size(), 1U);
}

TEST(ShardLoader, AnUnreadableShardNeverCostsAnother) {
  const TemporaryDirectory directory;
  const GeneratedSession session = small_session(directory);
  std::string why;
  ASSERT_TRUE(testing::write_generated_session(session, &why)) << why;
  testing::write_text(session.directory + "/1-1-00000000000000aa.shard", "this is no shard");
  testing::write_text(session.directory + "/2-2-00000000000000bb.lost", "");
  Result<ShardDirectory> shards = ShardDirectory::open(session.directory);
  ASSERT_TRUE(shards);
  const SessionCoverage coverage = merge({}, &*shards, shards->lost());
  EXPECT_EQ(coverage.processes.size(), 2U);
  EXPECT_EQ(coverage.tests.size(), 6U);
  ASSERT_EQ(coverage.losses.damaged.size(), 2U);
  EXPECT_TRUE(coverage.losses.damaged[0].lost);
  EXPECT_FALSE(coverage.losses.damaged[1].cause.empty());
}

TEST(ShardLoader, WhatForksOfTheRecorderLeaveIsWholeHoweverTheyForked) {
  for (const bool chained : {false, true}) {
    const TemporaryDirectory directory;
    GeneratedSession session = small_session(directory);
    session.forks = 60;
    session.chained = chained;
    std::string why;
    ASSERT_TRUE(testing::write_generated_session(session, &why)) << why;
    Result<ShardDirectory> shards = ShardDirectory::open(session.directory);
    ASSERT_TRUE(shards);
    const SessionCoverage coverage = merge({}, &*shards, {});
    EXPECT_EQ(coverage.processes.size(), 62U);
    ASSERT_EQ(coverage.tests.size(), 6U);
    for (const TestCoverage& test : coverage.tests) {
      EXPECT_TRUE(test.complete) << test.id;
      EXPECT_GE(test.processes, 11U) << test.id << ", itself and its children";
    }
  }
}

TEST(ShardLoader, WhetherShardsAreKeptOrReadTwiceDoesNotShowInASingleByte) {
  const TemporaryDirectory directory;
  GeneratedSession session = small_session(directory);
  session.forks = 9;
  session.chained = true;
  std::string why;
  ASSERT_TRUE(testing::write_generated_session(session, &why)) << why;
  std::vector<std::string> encoded;
  for (const uint64_t kept : {UINT64_MAX, uint64_t{40'000}, uint64_t{0}}) {
    Result<ShardDirectory> shards = ShardDirectory::open(session.directory, kept);
    ASSERT_TRUE(shards);
    encoded.push_back(*store::encode_evidence(merge({}, &*shards, {})));
  }
  EXPECT_TRUE(encoded[1] == encoded[0]);
  EXPECT_TRUE(encoded[2] == encoded[0]);
}

TEST(ShardLoader, TellsHowFarEachOfTheTwoLooksHasCome) {
  const TemporaryDirectory directory;
  const GeneratedSession session = small_session(directory);
  std::string why;
  ASSERT_TRUE(testing::write_generated_session(session, &why)) << why;
  Result<ShardDirectory> shards = ShardDirectory::open(session.directory);
  ASSERT_TRUE(shards);
  std::vector<std::vector<size_t>> heard;
  shards->set_progress([&heard](size_t look, size_t done, size_t total) {
    heard.push_back({look, done, total});
  });
  merge({}, &*shards, {});
  EXPECT_EQ(heard, (std::vector<std::vector<size_t>>{{0, 1, 2}, {0, 2, 2}, {1, 1, 2}, {1, 2, 2}}));
}

TEST(ShardLoader, AMissingDirectoryIsAnError) {
  EXPECT_FALSE(ShardDirectory::open("/nonexistent/session"));
}

}  // namespace
}  // namespace alibi::collector
