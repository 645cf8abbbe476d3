#include "collector/framework/javascript/command_line.h"

#include <gtest/gtest.h>

namespace alibi::framework::javascript {
namespace {

const OptionTable kTable = {{"--format", Takes::kValue},
                            {"-f", Takes::kValue},
                            {"--project", Takes::kValues},
                            {"--record", Takes::kMaybeValue},
                            {"--spec", Takes::kValue}};

TEST(ToolPosition, FindsTheToolWhereverItStands) {
  EXPECT_EQ(tool_position({"node_modules/.bin/jest"}, "jest"), 0U);
  EXPECT_EQ(tool_position({"npx", "jest@29"}, "jest"), 1U);
  EXPECT_EQ(tool_position({"node", "--inspect", "node_modules/jest/bin/jest.js"}, "jest"), 2U);
  EXPECT_EQ(tool_position({"node_modules/.bin/_mocha"}, "mocha"), 0U);
  EXPECT_EQ(tool_position({"npm", "test"}, "mocha"), std::nullopt);
  EXPECT_EQ(tool_position({"yarn", "mocha-parallel"}, "mocha"), std::nullopt);
}

TEST(WithArguments, PutsThemBehindTwoDashesForNpmOnly) {
  EXPECT_EQ(with_arguments({"npm", "test"}, {"--listTests"}), (Words{"npm", "test", "--", "--listTests"}));
  EXPECT_EQ(with_arguments(with_arguments({"npm", "test"}, {"a"}), {"b"}),
            (Words{"npm", "test", "--", "a", "b"}));
  EXPECT_EQ(with_arguments({"npx", "jest"}, {"--listTests"}), (Words{"npx", "jest", "--listTests"}));
}

TEST(SortedWords, KnowsWhichWordsBelongToAnOption) {
  const SortedWords sorted = sorted_words({"a.feature", "--format", "progress", "--format=x:y", "--bail",
                                           "b.feature", "-fz", "--record", "c.feature"},
                                          kTable, {});
  EXPECT_EQ(sorted.kept,
            (Words{"--format", "progress", "--format=x:y", "--bail", "-fz", "--record", "c.feature"}));
  EXPECT_EQ(sorted.positional, (Words{"a.feature", "b.feature"}));
}

TEST(SortedWords, GivesAnOptionOfManyAllWordsUpToTheNextOption) {
  const SortedWords sorted =
      sorted_words({"--project", "one", "two", "--record", "--bail", "three"}, kTable, {});
  EXPECT_EQ(sorted.kept, (Words{"--project", "one", "two", "--record", "--bail"}));
  EXPECT_EQ(sorted.positional, Words{"three"});
}

TEST(SortedWords, LeavesOutDroppedOptionsWithTheirValues) {
  const SortedWords sorted =
      sorted_words({"--spec", "a", "-f", "b", "--spec=c", "--spec"}, kTable, {"--spec"});
  EXPECT_EQ(sorted.kept, (Words{"-f", "b"}));
  EXPECT_EQ(sorted.dropped, (Words{"--spec", "--spec", "--spec"}));
  EXPECT_TRUE(sorted.positional.empty());
}

TEST(ValueOf, TakesTheLastOne) {
  EXPECT_EQ(value_of({"-P", "a", "--project=b"}, {"--project", "-P"}), "b");
  EXPECT_EQ(value_of({"--project"}, {"--project"}), std::nullopt);
  EXPECT_EQ(value_of({"--projects=x"}, {"--project"}), std::nullopt);
}

TEST(Batches, HoldWhatThereIsRoomForInOrder) {
  const Words files = {"aaaa", "bbbb", "cccc"};
  EXPECT_EQ(batches(files, 1000, 0), std::vector<Words>{files});
  EXPECT_EQ(batches(files, 30, 0), (std::vector<Words>{{"aaaa", "bbbb"}, {"cccc"}}));
  EXPECT_TRUE(batches({}, 1000, 0).empty());
}

TEST(Batches, HoldAFileThatIsLongerThanTheRoom) {
  EXPECT_EQ(batches({"aaaa", "bbbb"}, 1, 0), (std::vector<Words>{{"aaaa"}, {"bbbb"}}));
}

TEST(ArgumentRoom, IsThatOfOneArgumentWhereAShellIsBetween) {
  EXPECT_LT(argument_room({"npx", "jest"}, {}), size_t{128} << 10);
  EXPECT_GT(argument_room({"node_modules/.bin/jest"}, {}), size_t{128} << 10);
}

TEST(ArgumentRoom, GrowsSmallerWithTheEnvironment) {
  const size_t empty = argument_room({"jest"}, {});
  EXPECT_LE(argument_room({"jest"}, {{"BIG", std::string(size_t{4} << 20, 'x')}}), empty / 2);
}

TEST(Shown, KeepsTokensToItself) {
  EXPECT_EQ(shown({"cypress", "--key", "secret", "run"}), "cypress --key *** run");
  EXPECT_EQ(shown({"cucumber-js", "--publish-token", "secret", "--publish-token=secret"}),
            "cucumber-js --publish-token *** --publish-token=***");
}

}  // namespace
}  // namespace alibi::framework::javascript
