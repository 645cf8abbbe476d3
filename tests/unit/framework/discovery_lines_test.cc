#include "collector/framework/discovery_lines.h"

#include <gtest/gtest.h>

#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

TEST(DiscoveryLines, ClearAFileOnlyIfEachOfItsTestsIs) {
  const Result<Discovery> found = parse_discovery_lines(
      R"({"name":"a","suite":"s","module":"m","suiteSourceFile":"./x.py","skipped":true,"reason":"why"})"
      "\n"
      R"({"name":"b","suite":"s","module":"m","suiteSourceFile":"x.py"})"
      "\n\n"
      R"({"name":"c","suite":"s","module":"m","suiteSourceFile":"a.py","skipped":true,"reason":"why"})"
      "\n"
      R"({"cleared":"z.py","reason":"so"})"
      "\n"
      R"({"cleared":"x.py","reason":"so"})"
      "\n"
      R"({"notice":"n"})");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->files, (Words{"a.py", "x.py", "z.py"}));
  EXPECT_EQ(found->cleared, (std::map<std::string, std::string>{{"a.py", "why"}, {"z.py", "so"}}));
  EXPECT_EQ(found->tests.size(), 3U);
  EXPECT_EQ(found->notices, Words{"n"});
}

TEST(DiscoveryLines, NameFilesThatHaveNoTests) {
  const std::string test = R"({"name":"a","suite":"s","module":"m","suiteSourceFile":"x.py"})";
  const std::string files = "\n{\"file\":\"./z.yaml\"}\n{\"file\":\"x.py\"}\n";
  const Result<Discovery> complete = parse_discovery_lines(test + files);
  ASSERT_TRUE(complete.ok());
  EXPECT_EQ(complete->files, (Words{"x.py", "z.yaml"}));
  EXPECT_TRUE(complete->files_complete);
  EXPECT_FALSE(parse_discovery_lines(test)->files_complete);
  const Result<Discovery> partial = parse_discovery_lines(test + files + "{\"uncollected\":\"deep\"}\n");
  EXPECT_EQ(partial->files, complete->files);
  EXPECT_FALSE(partial->files_complete);
}

TEST(DiscoveryLines, ThatMeanNothingAreAnErrorWithTheirNumber) {
  for (const char* const line :
       {"{", "[]", "7", "{}", "{\"name\":\"a\"}", "{\"name\":1,\"suiteSourceFile\":\"x\"}",
        "{\"name\":\"\xff\",\"suiteSourceFile\":\"x\"}"}) {
    const Result<Discovery> found =
        parse_discovery_lines("{\"name\":\"a\",\"suiteSourceFile\":\"x\"}\n" + std::string(line) + "\n");
    ASSERT_FALSE(found.ok()) << line;
    EXPECT_EQ(found.error().code, collector::kPlanFullResults);
    EXPECT_EQ(found.error().message.rfind("line 2 of", 0), 0U);
  }
}

TEST(EndOfOutput, IsItsLastLinesWithWhatWentToTheErrors) {
  process::ChildOutput output;
  for (int i = 0; i < 1000; ++i) output.text += "line " + std::to_string(i) + "\n";
  output.errors = "and why\n";
  const std::string end = end_of_output(output);
  EXPECT_LT(end.size(), 2100U);
  EXPECT_TRUE(end.starts_with("...\nline "));
  EXPECT_TRUE(end.ends_with("line 999\nand why"));
}

}  // namespace
}  // namespace alibi::framework
