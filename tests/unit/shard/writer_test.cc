#include "tracer/shard/writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "tests/support/child_process.h"
#include "tests/support/doors.h"
#include "tests/support/example_shards.h"
#include "tests/support/temporary_directory.h"
#include "tracer/shard/reader.h"

namespace alibi::shard {
namespace {

using testing::FailingFiles;
using testing::kSmallSegment;
using testing::put;

constexpr uint32_t kContext1 = kControlBit | 1;

class Writer : public ::testing::Test {
 protected:
  Result<std::unique_ptr<ShardWriter>> create(uint32_t segment_bytes = kSmallSegment) {
    WriterOptions options;
    options.directory = directory_.path();
    options.session_id = 7;
    options.segment_bytes = segment_bytes;
    options.files = &files_;
    options.clock = &clock_;
    return ShardWriter::create(options, process_.identity, stream_.cursor(), model::ProcessRecord{});
  }
  // As the glue does it.
  void hit(ShardWriter* writer, uint32_t entry) {
    if (stream_.next != stream_.limit) {
      *stream_.next++ = entry;
    } else {
      ASSERT_TRUE(writer->append_hit(entry).ok());
    }
  }
  void define(ShardWriter* writer, uint32_t probes) {
    ASSERT_TRUE(put(writer, model::FileRecord{{1}, false, 1, {}, "/a.py", 0}));
    ASSERT_TRUE(put(writer, model::CodeRecord{{1}, probes, {1}, 1, model::CodeKind::kFunction, 1, {}, "f"}));
    ASSERT_TRUE(put(writer, model::ContextRecord{{1}, model::ContextKind::kTest, {0}, "t", ""}));
  }
  Shard read(const ShardWriter& writer) {
    auto shard = Shard::read(writer.path());
    EXPECT_TRUE(shard.ok()) << shard.error().message;
    return std::move(shard).value();
  }

  testing::TemporaryDirectory directory_;
  FailingFiles files_;
  testing::FixedClock clock_;
  testing::FixedProcess process_;
  testing::Stream stream_;
};

std::vector<uint32_t> all_entries(const Shard& shard) {
  std::vector<uint32_t> entries;
  for (const HitRange& range : shard.hits)
    entries.insert(entries.end(), range.entries.begin(), range.entries.end());
  return entries;
}

TEST_F(Writer, LeavesNothingButTheShardUnderItsName) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ(testing::names_in(directory_.path()),
            (std::vector<std::string>{"1234-56789-0123456789abcdef.shard"}));
}

TEST_F(Writer, IsReadableAtEveryInstant) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  EXPECT_FALSE(read(**writer).losses.damaged());
  define(writer->get(), 5);
  hit(writer->get(), kContext1);
  hit(writer->get(), 3);
  const Shard shard = read(**writer);
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(all_entries(shard), (std::vector<uint32_t>{kContext1, 3}));
  EXPECT_EQ(shard.losses.uncommitted_entries, 2u);
}

TEST_F(Writer, KeepsTheOrderOfEntriesOverManyBlocksAndSegments) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  const uint32_t count = 10 * kHitBlockEntries + 17;
  define(writer->get(), count);
  std::vector<uint32_t> expected(count);
  std::iota(expected.begin(), expected.end(), 1);
  for (const uint32_t entry : expected) {
    hit(writer->get(), entry);
    // Other records in between fill the segments beside the blocks.
    if (entry % 1000 == 0) {
      ASSERT_TRUE(put(writer->get(), model::ImportedRecord{std::string(2000, 'm'), ""}));
    }
  }
  ASSERT_TRUE((*writer)->close(1).ok());
  const Shard shard = read(**writer);
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(all_entries(shard), expected);
  EXPECT_EQ(shard.losses.uncommitted_entries, 0u);
  EXPECT_EQ(shard.imported.size(), count / 1000);
}

