#include "collector/framework/shell_words.h"

#include <gtest/gtest.h>

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

TEST(ShellWords, AreQuotedAsInAShell) {
  EXPECT_EQ(split_command(R"(bin/x 'a b' "c \"d\"" e\ f g'h'"i" '' )").words,
            (Words{"bin/x", "a b", "c \"d\"", "e f", "ghi", ""}));
  EXPECT_EQ(split_command("").words, Words{});
}

TEST(ShellWords, OfBadQuotingAreSplitAtBlanksWithAWarning) {
  for (const char* const text : {"rspec 'a b", "rspec \"a b", "rspec a b\\"}) {
    const ShellWords split = split_command(text);
    EXPECT_EQ(split.words.size(), 3U) << text;
    ASSERT_EQ(split.warnings.size(), 1U) << text;
    EXPECT_NE(split.warnings[0].find("not closed"), std::string::npos);
  }
}

TEST(ShellWords, EndAtTheFirstWholeWordOfTwoDashesQuotedOrNot) {
  EXPECT_EQ(split_command("npm test -- --ci").words, (Words{"npm", "test"}));
  EXPECT_EQ(split_command("npm '--' x").words, Words{"npm"});
  EXPECT_EQ(split_command("npm test -- --ci").warnings.size(), 1U);
}

TEST(ShellWords, KeepTwoDashesWithinALongerWord) {
  const ShellWords split = split_command("npm --if-present a--b 'x -- y'");
  EXPECT_EQ(split.words, (Words{"npm", "--if-present", "a--b", "x -- y"}));
  EXPECT_TRUE(split.warnings.empty());
}

}  // namespace
}  // namespace alibi::framework
