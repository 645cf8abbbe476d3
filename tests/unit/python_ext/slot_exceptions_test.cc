#include "slot_exceptions.h"

#include <gtest/gtest.h>

#include <random>

namespace alibi::python {
namespace {

using Entries = std::vector<ExceptionEntry>;

// The example of CPython 3.11's Objects/exception_handling_notes.txt: units 20 to 28, handler at 100,
// depth 3.
const std::string kExample("\x94\x08\x41\x24\x06", 5);

TEST(SlotExceptions, ReadTheExampleOfCPythonsNotes) {
  EXPECT_EQ(decode_exceptions(kExample, 101), (Entries{{20, 28, 100, 3 << 1}}));
}

TEST(SlotExceptions, WriteTheExampleOfCPythonsNotes) {
  EXPECT_EQ(encode_exceptions({{20, 28, 100, 3 << 1}}), kExample);
}

TEST(SlotExceptions, OnlyTheFirstByteOfAnEntryIsMarked) {
  const std::string bytes = encode_exceptions({{5000, 5001, 70000, 1}, {0, 63, 64, 4096}});
  int marked = 0;
  for (char byte : bytes) marked += (static_cast<unsigned char>(byte) & 0x80) != 0 ? 1 : 0;
  EXPECT_EQ(marked, 2);
  EXPECT_EQ(decode_exceptions(bytes, 70001), (Entries{{5000, 5001, 70000, 1}, {0, 63, 64, 4096}}));
}

TEST(SlotExceptions, OfCodeWithoutHandlersAreEmpty) {
  EXPECT_EQ(decode_exceptions("", 0), Entries());
  EXPECT_EQ(encode_exceptions({}), "");
}

TEST(SlotExceptions, CutShortAtAnyByteAreDamaged) {
  const std::string two = kExample + kExample;
  for (size_t length = 1; length < two.size(); ++length) {
    const bool whole_entry = length == kExample.size();
    EXPECT_EQ(decode_exceptions(two.substr(0, length), 101).has_value(), whole_entry) << length;
  }
}

TEST(SlotExceptions, OutsideTheirCodeAreDamaged) {
  EXPECT_TRUE(decode_exceptions(encode_exceptions({{1, 4, 3, 0}}), 4));
  EXPECT_FALSE(decode_exceptions(encode_exceptions({{1, 5, 3, 0}}), 4)) << "ends behind the code";
  EXPECT_FALSE(decode_exceptions(encode_exceptions({{1, 2, 4, 0}}), 4)) << "handler behind the code";
  EXPECT_FALSE(decode_exceptions(std::string(8, '\x7f') + '\x01', 4)) << "a number of 54 bits";
}

TEST(SlotExceptions, OfAnyKindComeBackAsTheyWere) {
  std::mt19937 random(311);
  const auto below = [&random](uint32_t limit) { return static_cast<uint32_t>(random() % limit); };
  for (int round = 0; round < 1000; ++round) {
    const uint32_t units = 1 + below(round % 2 == 0 ? 100U : 1U << 20);
    Entries entries;
    for (uint32_t count = below(20); count != 0; --count) {
      const uint32_t begin = below(units);
      entries.push_back({begin, begin + below(units - begin + 1), below(units), below(5000)});
    }
    ASSERT_EQ(decode_exceptions(encode_exceptions(entries), units), entries) << "round " << round;
  }
}

}  // namespace
}  // namespace alibi::python
