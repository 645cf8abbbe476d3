#include "tracer/shard/nursery.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <set>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/support/doors.h"
#include "tests/support/example_shards.h"
#include "tests/support/temporary_directory.h"
#include "tracer/shard/reader.h"
#include "tracer/shard/session_directory.h"
#include "tracer/shard/writer.h"

namespace alibi::shard {
namespace {

using testing::put;

constexpr uint64_t kRandom = 0x00ab'cdef'0123'0000;
constexpr uint32_t kContext1 = kControlBit | 1;

class Nurseries : public ::testing::Test {
 protected:
  std::unique_ptr<Nursery> make(uint32_t places, uint64_t random = kRandom) {
    auto made = Nursery::create(files_, directory_.path(), random, places);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return std::move(made).value();
  }
  std::unique_ptr<ShardWriter> write_in(const Place& place, const std::string& root = "/project") {
    WriterOptions options;
    options.directory = directory_.path();
    options.session_id = 7;
    options.files = &files_;
    options.clock = &clock_;
    options.first_segment_bytes = kChildSegmentBytes;
    options.first_block_entries = kChildHitBlockEntries;
    model::ProcessRecord process;
    process.root = root;
    process.parent_shard = "1-1-00000000000000aa.shard";
    auto writer =
        ShardWriter::create(options, {55, 1, 0, place.random}, stream_.cursor(), process, nullptr, &place);
    EXPECT_TRUE(writer.ok());
    return std::move(writer).value();
  }
  void hit(ShardWriter* writer, uint32_t entry) {
    if (stream_.next != stream_.limit) {
      *stream_.next++ = entry;
    } else {
      ASSERT_TRUE(writer->append_hit(entry).ok());
    }
  }
  SessionFiles listed() const { return *list_session(directory_.path()); }
  Shard read(const std::string& name) const {
    auto shard = Shard::read(directory_.path() + "/" + name);
    EXPECT_TRUE(shard.ok()) << shard.error().message;
    return std::move(shard).value();
  }
  std::string nursery() const { return directory_ / nursery_name(kRandom); }

