#include "tracer/recording/session.h"

#include <unistd.h>

#include <filesystem>

#include "tests/unit/recording/session_fixture.h"
#include "tracer/model/listing_detail.h"

namespace alibi::recording {
namespace {

using model::InputKind;
using model::InputState;

class SessionTest : public SessionFixture {
 protected:
  shard::Shard only_shard() const {
    const shard::SessionFiles files = listed();
    EXPECT_EQ(files.shards.size(), 1u);
    return read(files.shards.at(0));
  }
};

TEST_F(SessionTest, RecordsATestFromItsStartToItsEnd) {
  open();
  ASSERT_TRUE(session_->set_strategy("self").ok());
  define();
  const uint32_t context = begin_test("t::a");
  hit(5);
  hit(6);
  ASSERT_TRUE(end_test(context).ok());
  ASSERT_TRUE(session_->close().ok());

  const shard::Shard shard = only_shard();
  EXPECT_FALSE(shard.losses.damaged());
  EXPECT_EQ(shard.process.strategy, "self");
  EXPECT_EQ(shard.process.root, "/project");
  EXPECT_EQ(entries_of(shard), (std::vector<uint32_t>{switch_to(context), 5, 6}));
  EXPECT_EQ(shard.losses.uncommitted_entries, 0u);
  ASSERT_TRUE(shard.closed.has_value());
  EXPECT_EQ(shard.closed->contexts, 1u);
}

TEST_F(SessionTest, CommitsATestBeforeItEnds) {
  open();
  define();
  const uint32_t context = begin_test("t::a");
  hit(5);
  ASSERT_TRUE(end_test(context).ok());
  hit(7);  // after the end, and never committed: the process goes away
  const shard::Shard shard = only_shard();
  ASSERT_EQ(shard.hits.size(), 2u);
  EXPECT_TRUE(shard.hits[0].committed);
  EXPECT_EQ(shard.hits[0].entries.size(), 2u);
  EXPECT_FALSE(shard.hits[1].committed);
  EXPECT_EQ(shard.test_ends.size(), 1u);
}

TEST_F(SessionTest, GivesOnePathOneNumberAndAnotherPathAnother) {
  open();
  testing::write_text(directory_ / "a.py", "1");
  const auto first = session_->define_file(directory_ / "a.py");
  testing::write_text(directory_ / "a.py", "2");  // what counts is the content when it was first seen
  const auto again = session_->define_file(directory_ / "a.py");
  const auto missing = session_->define_file(directory_ / "b.py");
  ASSERT_TRUE(first.ok() && again.ok() && missing.ok());
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *missing);
  const shard::Shard shard = only_shard();
  ASSERT_EQ(shard.files.size(), 2u);
  EXPECT_EQ(shard.files[0].hash, hash128("1", 1));
  EXPECT_FALSE(shard.files[0].unreadable);
  EXPECT_TRUE(shard.files[1].unreadable);
}

TEST_F(SessionTest, RefusesWhatNamesNothing) {
  open();
  define(10);
  EXPECT_EQ(session_->define_file("relative.py").error().code, ErrorCode::kInvalidArgument);
  model::CodeRecord code;
  code.file = {9};
  code.span = 1;
  EXPECT_FALSE(session_->define_code(code).ok());
  code.kind = model::CodeKind::kLookedUpName;
  EXPECT_FALSE(session_->define_code(code).ok()) << "a name belongs to no file";
  code.kind = model::CodeKind::kFunction;
  code.file = {1};
  code.span = 0;
  EXPECT_FALSE(session_->define_code(code).ok());
  EXPECT_FALSE(session_->define_names({{11}, {}, 0}).ok());
  EXPECT_FALSE(session_->define_outline({{9}, 1, "", {}}).ok());
  EXPECT_FALSE(session_->define_outline({{1}, UINT32_MAX, "x", {}}).ok());
  EXPECT_FALSE(session_->define_context({{}, model::ContextKind::kTest, {5}, "x", "", 0}).ok());
  EXPECT_FALSE(session_->charge({{1}, {0}}).ok());
  EXPECT_FALSE(end_test(1).ok());
  EXPECT_FALSE(session_->record_input({{1}, InputKind::kFile, InputState::kAbsent, {}, "x", ""}).ok());
  EXPECT_FALSE(session_->record_state_write({{1}, {1}, model::StateKind::kGlobal, "x", ""}).ok());
  EXPECT_FALSE(only_shard().losses.damaged());
}

TEST_F(SessionTest, RunsOutOfProbesWithAnErrorAndGoesOn) {
  open();
  define(10);
  model::CodeRecord code;
  code.file = {1};
  code.span = shard::kNumberMask - 10;  // exactly what is left
  ASSERT_TRUE(session_->define_code(code).ok());
  code.span = 1;
  const auto none = session_->define_code(code);
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kNumbersExhausted);
  EXPECT_EQ(session_->drop_count(static_cast<uint32_t>(model::DropReason::kNumbers)), 1u);
  EXPECT_NE(begin_test("still works"), 0u);
  const shard::Shard shard = only_shard();
  EXPECT_FALSE(shard.losses.damaged());
  ASSERT_EQ(shard.drops.size(), 1u);
  EXPECT_EQ(shard.drops[0].context, model::kWholeProcess);
}

