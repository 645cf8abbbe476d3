#include "collector/cli/node_command.h"

#include <gtest/gtest.h>

namespace alibi::cli {
namespace {

SplittingOptions options_of(std::map<std::string, std::vector<std::string>> flags) {
  SplittingOptions options;
  options.flags = std::move(flags);
  return options;
}

TEST(NodeCommand, HasTheFlagsOfThePlanThatARunHeeds) {
  const SplittingOptions options = options_of({{"--retry-failed", {"2"}},
                                               {"--fail-fast", {"true"}},
                                               {"--no-steal", {"false"}},
                                               {"--ci-node-workers", {"ncpu"}},
                                               {"--min-parallelism", {"3"}},
                                               {"--framework", {"pytest"}}});
  EXPECT_EQ(node_command(options), "alibi run --ci-node-workers ncpu --fail-fast --retry-failed 2");
  EXPECT_EQ(not_for_nodes(options), std::vector<std::string>());
}

TEST(NodeCommand, QuotesForAShell) {
  SplittingOptions options = options_of({{"--logs", {"it's $here"}}});
  options.data = "a b";
  EXPECT_EQ(node_command(options), "alibi run --logs 'it'\\''s $here' --data 'a b'");
}

TEST(NodeCommand, ShowsNothingThatMayBeASecretAndSaysSo) {
  const SplittingOptions options =
      options_of({{"--queue", {"redis://:word@host"}}, {"--worker-env", {"TOKEN=word"}}});
  EXPECT_EQ(node_command(options), "alibi run");
  const std::vector<std::string> notices = not_for_nodes(options);
  ASSERT_EQ(notices.size(), 2U);
  for (const std::string& notice : notices) EXPECT_EQ(notice.find("word@"), std::string::npos);
  EXPECT_NE(notices[0].find("set ALIBI_QUEUE there"), std::string::npos);
}

}  // namespace
}  // namespace alibi::cli