TEST_F(Writer, GivesALargeRecordASegmentOfItsOwnSize) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  const std::string large(3 * kSmallSegment, 'x');
  ASSERT_TRUE(put(writer->get(), model::ImportedRecord{"first", large}));
  ASSERT_TRUE(put(writer->get(), model::ImportedRecord{"second", ""}));
  const Shard shard = read(**writer);
  EXPECT_FALSE(shard.losses.damaged());
  ASSERT_EQ(shard.imported.size(), 2u);
  EXPECT_EQ(shard.imported[0].path, large);
}

TEST_F(Writer, RefusesARecordLargerThanTheFormatAllows) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  const auto refused = (*writer)->append(RecordType::kImported, Payload(kMaxPayloadBytes + 1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(put(writer->get(), model::ImportedRecord{"small", ""}));
}

TEST_F(Writer, HoldsNoDescriptorOpen) {
  const int before = ::dup(2);
  ::close(before);
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  const int after = ::dup(2);
  ::close(after);
  EXPECT_EQ(before, after);
}

TEST_F(Writer, DoesNotGrowAFileThatTookThePlaceOfItsOwn) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  const std::string path = (*writer)->path();
  ASSERT_EQ(::unlink(path.c_str()), 0);
  testing::write_text(path, "somebody else's");
  Result<void> written;
  for (int i = 0; i < 100 && written.ok(); ++i) {
    written = (*writer)->append(RecordType::kImported, Payload(1000));
  }
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kCannotCreate);
  EXPECT_EQ(testing::read_bytes(path).size(), 15u);
}

TEST_F(Writer, ClosesOnAFullDisk) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  define(writer->get(), 5);
  hit(writer->get(), 3);
  files_.allocations_left = 0;
  Result<void> written;
  for (int i = 0; i < 1000 && written.ok(); ++i) written = (*writer)->append(RecordType::kCharge, Payload(8));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kDiskFull);
  (*writer)->write_last_words({model::kWholeProcess, 1, 1});
  EXPECT_TRUE((*writer)->close(1).ok());
  const Shard shard = read(**writer);
  EXPECT_EQ(shard.losses.torn_bytes, 0u);
  EXPECT_EQ(shard.losses.uncommitted_entries, 0u);
  ASSERT_EQ(shard.drops.size(), 1u);
  EXPECT_EQ(shard.drops[0].context, model::kWholeProcess);
  EXPECT_TRUE(shard.closed.has_value());
}

TEST_F(Writer, SaysWhyItCannotCreateAndLeavesNothing) {
  files_.allocations_left = 0;
  const auto full = create();
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code, ErrorCode::kDiskFull);
  EXPECT_EQ(full.error().os_error, ENOSPC);
  EXPECT_NE(full.error().message.find(directory_.path()), std::string::npos);
  EXPECT_TRUE(testing::names_in(directory_.path()).empty());

  files_.refuse_create = true;
  const auto refused = create();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kCannotCreate);
}

TEST_F(Writer, KeepsAtMostTwoSegmentsMapped) {
  const auto mapped_bytes = [] {
    const auto text = testing::read_bytes("/proc/self/maps");
    const std::string_view maps(reinterpret_cast<const char*>(text.data()), text.size());
    size_t lines = 0;
    for (size_t at = maps.find(".shard"); at != std::string_view::npos; at = maps.find(".shard", at + 1))
      ++lines;
    return lines;
  };
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  for (uint32_t i = 1; i < 20 * kHitBlockEntries; ++i) {
    hit(writer->get(), i);
    if (i % 500 == 0) {
      ASSERT_TRUE((*writer)->append(RecordType::kCharge, Payload(3000)).ok());
      ASSERT_LE(mapped_bytes(), 2u);
    }
  }
}

TEST_F(Writer, ForgottenInAChildLeavesTheFileAlone) {
  auto writer = create();
  ASSERT_TRUE(writer.ok());
  define(writer->get(), 5);
  hit(writer->get(), 3);
  const auto before = testing::read_bytes((*writer)->path());
  testing::run_in_child([&] {
    writer->reset();
    return 0;
  });
  EXPECT_EQ(testing::read_bytes((*writer)->path()), before);
}

}  // namespace
}  // namespace alibi::shard
