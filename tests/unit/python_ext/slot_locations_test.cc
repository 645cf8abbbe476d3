#include "slot_locations.h"

#include <gtest/gtest.h>

#include <random>

namespace alibi::python {
namespace {

using Locations = std::vector<Location>;

constexpr int kFirstLine = 100;

std::string written(const Locations& locations, int first_line = kFirstLine) {
  LocationWriter writer(first_line);
  for (const Location& location : locations) writer.append(location, 1);
  return writer.bytes();
}

// One entry of each form of CPython 3.11's Objects/locations.md, put together by hand.
struct Form {
  const char* name;
  std::string bytes;
  Location location;
};
const Form kForms[] = {
    {"short, columns 13 to 16", std::string("\x88\x53", 2), {100, 100, 13, 16}},
    {"one line, +0", std::string("\xd0\x50\x60", 3), {100, 100, 80, 96}},
    {"one line, +1", std::string("\xd8\x04\x09", 3), {101, 101, 4, 9}},
    {"one line, +2", std::string("\xe0\x00\x7f", 3), {102, 102, 0, 127}},
    {"no columns, -3", std::string("\xe8\x07", 2), {97, 97, -1, -1}},
    // The signed varint 80 is +40; then two lines further; columns 4 and 188, each plus one.
    {"long, +40 to +42", std::string("\xf0\x50\x01\x02\x05\x7d\x02", 7), {140, 142, 4, 188}},
    {"none", std::string("\xf8", 1), {-1, -1, -1, -1}},
};

TEST(SlotLocations, OfEveryFormAreRead) {
  for (const Form& form : kForms)
    EXPECT_EQ(decode_locations(form.bytes, kFirstLine, 1), Locations{form.location}) << form.name;
}

TEST(SlotLocations, OfEveryFormAreWritten) {
  for (const Form& form : kForms) EXPECT_EQ(written({form.location}), form.bytes) << form.name;
}

TEST(SlotLocations, OfMoreThanEightUnitsTakeSeveralEntries) {
  LocationWriter writer(kFirstLine);
  writer.append({101, 101, 4, 9}, 19);
  EXPECT_EQ(decode_locations(writer.bytes(), kFirstLine, 19), Locations(19, {101, 101, 4, 9}));
  EXPECT_EQ(writer.bytes().size(), 3U + 2U + 2U) << "only the first entry moves to the next line";
}

TEST(SlotLocations, OfADamagedTableEndWhereTheDamageBegins) {
  std::string bytes = written({{101, 101, 4, 9}, {140, 142, 4, 188}});
  for (size_t length = 0; length <= bytes.size(); ++length) {
    const Locations read = decode_locations(std::string_view(bytes).substr(0, length), kFirstLine, 3);
    ASSERT_EQ(read.size(), 3U);
    EXPECT_EQ(read[0].has_line(), length >= 3);
    EXPECT_EQ(read[1].has_line(), length == bytes.size());
    EXPECT_FALSE(read[2].has_line());
  }
  EXPECT_EQ(decode_locations(std::string(200, '\xff'), kFirstLine, 4).size(), 4U);
}

TEST(SlotLocations, WithMoreEntriesThanUnitsAreCutOff) {
  EXPECT_EQ(decode_locations(written(Locations(9, {100, 100, 1, 2})), kFirstLine, 4).size(), 4U);
}

TEST(SlotLocations, OfAnyKindComeBackAsTheyWere) {
  std::mt19937 random(311);
  const auto number = [&random](int most) {
    return static_cast<int>(random() % static_cast<unsigned>(most + 1));
  };
  for (int round = 0; round < 1000; ++round) {
    Locations locations;
    for (int count = number(40); count != 0; --count) {
      Location location;
      if (number(9) != 0) {
        location.line = 1 + number(round % 2 == 0 ? 5 : 100'000);
        location.end_line = location.line + (number(3) == 0 ? number(3) : 0);
        if (number(4) != 0) {
          location.column = number(150);
          location.end_column =
              location.end_line == location.line ? location.column + number(20) : number(150);
        }
      }
      // Without columns only one line can be said.
      if (location.column < 0) location.end_line = location.line;
      locations.push_back(location);
    }
    ASSERT_EQ(decode_locations(written(locations), kFirstLine, locations.size()), locations)
        << "round " << round;
  }
}

}  // namespace
}  // namespace alibi::python