TEST_F(SessionTest, WritesAnInputOnceForEachContextAndValue) {
  open();
  const uint32_t first = begin_test("a");
  const uint32_t second = begin_test("b");
  model::InputRecord input{{first}, InputKind::kFile, InputState::kPresent, {1, 1}, "/data", ""};
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(session_->record_input(input).ok());
  input.context = {second};
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(session_->record_input(input).ok());
  input.hash = {2, 2};  // it changed in between
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(session_->record_input(input).ok());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(session_->charge({{first}, {second}}).ok());
  const shard::Shard shard = only_shard();
  EXPECT_EQ(shard.inputs.size(), 3u);
  EXPECT_EQ(shard.charges.size(), 1u);
}

TEST_F(SessionTest, RepeatsAnInputRatherThanLoseOne) {
  open();
  const uint32_t context = begin_test("a");
  for (int i = 0; i < 5000; ++i) {
    const std::string subject = "/data/" + std::to_string(i);
    ASSERT_TRUE(
        session_->record_input({{context}, InputKind::kFile, InputState::kAbsent, {}, subject, ""}).ok());
  }
  EXPECT_EQ(only_shard().inputs.size(), 5000u);
}

TEST_F(SessionTest, SaysOfAListingWhatLayThereBeforeItWasTouched) {
  open();
  const std::string folder = directory_ / "listed";
  std::filesystem::create_directory(folder);
  const uint32_t context = begin_test("a");
  const Hash128 before = session_->hash_directory(folder).hash;
  ASSERT_TRUE(
      session_->record_input({{context}, InputKind::kDirectory, InputState::kPresent, before, folder, ""})
          .ok());
  testing::write_text(folder + "/made", "");
  const std::string made = folder + "/made";
  ASSERT_TRUE(
      session_->record_input({{context}, InputKind::kWritten, InputState::kPresent, {}, made, "created"})
          .ok());
  const Hash128 now = session_->hash_directory(folder).hash;
  ASSERT_TRUE(
      session_->record_input({{context}, InputKind::kDirectory, InputState::kPresent, now, folder, "session"})
          .ok());
  const shard::Shard shard = only_shard();
  ASSERT_EQ(shard.inputs.size(), 3u);
  EXPECT_EQ(shard.inputs[0].detail, "");
  EXPECT_EQ(shard.inputs[2].hash, now);
  EXPECT_EQ(shard.inputs[2].detail, "session\n" + model::found_line(before));
}

TEST_F(SessionTest, WritesTheFirstDropAtOnceAndTheRestWithTheTest) {
  open();
  const uint32_t context = begin_test("a");
  for (int i = 0; i < 50; ++i)
    session_->drop({context}, static_cast<uint32_t>(model::DropReason::kLineOutOfRange), 2);
  EXPECT_EQ(only_shard().drops.size(), 1u);
  ASSERT_TRUE(end_test(context).ok());
  const shard::Shard shard = only_shard();
  ASSERT_EQ(shard.drops.size(), 2u);
  EXPECT_EQ(shard.drops[0].count + shard.drops[1].count, 100u);
  EXPECT_EQ(session_->drop_count(static_cast<uint32_t>(model::DropReason::kLineOutOfRange)), 100u);
}

TEST_F(SessionTest, LosesNoDropWhenThereAreManyContexts) {
  open();
  for (int i = 0; i < 300; ++i) {
    const uint32_t context = begin_test("t");
    for (int j = 0; j < 3; ++j)
      session_->drop({context}, static_cast<uint32_t>(model::DropReason::kInput), 1);
  }
  ASSERT_TRUE(session_->close().ok());
  uint64_t count = 0;
  for (const model::DropRecord& drop : only_shard().drops) count += drop.count;
  EXPECT_EQ(count, 900u);
}

TEST_F(SessionTest, ARecordTooLargeCostsItsContextOnly) {
  open();
  const uint32_t context = begin_test("a");
  const std::string large(shard::kMaxPayloadBytes, 'x');
  EXPECT_FALSE(
      session_->record_input({{context}, InputKind::kFile, InputState::kAbsent, {}, large, ""}).ok());
  EXPECT_TRUE(end_test(context).ok());
  const shard::Shard shard = only_shard();
  ASSERT_EQ(shard.drops.size(), 1u);
  EXPECT_EQ(shard.drops[0].context.value, context);
  EXPECT_EQ(shard.drops[0].reason, static_cast<uint32_t>(model::DropReason::kTooLarge));
}

TEST_F(SessionTest, IsTheOnlyOneOfItsProcess) {
  open();
  testing::Stream other;
  SessionOptions options;
  options.directory = shards();
  EXPECT_EQ(Session::open(options, other.cursor()).error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(session_->close().ok());
  session_.reset();
  open();  // one after the other is fine
  EXPECT_EQ(listed().shards.size(), 2u);
}

TEST_F(SessionTest, SurvivesAWorkingDirectoryThatMovesAway) {
  const testing::TemporaryDirectory elsewhere;
  SessionOptions options;
  options.directory = "relative";
  options.segment_bytes = testing::kSmallSegment;
  ASSERT_EQ(::chdir(directory_.path().c_str()), 0);
  auto opened = Session::open(options, stream_.cursor());
  ASSERT_EQ(::chdir(elsewhere.path().c_str()), 0);
  ASSERT_TRUE(opened.ok());
  session_ = std::move(opened).value();
  define(100);
  for (uint32_t i = 0; i < 3 * shard::kHitBlockEntries; ++i) hit(1 + i % 100);
  EXPECT_TRUE(session_->close().ok());
  EXPECT_TRUE(testing::names_in(elsewhere.path()).empty());
}

TEST_F(SessionTest, IgnoresAnEntryOfZero) {
  open();
  session_->hits_full(0);
  EXPECT_TRUE(only_shard().hits.empty());
}

}  // namespace
}  // namespace alibi::recording
