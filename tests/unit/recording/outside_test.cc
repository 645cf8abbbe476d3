#include "tracer/recording/outside.h"

#include <gtest/gtest.h>

namespace alibi::recording {
namespace {

const Hash128 kSome{0x123456789abcdef0, 0xf};

TEST(Outside, IsReadAsItWasWritten) {
  Outside written;
  written.settings = {{"root", "/p"}, {"code_root", "/p=q"}, {"code_root", ""}};
  written.environment = kSome;
  written.variables = {{"A", {1, 2}}, {"B", {}}};
  const Result<Outside> read = parse_outside(outside_text(written));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->settings, written.settings);
  EXPECT_EQ(read->environment, written.environment);
  EXPECT_EQ(read->variables, written.variables);
}

TEST(Outside, HasTheHighHalfOfAHashFirstAndAllItsDigits) {
  Outside outside;
  outside.environment = kSome;
  EXPECT_EQ(outside_text(outside), "alibi outside 1\nset environment=000000000000000f123456789abcdef0\n");
}

TEST(Outside, KnowsNothingOfHashesThatAreNone) {
  for (const char* digits : {"", "1", "000000000000000f123456789abcdef", "000000000000000f123456789abcdefg",
                             "000000000000000f123456789abcdef00"}) {
    const std::string text =
        std::string("alibi outside 1\nset environment=") + digits + "\nenv A=" + digits + "\n";
    const Result<Outside> read = parse_outside(text);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->environment, Hash128{}) << digits;
    EXPECT_TRUE(read->settings.empty() && read->variables.empty()) << digits;
  }
}

TEST(Outside, LeavesOutWhatHoldsALineBreak) {
  Outside written;
  written.settings = {{"root", "/p\n/q"}};
  written.variables = {{"A\nB", {1, 2}}};
  const Result<Outside> read = parse_outside(outside_text(written));
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->settings.empty() && read->variables.empty());
}

TEST(Outside, IsNotReadFromAnotherText) {
  EXPECT_FALSE(parse_outside("").ok());
  EXPECT_FALSE(parse_outside("alibi outside 2\nset root=/p\n").ok());
}

}  // namespace
}  // namespace alibi::recording
