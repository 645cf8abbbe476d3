#include "collector/merge/shard_loader.h"

#include <gtest/gtest.h>

#include "collector/merge/merger.h"
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

TEST(ShardLoader, AMissingDirectoryIsAnError) {
  EXPECT_FALSE(ShardDirectory::open("/nonexistent/session"));
}

}  // namespace
}  // namespace alibi::collector
