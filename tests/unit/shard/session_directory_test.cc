#include "tracer/shard/session_directory.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace alibi::shard {
namespace {

constexpr ProcessName kName{12, 345, 0xab};

TEST(SessionDirectory, NamesSayWhoWrites) {
  EXPECT_EQ(shard_name(kName), "12-345-00000000000000ab.shard");
  EXPECT_EQ(lost_name(kName), "12-345-00000000000000ab.lost");
  EXPECT_EQ(temporary_name(kName), "12-345-00000000000000ab.shard.new");
}

TEST(SessionDirectory, KnowsItsOwnNames) {
  EXPECT_EQ(entry_kind(shard_name(kName)), EntryKind::kShard);
  EXPECT_EQ(entry_kind(lost_name(kName)), EntryKind::kLost);
  EXPECT_EQ(entry_kind(temporary_name(kName)), EntryKind::kForeign);
}

TEST(SessionDirectory, TakesNothingElseForAShard) {
  for (const char* name :
       {"", ".shard", "1-2-3.shard", "12-345-00000000000000ab", "12-345-00000000000000AB.shard",
        "12-345-00000000000000abc.shard", "x-345-00000000000000ab.shard", "12--00000000000000ab.shard",
        "12-345-00000000000000ab.shard~", "12-345-6-00000000000000ab.shard", "session.json",
        "-1-2-00000000000000ab.shard"}) {
    EXPECT_EQ(entry_kind(name), EntryKind::kForeign) << name;
  }
}

TEST(SessionDirectory, ListsShardsAndLossesInOrder) {
  const testing::TemporaryDirectory directory;
  for (const ProcessName& name : {ProcessName{9, 1, 1}, ProcessName{10, 1, 1}}) {
    testing::write_text(directory / shard_name(name), "");
    testing::write_text(directory / lost_name(name), "");
  }
  testing::write_text(directory / temporary_name(kName), "");
  testing::write_text(directory / "notes.txt", "");
  const auto listed = list_session(directory.path());
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->shards,
            (std::vector<std::string>{"10-1-0000000000000001.shard", "9-1-0000000000000001.shard"}));
  EXPECT_EQ(listed->lost.size(), 2u);
}

TEST(SessionDirectory, SaysWhichDirectoryCannotBeRead) {
  const auto listed = list_session("/nowhere/at/all");
  ASSERT_FALSE(listed.ok());
  EXPECT_NE(listed.error().message.find("/nowhere/at/all"), std::string::npos);
}

}  // namespace
}  // namespace alibi::shard
