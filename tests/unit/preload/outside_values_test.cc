#include "tracer/preload/outside_values.h"

#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdio>

#include "tests/support/temporary_directory.h"

namespace alibi::preload {
namespace {

Hash128 hash_of(std::string_view value) {
  return hash128(value.data(), value.size());
}

std::string line_of(std::string_view name, std::string_view value) {
  char digits[33];
  const Hash128 hash = hash_of(value);
  std::snprintf(digits, sizeof digits, "%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
  return "env " + std::string(name) + "=" + digits + "\n";
}

TEST(OutsideValues, AVariableIsAsTheSessionFoundItOrNot) {
  const OutsideValues outside("alibi outside 1\nset root=/work/p\nset exclude=\n" + line_of("HOME", "/root") +
                              line_of("EMPTY", ""));
  const Hash128 home = hash_of("/root"), other = hash_of("/tmp"), empty = hash_of("");
  EXPECT_TRUE(outside.has_variable("HOME", &home));
  EXPECT_FALSE(outside.has_variable("HOME", &other));
  EXPECT_FALSE(outside.has_variable("HOME", nullptr));
  EXPECT_TRUE(outside.has_variable("EMPTY", &empty));
  EXPECT_FALSE(outside.has_variable("NEW", &empty));
  EXPECT_TRUE(outside.has_variable("NEW", nullptr));
  EXPECT_EQ(outside.setting("root"), "/work/p");
  EXPECT_EQ(outside.setting("exclude"), "");
  EXPECT_EQ(outside.setting("inputs"), "");
}

TEST(OutsideValues, WithoutTheFileNothingIsTheSessions) {
  const testing::TemporaryDirectory directory;
  const OutsideValues outside = OutsideValues::read(FileSystem::real(), directory.path());
  const Hash128 value = hash_of("x");
  EXPECT_TRUE(outside.has_variable("HOME", &value));
  EXPECT_TRUE(outside.has_variable("HOME", nullptr));
  EXPECT_EQ(outside.setting("root"), "");
}

TEST(OutsideValues, ForeignBytesSayNothing) {
  const Hash128 value = hash_of("x");
  for (const char* text : {"", "alibi outside 2\nenv A=0\n", "env A=0"})
    EXPECT_TRUE(OutsideValues(text).has_variable("A", &value)) << text;
  for (const char* line : {"env A=0\n", "env A=\n", "env A=zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\n", "env A"})
    EXPECT_FALSE(OutsideValues(std::string("alibi outside 1\n") + line).has_variable("A", &value)) << line;
}

TEST(OutsideValues, IsReadFromTheSessionDirectory) {
  const testing::TemporaryDirectory directory;
  testing::write_text(directory / "outside", "alibi outside 1\nset root=/r\n" + line_of("A", "1"));
  const OutsideValues outside = OutsideValues::read(FileSystem::real(), directory.path());
  const Hash128 one = hash_of("1");
  EXPECT_EQ(outside.setting("root"), "/r");
  EXPECT_TRUE(outside.has_variable("A", &one));
}

}  // namespace
}  // namespace alibi::preload
