// Damages each example shard in every way a single fault can: cut at every length, every byte changed. The
// reader must survive all of it, and may not deliver other evidence than was written without saying that the
// shard is damaged.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>

#include "tests/support/example_shards.h"
#include "tracer/shard/reader.h"

namespace alibi::shard {
namespace {

// What a merger would take from a shard, apart from uncommitted entries (whose bits nothing vouches for).
struct Evidence {
  std::vector<uint32_t> committed;
  std::vector<std::string> texts;
  std::vector<uint64_t> numbers;
  friend bool operator==(const Evidence&, const Evidence&) = default;

  template <typename... Numbers>
  void add(std::string_view text, Numbers... more) {
    texts.emplace_back(text);
    (numbers.push_back(static_cast<uint64_t>(more)), ...);
  }
};

Evidence evidence_of(const Shard& shard) {
  Evidence evidence;
  for (const HitRange& range : shard.hits) {
    if (range.committed)
      evidence.committed.insert(evidence.committed.end(), range.entries.begin(), range.entries.end());
  }
  const model::ProcessRecord& process = shard.process;
  evidence.add(process.parent_shard, process.role, process.parent_bytes);
  for (const auto& file : shard.files)
    evidence.add(file.path, file.file.value, file.hash.low, file.unreadable);
  for (const auto& code : shard.codes) {
    evidence.add(code.qualified_name, code.base.value, code.span, code.file.value, code.first_line, code.kind,
                 code.fingerprint.low, code.scope_line);
  }
  for (const auto& names : shard.names) {
    for (const auto& name : names.names) evidence.add(name.name, names.base.value, name.kind, name.level);
  }
  for (const auto& context : shard.contexts)
    evidence.add(context.name, context.context.value, context.parent.value);
  for (const auto& input : shard.inputs)
    evidence.add(input.subject, input.context.value, input.state, input.hash.low);
  for (const auto& charge : shard.charges) evidence.add("charge", charge.user.value, charge.used.value);
  for (const auto& end : shard.test_ends) evidence.add(end.reason, end.context.value, end.outcome);
  for (const auto& write : shard.state_writes)
    evidence.add(write.name, write.context.value, write.file.value);
  for (const auto& drop : shard.drops) evidence.add("drop", drop.context.value, drop.reason, drop.count);
  for (const auto& imported : shard.imported) evidence.add(imported.path);
  for (const auto& collected : shard.collected) evidence.add(collected.test_id, collected.context.value);
  return evidence;
}

size_t entries_in(const Shard& shard) {
  size_t count = 0;
  for (const HitRange& range : shard.hits) count += range.entries.size();
  return count;
}

class Hostile : public ::testing::TestWithParam<testing::NamedShard> {
 protected:
  const std::vector<std::byte>& bytes() const { return GetParam().bytes; }
};

TEST_P(Hostile, IsSoundAsItIs) {
  const auto shard = Shard::from_bytes(bytes());
  ASSERT_TRUE(shard.ok());
  EXPECT_FALSE(shard->losses.damaged());
}

TEST_P(Hostile, CutAtEveryLengthLosesOnlyWhatWasCut) {
  const Evidence whole = evidence_of(*Shard::from_bytes(bytes()));
  for (size_t length = 0; length < bytes().size(); ++length) {
    const auto shard = Shard::from_bytes(std::span(bytes()).first(length));
    if (!shard.ok()) {
      ASSERT_LT(length, sizeof(FileHeader));
      continue;
    }
    const Evidence rest = evidence_of(*shard);
    ASSERT_LE(rest.committed.size(), whole.committed.size());
    ASSERT_TRUE(std::equal(rest.committed.begin(), rest.committed.end(), whole.committed.begin())) << length;
    // Cut where no segment ends, it is known to be damaged.
    const bool placed = shard->header.version == kNurseryVersion;
    const size_t first = placed ? kPlaceBytes : kSegmentAlignment;
    if ((placed && length < first) ||
        (length > first && (length - first) % testing::kSmallSegment >= sizeof(SegmentHeader))) {
      ASSERT_TRUE(shard->losses.damaged()) << length;
    }
  }
}

TEST_P(Hostile, EveryChangedByteIsNoticedOrMeansNothing) {
  const Result<Shard> parsed = Shard::from_bytes(bytes());
  const Shard& original = *parsed;
  const Evidence whole = evidence_of(original);
  std::vector<std::byte> damaged = bytes();
  const auto near_content = [&](size_t at) {
    constexpr size_t kReach = 32;
    const size_t begin = at < kReach ? 0 : at - kReach;
    const auto around = std::span(bytes()).subspan(begin, std::min(2 * kReach, bytes().size() - begin));
    return std::ranges::any_of(around, [](std::byte byte) { return byte != std::byte{0}; });
  };
  size_t noticed = 0;
  for (size_t at = 0; at < damaged.size(); ++at) {
    for (const std::byte mask : {std::byte{0xff}, std::byte{0x01}, std::byte{0x80}}) {
      // Deep in unused space one way of changing a byte is like another.
      if (mask != std::byte{0xff} && !near_content(at)) continue;
      damaged[at] ^= mask;
      const auto shard = Shard::from_bytes(damaged);
      damaged[at] ^= mask;
      if (!shard.ok() || shard->losses.damaged()) {
        ++noticed;
        continue;
      }
      ASSERT_EQ(evidence_of(*shard), whole) << "byte " << at;
      ASSERT_GE(entries_in(*shard) + 1, entries_in(original)) << "byte " << at;
    }
  }
  EXPECT_GT(noticed, 1000u);
}

TEST_P(Hostile, EveryFieldMayHoldAGiantNumber) {
  std::vector<std::byte> damaged = bytes();
  for (size_t at = 0; at + sizeof(uint64_t) <= damaged.size(); at += sizeof(uint32_t)) {
    std::byte kept[sizeof(uint64_t)];
    std::memcpy(kept, damaged.data() + at, sizeof kept);
    for (const uint64_t giant :
         {~0ull, 0x7fffffffffffffffull, 0x00000001ffffffffull, 0xfffffff8fffffff8ull}) {
      std::memcpy(damaged.data() + at, &giant, sizeof giant);
      (void)Shard::from_bytes(damaged).ok();
    }
    std::memcpy(damaged.data() + at, kept, sizeof kept);
  }
}

TEST_P(Hostile, ManyFaultsAtOnceAreSurvived) {
  std::mt19937 random(42);
  for (int round = 0; round < 2000; ++round) {
    const size_t length = bytes().size() - random() % (bytes().size() / 2);
    std::vector<std::byte> damaged(bytes().begin(), bytes().begin() + static_cast<std::ptrdiff_t>(length));
    for (uint32_t i = random() % 20; i > 0; --i)
      damaged[random() % damaged.size()] = static_cast<std::byte>(random());
    // Faults within the file's header end the story at once: keep it most of the time.
    if (round % 8 != 0)
      std::copy_n(bytes().begin(), std::min(sizeof(FileHeader), damaged.size()), damaged.begin());
    (void)Shard::from_bytes(damaged).ok();
  }
}

TEST_P(Hostile, NoiseAfterASoundHeaderIsSurvived) {
  std::mt19937 random(43);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::byte> noise(bytes().begin(),
                                 bytes().begin() + kSegmentAlignment + sizeof(SegmentHeader));
    for (uint32_t i = random() % 20'000; i > 0; --i) noise.push_back(static_cast<std::byte>(random() % 16));
    const auto shard = Shard::from_bytes(noise);
    ASSERT_TRUE(shard.ok());
    EXPECT_TRUE(shard->losses.damaged());
  }
}

std::string name_of(const ::testing::TestParamInfo<testing::NamedShard>& info) {
  std::string name = info.param.name.substr(info.param.name.find('-') + 1);
  return name.substr(0, name.find('.'));
}
INSTANTIATE_TEST_SUITE_P(Shard, Hostile, ::testing::ValuesIn(testing::example_shards()), name_of);

}  // namespace
}  // namespace alibi::shard
