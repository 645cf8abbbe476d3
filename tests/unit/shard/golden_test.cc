// The bytes of each format version, kept in tests/golden/shard. A difference without a new version is a
// defect.
#include <gtest/gtest.h>

#include "tests/support/example_shards.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_directory.h"
#include "tracer/shard/reader.h"

namespace alibi::shard {
namespace {

using testing::golden_path;
using testing::read_bytes;

TEST(GoldenShard, OfAMainProcessHasTheBytesOfVersion2) {
  ALIBI_EXPECT_GOLDEN(testing::main_shard(), "shard/v2-main.shard");
}

TEST(GoldenShard, OfAKilledProcessHasTheBytesOfVersion2) {
  ALIBI_EXPECT_GOLDEN(testing::killed_shard(), "shard/v2-killed.shard");
}

TEST(GoldenShard, OfAForkedChildHasTheBytesOfVersion2) {
  ALIBI_EXPECT_GOLDEN(testing::child_shard(), "shard/v2-child.shard");
}

TEST(GoldenShard, WithOutlinesHasTheBytesOfVersion2) {
  ALIBI_EXPECT_GOLDEN(testing::outlined_shard(), "shard/v2-outlined.shard");
  const auto shard = Shard::read(golden_path("shard/v2-outlined.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());
  ASSERT_EQ(shard->outlines.size(), 2u);
  EXPECT_EQ(shard->outlines[0].lines, "\x7e\x04");
  ASSERT_EQ(shard->outlines[0].functions.size(), 2u);
  EXPECT_EQ(shard->outlines[0].functions[1].line, 10u);
  EXPECT_EQ(shard->outlines[0].functions[1].name, "Shape.never_called");
  EXPECT_EQ(shard->outlines[1].first_line, 9u);
}

TEST(GoldenShard, OfAMainProcessReadsAsItWasWritten) {
  const auto read = Shard::read(golden_path("shard/v2-main.shard"));
  ASSERT_TRUE(read.ok()) << read.error().message;
  const Shard& shard = *read;
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(shard.losses.uncommitted_entries, 0u);
  EXPECT_EQ(shard.header.process_id, 1234u);
  EXPECT_EQ(shard.header.process_start, 56789u);
  EXPECT_EQ(shard.process.worker, "gw0");  // of two process records the last one holds
  EXPECT_EQ(shard.process.strategy, "self");

  ASSERT_EQ(shard.files.size(), 2u);
  EXPECT_EQ(shard.files[0].path, "/project/module.py");
  EXPECT_EQ(shard.files[0].hash, (Hash128{0x1111, 0x2222}));
  EXPECT_TRUE(shard.files[1].unreadable);
  ASSERT_EQ(shard.codes.size(), 2u);
  EXPECT_EQ(shard.codes[1].qualified_name, "Shape.area");
  EXPECT_EQ(shard.codes[1].scope_line, 3u);
  ASSERT_EQ(shard.names.size(), 1u);
  ASSERT_EQ(shard.names[0].names.size(), 4u);
  EXPECT_EQ(shard.names[0].names[2].level, 2);
  EXPECT_EQ(shard.names[0].names[2].name, "shapes.base");
  ASSERT_EQ(shard.contexts.size(), 2u);
  EXPECT_EQ(shard.contexts[1].kind, model::ContextKind::kFixture);
  EXPECT_EQ(shard.contexts[1].scope, "session");
  ASSERT_EQ(shard.charges.size(), 1u);
  EXPECT_EQ(shard.charges[0].used, model::ContextId{2});
  ASSERT_EQ(shard.inputs.size(), 2u);
  EXPECT_EQ(shard.inputs[1].state, model::InputState::kAbsent);
  ASSERT_EQ(shard.state_writes.size(), 1u);
  EXPECT_EQ(shard.state_writes[0].attribute, "count");
  ASSERT_EQ(shard.drops.size(), 1u);
  EXPECT_EQ(shard.drops[0].count, 17u);
  ASSERT_EQ(shard.imported.size(), 1u);
  ASSERT_EQ(shard.test_ends.size(), 1u);
  EXPECT_EQ(shard.test_ends[0].outcome, model::Outcome::kSkipped);
  EXPECT_EQ(shard.test_ends[0].reason, "no network");
  ASSERT_TRUE(shard.closed.has_value());
  EXPECT_EQ(shard.closed->hit_entries, kHitBlockEntries + 3u);

  ASSERT_EQ(shard.hits.size(), 2u);  // two blocks
  EXPECT_TRUE(shard.hits[0].committed);
  EXPECT_EQ(shard.hits[0].entries.size(), kHitBlockEntries);
  EXPECT_EQ(shard.hits[0].entries[0], 0xC0000001u);
  EXPECT_EQ(shard.hits[1].entries.back(), kConcurrentImport);
}

TEST(GoldenShard, OfAKilledProcessKeepsWhatTheInterruptedTestExecuted) {
  const auto shard = Shard::read(golden_path("shard/v2-killed.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());  // a record in the making is no damage
  EXPECT_FALSE(shard->closed.has_value());
  EXPECT_EQ(shard->test_ends.size(), 1u);
  ASSERT_EQ(shard->hits.size(), 2u);
  EXPECT_TRUE(shard->hits[0].committed);
  EXPECT_FALSE(shard->hits[1].committed);
  EXPECT_EQ(shard->hits[1].entries[1], 13u);
  EXPECT_EQ(shard->losses.uncommitted_entries, 2u);
}

TEST(GoldenShard, OfAForkedChildMayBeginInANursery) {
  ALIBI_EXPECT_GOLDEN(testing::placed_shard(), "shard/v3-placed.shard");
  const auto shard = Shard::read(golden_path("shard/v3-placed.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());
  EXPECT_EQ(shard->header.version, kNurseryVersion);
  EXPECT_EQ(shard->process.parent_bytes, 9000u);
  ASSERT_EQ(shard->contexts.size(), 1u);
  EXPECT_EQ(shard->contexts[0].name, "test_shape.py::test_child");
  ASSERT_EQ(shard->hits.size(), 1u);
  EXPECT_EQ(shard->hits[0].entries.size(), 4u);
  EXPECT_TRUE(shard->closed.has_value());
}

TEST(GoldenShard, ThatOutgrewItsPlaceGoesOnBehindIt) {
  ALIBI_EXPECT_GOLDEN(testing::outgrown_shard(), "shard/v3-outgrown.shard");
  const auto shard = Shard::read(golden_path("shard/v3-outgrown.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());
  EXPECT_EQ(shard->imported.size(), 8u);
  ASSERT_EQ(shard->hits.size(), 1u);
  EXPECT_EQ(shard->hits[0].entries.size(), 9u);
  EXPECT_TRUE(shard->hits[0].committed);
  EXPECT_GT(shard->file_bytes, uint64_t{kPlaceBytes});
}

TEST(GoldenShard, OfAProcessThatCollectedTestFilesSaysWhatItFound) {
  ALIBI_EXPECT_GOLDEN(testing::collected_shard(), "shard/v2-collected.shard");
  const auto shard = Shard::read(golden_path("shard/v2-collected.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());
  ASSERT_EQ(shard->contexts.size(), 3u);
  EXPECT_EQ(shard->contexts[2].kind, model::ContextKind::kCollection);
  ASSERT_EQ(shard->collected.size(), 2u);
  EXPECT_EQ(shard->collected[1].context, model::ContextId{3});
  EXPECT_EQ(shard->collected[1].test_id, "test_shape.py::test_deselected");
}

TEST(GoldenShard, OfAProcessThatIsReportedSaysWhatIsToldOfItsTests) {
  ALIBI_EXPECT_GOLDEN(testing::noted_shard(), "shard/v2-noted.shard");
  const auto shard = Shard::read(golden_path("shard/v2-noted.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());
  ASSERT_EQ(shard->notes.size(), 3u);
  EXPECT_EQ(shard->notes[0].context, model::ContextId{0});
  EXPECT_EQ(shard->notes[2].text, R"({"start_ns":1000,"status":"pass"})");
}

TEST(GoldenShard, OfAStartedProcessSaysOnWhoseBehalfItRanAndWhomItMet) {
  ALIBI_EXPECT_GOLDEN(testing::started_shard(), "shard/v2-started.shard");
  const auto shard = Shard::read(golden_path("shard/v2-started.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());
  ASSERT_TRUE(shard->origin.has_value());
  EXPECT_EQ(shard->origin->context, model::ContextId{7});
  EXPECT_EQ(shard->origin->shard, "1000-56780-00000000000000aa.shard");
  EXPECT_EQ(shard->origin->command, "python -m shape");
  ASSERT_EQ(shard->started.size(), 2u);
  EXPECT_EQ(shard->started[0].process_id, 4321u);
  EXPECT_EQ(shard->started[1].recording, model::Recording::kNone);
  ASSERT_EQ(shard->overlaps.size(), 2u);
  EXPECT_EQ(shard->overlaps[0].used_shard, "1001-56781-00000000000000ab.shard");
  EXPECT_EQ(shard->overlaps[1].user, model::ContextId{9});
  EXPECT_EQ(shard->file_bytes, kSegmentAlignment + kChildSegmentBytes);
}

TEST(GoldenShard, OfVersion1AreReadAsWell) {
  for (const char* name : {"main", "killed", "child", "outlined", "collected"}) {
    const auto shard = Shard::read(golden_path(std::string("shard/v1-") + name + ".shard"));
    ASSERT_TRUE(shard.ok()) << shard.error().message;
    EXPECT_EQ(shard->header.version, 1u);
    EXPECT_FALSE(shard->losses.damaged()) << name;
    EXPECT_FALSE(shard->hits.empty() && shard->outlines.empty()) << name;
  }
}

TEST(GoldenShard, OfAForkedChildNamesItsParentAndStartsWithTheContextOfTheFork) {
  const auto shard = Shard::read(golden_path("shard/v2-child.shard"));
  ASSERT_TRUE(shard.ok()) << shard.error().message;
  EXPECT_FALSE(shard->losses.damaged());
  EXPECT_EQ(shard->process.role, model::Role::kChild);
  EXPECT_EQ(shard->process.parent_shard, "1000-56780-00000000000000aa.shard");
  EXPECT_EQ(shard->process.parent_bytes, 12345u);
  ASSERT_EQ(shard->hits.size(), 1u);
  EXPECT_EQ(shard->hits[0].entries[0], 0x80000001u);
}

}  // namespace
}  // namespace alibi::shard