  testing::TemporaryDirectory directory_;
  testing::FailingFiles files_;
  testing::FixedClock clock_;
  testing::Stream stream_;
};

std::vector<uint32_t> entries_of(const Shard& shard) {
  std::vector<uint32_t> entries;
  for (const HitRange& range : shard.hits)
    entries.insert(entries.end(), range.entries.begin(), range.entries.end());
  return entries;
}

TEST_F(Nurseries, HoldAShardThatIsReadUnderItsName) {
  const auto made = make(3);
  const auto writer = write_in(made->claim().value());
  hit(writer.get(), kContext1);
  hit(writer.get(), 5);
  EXPECT_EQ(testing::names_in(directory_.path()), (std::vector<std::string>{"00abcdef0123.nursery"}));
  EXPECT_EQ(listed().shards, (std::vector<std::string>{writer->file_name()}));
  EXPECT_EQ(writer->file_name(), "55-0-00abcdef01230000.shard");
  const Shard shard = read(writer->file_name());
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(shard.header.process_id, 55u);
  EXPECT_EQ(shard.process.root, "/project");
  EXPECT_EQ(entries_of(shard), (std::vector<uint32_t>{kContext1, 5}));
  EXPECT_EQ(shard.file_bytes, kPlaceBytes);
}

TEST_F(Nurseries, AreReadWithoutAFolderInThePathToo) {
  const auto made = make(1);
  const auto writer = write_in(made->claim().value());
  EXPECT_EQ(testing::run_in_child([&] {
              if (::chdir(directory_.path().c_str()) != 0) return 1;
              return Shard::read(writer->file_name()).ok() ? 0 : 2;
            }),
            0);
}

TEST_F(Nurseries, GiveEachPlaceOnceWhoeverClaims) {
  const auto made = make(300);
  std::vector<uint64_t> claimed[2];
  std::thread other([&] {
    while (const auto place = made->claim()) claimed[0].push_back(place->random);
  });
  while (const auto place = made->claim()) claimed[1].push_back(place->random);
  other.join();
  std::set<uint64_t> all(claimed[0].begin(), claimed[0].end());
  all.insert(claimed[1].begin(), claimed[1].end());
  EXPECT_EQ(claimed[0].size() + claimed[1].size(), 300u);
  EXPECT_EQ(all.size(), 300u);
  EXPECT_EQ(made->places_left(), 0u);
  EXPECT_FALSE(made->claim().has_value());
}

TEST_F(Nurseries, AreSharedWithForkedChildren) {
  const auto made = make(4);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(testing::run_in_child([&] {
                const auto writer = write_in(made->claim().value());
                hit(writer.get(), 10);
                return 0;
              }),
              0);
  }
  EXPECT_EQ(made->places_left(), 1u);
  EXPECT_EQ(listed().shards.size(), 3u);
}

TEST_F(Nurseries, LeaveNoTraceOfAChildKilledBeforeItsShardWasComplete) {
  const auto made = make(2);
  const Place place = made->claim().value();
  std::memset(place.bytes.data() + sizeof(uint64_t), 0x5a, 300);  // all but what is stored last
  EXPECT_TRUE(listed().shards.empty());
}

TEST_F(Nurseries, AreLeftByAShardThatOutgrowsItsPlace) {
  const auto made = make(1);
  const auto writer = write_in(made->claim().value());
  std::vector<uint32_t> expected;
  const auto record = [&](uint32_t entry) {
    hit(writer.get(), entry);
    expected.push_back(entry);
  };
  record(kContext1);
  record(5);
  const std::string path(3000, 'p');
  for (uint32_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(put(writer.get(), model::ImportedRecord{std::to_string(i), path}));
    record(6 + i);  // into the block that was open when it moved
  }
  for (uint32_t i = 0; i < 3000; ++i) record(20 + i % 7);
  ASSERT_TRUE(writer->close(0).ok());
  EXPECT_EQ(testing::names_in(directory_.path()),
            (std::vector<std::string>{"00abcdef0123.nursery", writer->file_name()}));
  EXPECT_EQ(listed().shards, (std::vector<std::string>{writer->file_name()}));
  const Shard shard = read(writer->file_name());
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(shard.imported.size(), 4u);
  EXPECT_EQ(entries_of(shard), expected);
  EXPECT_TRUE(shard.closed.has_value());
}

TEST_F(Nurseries, KeepDefinitionsWhereTheyWereWhenAShardMoves) {
  const auto made = make(1);
  const auto writer = write_in(made->claim().value());
  ASSERT_TRUE(put(writer.get(), model::FileRecord{{9}, false, 1, {}, "/a.py", 0}));
  const uint64_t at_fork = writer->bytes_written();
  ASSERT_TRUE(put(writer.get(), model::FileRecord{{10}, false, 1, {}, "/b.py", 0}));
  EXPECT_EQ(read(writer->file_name()).definitions_before(at_fork).files, 1u);
  ASSERT_TRUE(put(writer.get(), model::ImportedRecord{"m", std::string(9000, 'p')}));
  ASSERT_TRUE(put(writer.get(), model::FileRecord{{11}, false, 1, {}, "/c.py", 0}));
  const Shard moved = read(writer->file_name());
  EXPECT_EQ(moved.files.size(), 3u);
  EXPECT_EQ(moved.definitions_before(at_fork).files, 1u);
}

TEST_F(Nurseries, KeepWhatWasWrittenWhenTheDiskIsFull) {
  const auto made = make(1);
  const auto writer = write_in(made->claim().value());
  hit(writer.get(), kContext1);
  files_.allocations_left = 0;
  EXPECT_FALSE(put(writer.get(), model::ImportedRecord{"m", std::string(9000, 'p')}));
  writer->write_last_words({model::kWholeProcess, 1, 1});
  EXPECT_EQ(testing::names_in(directory_.path()), (std::vector<std::string>{"00abcdef0123.nursery"}));
  const Shard shard = read(writer->file_name());
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(entries_of(shard), (std::vector<uint32_t>{kContext1}));
  EXPECT_EQ(shard.drops.size(), 1u);
}

TEST_F(Nurseries, GiveAFileToAShardThatHardlyFits) {
  const auto made = make(1);
  const auto writer = write_in(made->claim().value(), std::string(5000, '/'));
  EXPECT_TRUE(FileSystem::real().status(writer->path()).ok());
  EXPECT_EQ(read(writer->file_name()).header.version, kFormatVersion);
}

TEST_F(Nurseries, CannotBeMadeTwiceNorOnAFullDisk) {
  const auto made = make(1);
  EXPECT_FALSE(Nursery::create(files_, directory_.path(), kRandom, 1).ok());
  EXPECT_FALSE(Nursery::create(files_, directory_.path(), 1 << 20, 0).ok());
  EXPECT_FALSE(Nursery::create(files_, directory_.path(), 1 << 20, kMostPlaces + 1).ok());
  files_.allocations_left = 0;
  EXPECT_FALSE(Nursery::create(files_, directory_.path(), 1 << 20, 1).ok());
  EXPECT_EQ(testing::names_in(directory_.path()), (std::vector<std::string>{"00abcdef0123.nursery"}));
}

TEST_F(Nurseries, LoseOnlyThePlacesThatAreDamaged) {
  const auto made = make(3);
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) names.push_back(write_in(made->claim().value())->file_name());
  std::vector<std::byte> bytes = testing::read_bytes(nursery());
  bytes[kSegmentAlignment + kPlaceBytes + 20] ^= std::byte{1};  // the header of the second
  bytes[kSegmentAlignment + 2 * kPlaceBytes + kPlacedSegment + 4] ^= std::byte{1};  // a segment
  testing::write_text(nursery(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  EXPECT_EQ(listed().shards.size(), 3u);
  EXPECT_FALSE(read(names[0]).losses.damaged());
  EXPECT_EQ(Shard::read(directory_ / names[1]).error().code, ErrorCode::kNotAShard);
  EXPECT_TRUE(read(names[2]).losses.damaged());
}

TEST_F(Nurseries, SayWhenTheyCannotBeRead) {
  std::string name;
  {
    const auto made = make(1);
    name = write_in(made->claim().value())->file_name();
  }
  const std::vector<std::byte> bytes = testing::read_bytes(nursery());
  for (const size_t at : {0ul, offsetof(NurseryHeader, version)}) {
    std::vector<std::byte> changed = bytes;
    changed[at] ^= std::byte{0x40};
    testing::write_text(nursery(), {reinterpret_cast<const char*>(changed.data()), changed.size()});
    EXPECT_TRUE(listed().shards.empty());
    ASSERT_EQ(listed().lost_nurseries.size(), 1u);
    EXPECT_EQ(listed().lost_nurseries[0].first, "00abcdef0123.nursery");
    EXPECT_FALSE(Shard::read(directory_ / name).ok());
  }
}

TEST_F(Nurseries, CutAtAnyLengthAreReadAsFarAsTheyGo) {
  {
    const auto made = make(2);
    write_in(made->claim().value());
    write_in(made->claim().value());
  }
  const std::vector<std::byte> bytes = testing::read_bytes(nursery());
  for (size_t length = 0; length < bytes.size(); length += 61) {
    testing::write_text(nursery(), {reinterpret_cast<const char*>(bytes.data()), length});
    const SessionFiles files = listed();
    for (const std::string& name : files.shards) {
      const auto shard = Shard::read(directory_ / name);
      const bool whole = length >= kSegmentAlignment + (name.ends_with("0.shard") ? 1u : 2u) * kPlaceBytes;
      EXPECT_EQ(shard.ok() && !shard->losses.damaged(), whole) << length;
    }
    EXPECT_EQ(files.lost_nurseries.size(), length < kSegmentAlignment ? 1u : 0u);
  }
}

TEST_F(Nurseries, OfForeignNamesAreNone) {
  for (const char* name : {"00abcdef012.nursery", "00abcdef01234.nursery", "00ABCDEF0123.nursery", ".nursery",
                           "00abcdef0123.nursery~"}) {
    EXPECT_EQ(entry_kind(name), EntryKind::kForeign) << name;
  }
  EXPECT_EQ(entry_kind("00abcdef0123.nursery"), EntryKind::kNursery);
  EXPECT_FALSE(read_place(directory_ / "../../etc/passwd").ok());
  EXPECT_FALSE(read_place(directory_ / "55-0-00abcdef01230000.shard").ok());
}

}  // namespace
}  // namespace alibi::shard
