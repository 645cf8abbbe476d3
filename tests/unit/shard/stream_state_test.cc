#include "tracer/shard/stream_state.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace alibi::shard {
namespace {

constexpr uint32_t context(uint32_t number) {
  return kControlBit | number;
}
constexpr uint32_t statement(uint32_t probe) {
  return kControlBit | kStatementBit | probe;
}

// The definition, entry by entry.
StreamState forwards(StreamState state, const std::vector<uint32_t>& entries) {
  for (const uint32_t entry : entries) {
    if ((entry & kControlBit) == 0) continue;
    if ((entry & kStatementBit) != 0) {
      state.statement = entry;
    } else if (entry == kConcurrentImport) {
      state.concurrent_import = true;
    } else {
      state = {entry, false, 0};
    }
  }
  return state;
}

TEST(StreamState, StartsInTheSession) {
  const StreamState state;
  EXPECT_EQ(state.context, context(kSessionContext));
  EXPECT_EQ(state.statement, 0u);
  EXPECT_FALSE(state.concurrent_import);
}

TEST(StreamState, AContextSwitchLeavesTheStatement) {
  StreamState state{context(1), true, statement(5)};
  state.advance(std::vector<uint32_t>{3, context(2), 4});
  EXPECT_EQ(state.context, context(2));
  EXPECT_EQ(state.statement, 0u);
  EXPECT_FALSE(state.concurrent_import);
}

TEST(StreamState, HitsChangeNothing) {
  StreamState state{context(1), true, statement(5)};
  state.advance(std::vector<uint32_t>{1, 2, 3});
  EXPECT_EQ(state.context, context(1));
  EXPECT_EQ(state.statement, statement(5));
  EXPECT_TRUE(state.concurrent_import);
}

TEST(StreamState, AgreesWithGoingForwardsOnRandomStreams) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    StreamState state;
    StreamState expected;
    for (int block = 0; block < 3; ++block) {
      std::vector<uint32_t> entries(random() % 12);
      for (uint32_t& entry : entries) {
        const uint32_t number = 1 + random() % 9;
        const uint32_t choices[] = {number, number, context(number), statement(number), kConcurrentImport};
        entry = choices[random() % 5];
      }
      state.advance(entries);
      expected = forwards(expected, entries);
      EXPECT_EQ(state.context, expected.context);
      EXPECT_EQ(state.statement, expected.statement);
      EXPECT_EQ(state.concurrent_import, expected.concurrent_import);
    }
  }
}

}  // namespace
}  // namespace alibi::shard
