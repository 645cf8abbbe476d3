#include "tracer/shard/reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/support/doors.h"
#include "tests/support/example_shards.h"
#include "tests/support/temporary_directory.h"
#include "tracer/base/hash.h"

namespace alibi::shard {
namespace {

using testing::put;

constexpr uint64_t kSession = 7;
constexpr uint32_t kContext1 = kControlBit | 1;

// The bytes of a shard that `fill` wrote; a hostile writer, where it breaks the rules.
std::vector<std::byte> written(const std::function<void(ShardWriter*)>& fill,
                               const model::ProcessRecord& process = {}) {
  const testing::TemporaryDirectory directory;
  testing::Stream stream;
  WriterOptions options;
  options.directory = directory.path();
  options.session_id = kSession;
  options.segment_bytes = testing::kSmallSegment;
  auto writer = ShardWriter::create(options, testing::FixedProcess().identity, stream.cursor(), process);
  EXPECT_TRUE(writer.ok());
  fill(writer->get());
  return testing::read_bytes((*writer)->path());
}

Shard parsed(std::span<const std::byte> bytes) {
  auto shard = Shard::from_bytes(bytes);
  EXPECT_TRUE(shard.ok()) << shard.error().message;
  return std::move(shard).value();
}

void define(ShardWriter* writer) {
  ASSERT_TRUE(put(writer, model::FileRecord{{1}, false, 1, {}, "/a.py", 0}));
  ASSERT_TRUE(put(writer, model::CodeRecord{{1}, 10, {1}, 1, model::CodeKind::kFunction, 1, {}, "f"}));
  ASSERT_TRUE(put(writer, model::ContextRecord{{1}, model::ContextKind::kTest, {0}, "t", ""}));
}

void hit(ShardWriter* writer, std::initializer_list<uint32_t> entries) {
  for (const uint32_t entry : entries) ASSERT_TRUE(writer->append_hit(entry).ok());
}

template <typename Number>
void poke(std::vector<std::byte>* bytes, size_t offset, Number value) {
  std::memcpy(bytes->data() + offset, &value, sizeof value);
}

constexpr size_t kSecondSegment = kSegmentAlignment + testing::kSmallSegment;

// Three segments, of which the middle one holds nothing but imports.
std::vector<std::byte> three_segments() {
  return written([](ShardWriter* writer) {
    define(writer);
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(put(writer, model::ImportedRecord{std::string(1000, 'm'), ""}));
    ASSERT_TRUE(writer->close(1).ok());
  });
}

TEST(Reader, RefusesWhatIsNoShard) {
  EXPECT_EQ(Shard::from_bytes({}).error().code, ErrorCode::kNotAShard);
  EXPECT_EQ(Shard::from_bytes(std::vector<std::byte>(5000)).error().code, ErrorCode::kNotAShard);
  EXPECT_EQ(Shard::read("/dev/null").error().code, ErrorCode::kNotAShard);
  const auto missing = Shard::read("/nowhere/1-2-3.shard");
  EXPECT_EQ(missing.error().code, ErrorCode::kCannotRead);
  EXPECT_NE(missing.error().message.find("/nowhere/1-2-3.shard"), std::string::npos);
}

TEST(Reader, TellsAnotherVersionFromDamage) {
  auto bytes = three_segments();
  poke(&bytes, offsetof(FileHeader, version), kNurseryVersion + 1);
  EXPECT_EQ(Shard::from_bytes(bytes).error().code, ErrorCode::kUnknownVersion);
  bytes = three_segments();
  bytes[offsetof(FileHeader, session_id)] ^= std::byte{1};
  EXPECT_EQ(Shard::from_bytes(bytes).error().code, ErrorCode::kNotAShard);
}

TEST(Reader, ReadsBytesAtAnyAddress) {
  auto bytes = testing::main_shard();
  bytes.insert(bytes.begin(), std::byte{0});
  const Shard shard = parsed(std::span(bytes).subspan(1));
  EXPECT_FALSE(shard.losses.damaged());
}

TEST(Reader, StaysValidWhenMoved) {
  Shard first = parsed(testing::main_shard());
  const Shard second = std::move(first);
  EXPECT_EQ(second.files[0].path, "/project/module.py");
  EXPECT_EQ(second.hits[0].entries[0], 0xC0000001u);
}

TEST(Reader, GoesOnAtTheNextSegmentAfterATornRecord) {
  auto bytes = three_segments();
  bytes[kSegmentAlignment + 600] ^= std::byte{0xff};  // within the first import
  const Shard shard = parsed(bytes);
  EXPECT_TRUE(shard.losses.damaged());
  EXPECT_GT(shard.losses.torn_bytes, 10'000u);
  EXPECT_EQ(shard.codes.size(), 1u);
  EXPECT_EQ(shard.imported.size(), 40u - 19u);
  EXPECT_TRUE(shard.closed.has_value());
}

TEST(Reader, FindsTheNextSegmentWhenAHeaderIsTorn) {
  auto bytes = three_segments();
  bytes[kSecondSegment + 1] ^= std::byte{0xff};
  const Shard shard = parsed(bytes);
  EXPECT_EQ(shard.losses.torn_bytes, testing::kSmallSegment);
  EXPECT_EQ(shard.losses.missing_segments, 1u);
  EXPECT_TRUE(shard.closed.has_value());
}

TEST(Reader, NoticesThatASegmentIsMissing) {
  auto bytes = three_segments();
  bytes.erase(bytes.begin() + kSecondSegment, bytes.begin() + kSecondSegment + testing::kSmallSegment);
  const Shard shard = parsed(bytes);
  EXPECT_EQ(shard.losses.missing_segments, 1u);
  EXPECT_EQ(shard.losses.torn_bytes, 0u);
}

TEST(Reader, DoesNotReadASegmentTwice) {
  auto bytes = three_segments();
  const std::vector<std::byte> copy(bytes.begin() + kSegmentAlignment, bytes.begin() + kSecondSegment);
  bytes.insert(bytes.begin() + kSecondSegment, copy.begin(), copy.end());
  const Shard shard = parsed(bytes);
  EXPECT_EQ(shard.codes.size(), 1u);
  EXPECT_EQ(shard.imported.size(), 40u);
  EXPECT_TRUE(shard.losses.damaged());
}

TEST(Reader, NoticesAPageOfZerosInTheMiddle) {
  auto bytes = three_segments();
  std::fill_n(bytes.begin() + kSegmentAlignment + 4096, 4096, std::byte{0});
  EXPECT_TRUE(parsed(bytes).losses.damaged());
}

TEST(Reader, NoticesThatRecordsFollowAGapInTheLastSegment) {
  // As after a power failure: the page with the first records never reached the disk, the next one did.
  auto bytes = written([](ShardWriter* writer) {
    define(writer);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(put(writer, model::ImportedRecord{std::string(1000, 'm'), ""}));
  });
  std::fill_n(bytes.begin() + kSegmentAlignment + 200, 4096, std::byte{0});
  const Shard shard = parsed(bytes);
  EXPECT_GT(shard.losses.torn_bytes, 0u);
}

TEST(Reader, CountsAFileCutShortInsideASegment) {
  auto bytes = three_segments();
  bytes.resize(kSecondSegment + 8192);
  EXPECT_EQ(parsed(bytes).losses.torn_bytes >= testing::kSmallSegment - 8192, true);
}

TEST(Reader, AcceptsSpaceThatWasAllocatedAndNotUsed) {
  auto bytes = three_segments();
  bytes.resize(bytes.size() + testing::kSmallSegment);  // killed between allocation and segment header
  EXPECT_FALSE(parsed(bytes).losses.damaged());
}

TEST(Reader, AcceptsASegmentHeaderWhoseFirstWordIsNotThereYet) {
  auto bytes = written(define);
  const size_t begun = bytes.size();
  bytes.resize(bytes.size() + testing::kSmallSegment);
  poke(&bytes, begun + offsetof(SegmentHeader, index), uint64_t{1});
  EXPECT_FALSE(parsed(bytes).losses.damaged());
  poke(&bytes, begun + offsetof(SegmentHeader, checksum), uint64_t{7});
  EXPECT_FALSE(parsed(bytes).losses.damaged());
  poke(&bytes, begun + sizeof(SegmentHeader), uint64_t{1});  // a record is never stored before
  EXPECT_TRUE(parsed(bytes).losses.damaged());
}

TEST(Reader, CountsASegmentHeaderThatLostItsFirstWordBeforeAnotherSegment) {
  auto bytes = three_segments();
  poke(&bytes, kSecondSegment, uint64_t{0});
  EXPECT_TRUE(parsed(bytes).losses.damaged());
}

TEST(Reader, NoticesEntriesThatWereChangedAfterTheirCommit) {
  auto bytes = written([](ShardWriter* writer) {
    define(writer);
    hit(writer, {kContext1, 1, 2, 3});
    ASSERT_TRUE(writer->commit_hits().ok());
  });
  const Shard sound = parsed(bytes);
  ASSERT_EQ(sound.hits.size(), 1u);
  poke(&bytes, sound.hits[0].offset + 8, uint32_t{5});
  const Shard shard = parsed(bytes);
  EXPECT_EQ(shard.losses.failed_commits, 1u);
  ASSERT_EQ(shard.hits.size(), 1u);
  EXPECT_FALSE(shard.hits[0].committed);
}

TEST(Reader, RefusesCommitsOfEntriesThatAreNotThere) {
  for (const model::CommitRecord& commit :
       {model::CommitRecord{0, 0, 1, 0}, model::CommitRecord{~0ull, 0, 1, 0},
        model::CommitRecord{4096, 0, ~0u, 0}, model::CommitRecord{4096, ~0u, 2, 0}}) {
    const Shard shard = parsed(written([&](ShardWriter* writer) {
      define(writer);
      hit(writer, {1});
      ASSERT_TRUE(put(writer, commit));
    }));
    EXPECT_EQ(shard.losses.failed_commits, 1u);
    EXPECT_TRUE(shard.losses.damaged());
  }
}

TEST(Reader, CountsCommittedEntriesThatNobodyDefined) {
  const Shard shard = parsed(written([](ShardWriter* writer) {
    define(writer);
    hit(writer, {kContext1, 1, 10, 11, 0x40000001, kControlBit | 2, kControlBit | kStatementBit | 99,
                 kConcurrentImport});
    ASSERT_TRUE(writer->commit_hits().ok());
  }));
  EXPECT_EQ(shard.losses.undefined_entries, 4u);  // 11, a probe with bit 30, context 2, statement 99
}

TEST(Reader, LooksUpProbesWhereCodeUnitsLeaveHoles) {
  const Shard shard = parsed(written([](ShardWriter* writer) {
    define(writer);
    ASSERT_TRUE(put(writer, model::CodeRecord{{20}, 10, {1}, 1, model::CodeKind::kFunction, 1, {}, "g"}));
    hit(writer, {kContext1, 1, 10, 11, 19, 20, 29, 30});
    ASSERT_TRUE(writer->commit_hits().ok());
  }));
  EXPECT_EQ(shard.losses.undefined_entries, 3u);
}

TEST(Reader, TakesLowNumbersOfAChildForInherited) {
  model::ProcessRecord process;
  process.role = model::Role::kChild;
  process.parent_shard = "p.shard";
  const Shard shard = parsed(written(
      [](ShardWriter* writer) {
        hit(writer, {kContext1, 3});
        ASSERT_TRUE(
            put(writer, model::CodeRecord{{100}, 10, {1}, 1, model::CodeKind::kFunction, 1, {}, "f"}));
        hit(writer, {99, 100, 109, 110});
        ASSERT_TRUE(writer->commit_hits().ok());
      },
      process));
  EXPECT_EQ(shard.losses.undefined_entries, 1u);
  EXPECT_EQ(shard.losses.invalid_records, 0u);
}

TEST(Reader, NamesAtRunTimeTakeProbesBetweenCodeUnits) {
  const Shard shard = parsed(written([](ShardWriter* writer) {
    define(writer);
    ASSERT_TRUE(
        put(writer, model::CodeRecord{{11}, 1, {}, 0, model::CodeKind::kLookedUpName, 0, {}, "name"}));
    ASSERT_TRUE(put(writer, model::CodeRecord{{12}, 3, {1}, 1, model::CodeKind::kFunction, 1, {}, "f"}));
    hit(writer, {kContext1, 11, 12, 15});
    ASSERT_TRUE(writer->commit_hits().ok());
  }));
  EXPECT_EQ(shard.losses.undefined_entries, 1u);
  EXPECT_EQ(shard.losses.invalid_records, 0u);
}

TEST(Reader, DropsRecordsThatNameWhatNobodyDefined) {
  const Shard shard = parsed(written([](ShardWriter* writer) {
    define(writer);
    const auto kind = model::CodeKind::kFunction;
    ASSERT_TRUE(put(writer, model::CodeRecord{{11}, 3, {9}, 1, kind, 1, {}, "of no file"}));
    ASSERT_TRUE(put(writer, model::CodeRecord{{5}, 3, {1}, 1, kind, 1, {}, "probes of another"}));
    ASSERT_TRUE(put(writer, model::FileRecord{{1}, false, 1, {}, "/same/number.py", 0}));
    ASSERT_TRUE(put(writer, model::ContextRecord{{1}, model::ContextKind::kTest, {0}, "same number", ""}));
    ASSERT_TRUE(put(writer, model::ContextRecord{{2}, model::ContextKind::kTest, {7}, "no parent", ""}));
    ASSERT_TRUE(put(writer, model::NamesRecord{{77}, {}}));
    ASSERT_TRUE(put(writer, model::ChargeRecord{{1}, {5}}));
    ASSERT_TRUE(put(writer, model::TestEndRecord{{5}, model::Outcome::kPassed, 1, ""}));
    ASSERT_TRUE(put(
        writer, model::InputRecord{{5}, model::InputKind::kFile, model::InputState::kAbsent, {}, "x", ""}));
    ASSERT_TRUE(put(writer, model::StateWriteRecord{{1}, {5}, model::StateKind::kGlobal, "x", ""}));
    ASSERT_TRUE(put(writer, model::DropRecord{{5}, 1, 1}));
    ASSERT_TRUE(writer->append(static_cast<RecordType>(99), Payload(8)).ok());
    ASSERT_TRUE(writer->append(RecordType::kHits, Payload(8)).ok());
  }));
  EXPECT_EQ(shard.losses.invalid_records, 13u);
  EXPECT_EQ(shard.files.size(), 1u);
  EXPECT_EQ(shard.codes.size(), 1u);
  EXPECT_EQ(shard.contexts.size(), 1u);
  EXPECT_TRUE(shard.charges.empty() && shard.test_ends.empty() && shard.inputs.empty() &&
              shard.drops.empty());
}

TEST(Reader, ComparesTheCountsOfTheClosingRecord) {
  const auto with_closed = [](uint64_t entries, uint64_t contexts) {
    return parsed(written([&](ShardWriter* writer) {
      define(writer);
      hit(writer, {kContext1, 1});
      ASSERT_TRUE(writer->commit_hits().ok());
      ASSERT_TRUE(put(writer, model::ClosedRecord{entries, contexts}));
    }));
  };
  EXPECT_FALSE(with_closed(2, 1).losses.damaged());
  EXPECT_TRUE(with_closed(3, 1).losses.damaged());
  EXPECT_TRUE(with_closed(2, 2).losses.damaged());
}

TEST(Reader, AcceptsNothingAfterTheClosingRecord) {
  const Shard shard = parsed(written([](ShardWriter* writer) {
    ASSERT_TRUE(writer->close(0).ok());
    ASSERT_TRUE(put(writer, model::ImportedRecord{"late", ""}));
  }));
  EXPECT_TRUE(shard.losses.damaged());
}

TEST(Reader, SaysWhichDefinitionsStartBeforeAnOffset) {
  const Shard shard = parsed(testing::main_shard());
  const DefinitionCounts none = shard.definitions_before(0);
  EXPECT_EQ(none.files + none.codes + none.names + none.contexts, 0u);
  const DefinitionCounts all = shard.definitions_before(shard.file_bytes);
  EXPECT_EQ(all.files, 2u);
  EXPECT_EQ(all.contexts, 2u);
  const DefinitionCounts some =
      shard.definitions_before(shard.codes[1].offset);  // that one is not before itself
  EXPECT_EQ(some.files, 2u);
  EXPECT_EQ(some.codes, 1u);
  EXPECT_EQ(some.names, 0u);
  EXPECT_EQ(some.contexts, 0u);
}

}  // namespace
}  // namespace alibi::shard
