#include "collector/plan_folder/discovery_cache.h"

#include <gtest/gtest.h>

#include <set>

#include "collector/model/plan_errors.h"
#include "tests/support/temporary_directory.h"

namespace alibi::plan_folder {
namespace {

using alibi::testing::TemporaryDirectory;
using Hashes = std::map<std::string, std::string>;

const DiscoveryTerms kTerms = {"ruby", "rspec", "spec/**/*_spec.rb", "spec/system/**"};

DiscoveryCache example() {
  DiscoveryCache cache;
  cache.tests = {{"adds item", "Cart", "rspec", "{}", "spec/cart_spec.rb"},
                 {"a \"b\" <c>", "Order", "rspec", "", "spec/order_spec.rb"}};
  cache.metadata = {1, "abc123", kTerms, {}};
  return cache;
}

// Nobody may ask git.
DiscoveryHistory no_history() {
  return {[](const std::string&) {
            ADD_FAILURE() << "asked for a commit";
            return false;
          },
          {},
          {}};
}

DiscoveryHistory history(const std::vector<std::string>& changed,
                         const std::set<std::string>& commits = {"abc123"}) {
  return {[commits](const std::string& commit) { return commits.contains(commit); },
          [changed](const std::string&) -> Result<std::vector<std::string>> { return changed; },
          [](const std::string& pattern, const std::string& path) {
            EXPECT_EQ(pattern, "spec/**");
            return path.starts_with("spec/");
          }};
}

TEST(DiscoveryCache, HasTheBytesOfThePeer) {
  EXPECT_EQ(
      render_discovery(example()),
      R"({"name":"adds item","suite":"Cart","module":"rspec","parameters":"{}","suiteSourceFile":"spec/cart_spec.rb"})"
      "\n"
      R"({"name":"a \"b\" \u003cc\u003e","suite":"Order","module":"rspec","parameters":"","suiteSourceFile":"spec/order_spec.rb"})"
      "\n\n"
      R"({"_ddtest_discovery_cache_metadata":{"schemaVersion":1,"sourceCommit":"abc123","platform":"ruby",)"
      R"("framework":"rspec","testsLocation":"spec/**/*_spec.rb","testsExcludePattern":"spec/system/**"}})"
      "\n");
}

TEST(DiscoveryCache, IsReadBackWithTheHashesOfItsFiles) {
  const TemporaryDirectory directory;
  DiscoveryCache cache = example();
  cache.metadata.file_hashes = {{"spec/cart_spec.rb", hash_of_content("a")},
                                {"spec/\xFF.rb", hash_of_content("")}};
  const std::string path = directory / kDiscoveryFile;
  ASSERT_TRUE(write_discovery(path, cache));
  const Result<DiscoveryCache> read = read_discovery(path);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->tests, cache.tests);
  EXPECT_EQ(read->metadata.file_hashes, cache.metadata.file_hashes);
  EXPECT_EQ(read->metadata.source_commit, "abc123");
  EXPECT_EQ(read->metadata.terms.exclude, "spec/system/**");
}

TEST(DiscoveryCache, IsReadAsThePeerLeavesIt) {
  const Result<DiscoveryCache> read = parse_discovery(
      "{\"module\":\"rspec\",\"suite\":\"Cart\",\"name\":\"adds "
      "item\",\"suiteSourceFile\":\"spec/cart_spec.rb\","
      "\"more\":1}\r\n\n"
      "{\"_ddtest_discovery_cache_metadata\":{\"schemaVersion\":1,\"sourceCommit\":\"old\"}}\n"
      "{\"module\":\"rspec\",\"suite\":\"Cart\",\"name\":\"2\"}\n"
      "\n{\"_ddtest_discovery_cache_metadata\":{\"schemaVersion\":1,\"sourceCommit\":\"new\",\"later\":[]}}"
      "\n\n");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->tests.size(), 2u);
  EXPECT_EQ(read->tests[0].parameters, "");
  EXPECT_EQ(read->metadata.source_commit, "new");
}

TEST(DiscoveryCache, IsNoneWithoutTestsOrMetadataInItsLastLine) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "no test"},
      {"\n\n", "no test"},
      {"{", "line 1 is not a JSON object"},
      {"{\"name\":\"a\"}\n[]\n", "line 2 is not a JSON object"},
      {"{\"name\":\"a\"}\n", "no _ddtest_discovery_cache_metadata"},
      {"{\"_ddtest_discovery_cache_metadata\":{\"schemaVersion\":1}}\n{\"name\":\"a\"}\n", "no _ddtest"},
      {"{\"_ddtest_discovery_cache_metadata\":{\"schemaVersion\":1}}\n", "no test"},
      {"{\"name\":\"a\"}\n{\"_ddtest_discovery_cache_metadata\":{}}\n", "schemaVersion"},
      {"{\"name\":\"a\"}\n{\"_ddtest_discovery_cache_metadata\":{\"schemaVersion\":1,\"alibiFileHashes\":{}}}"
       "\n",
       "alibiFileHashes"}};
  for (const auto& [bytes, words] : bad) {
    const Result<DiscoveryCache> read = parse_discovery(bytes);
    ASSERT_FALSE(read) << bytes;
    EXPECT_EQ(read.error().code, collector::kPlanFullResults);
    EXPECT_NE(read.error().message.find(words), std::string::npos) << read.error().message;
  }
  EXPECT_FALSE(read_discovery("/nowhere/tests.json"));
  EXPECT_EQ(parse_discovered_tests("{\"name\":\"a\"}\n")->size(), 1u);
}

TEST(DiscoveryCache, IsOfUseWhileItsFilesAreTheSame) {
  DiscoveryMetadata metadata = example().metadata;
  metadata.file_hashes = {{"a", "1"}, {"b", "2"}};
  metadata.source_commit = "";  // not needed
  EXPECT_EQ(why_not_usable(metadata, kTerms, {{"a", "1"}, {"b", "2"}}, no_history()), "");
  EXPECT_EQ(why_not_usable(metadata, kTerms, {{"a", "1"}, {"b", "3"}}, no_history()), "b changed");
  EXPECT_EQ(why_not_usable(metadata, kTerms, {{"a", "1"}}, no_history()), "b is gone");
  EXPECT_EQ(why_not_usable(metadata, kTerms, {{"a", "1"}, {"b", "2"}, {"c", "4"}}, no_history()), "c is new");
}

TEST(DiscoveryCache, IsOfNoUseForOtherTerms) {
  const Hashes files = {{"a", "1"}};
  DiscoveryMetadata metadata = example().metadata;
  metadata.file_hashes = files;
  DiscoveryTerms other = kTerms;
  other.platform = "python";
  EXPECT_EQ(why_not_usable(metadata, other, files, no_history()),
            "it is of platform \"ruby\", not \"python\"");
  other = kTerms;
  other.framework = "minitest";
  EXPECT_NE(why_not_usable(metadata, other, files, no_history()).find("framework"), std::string::npos);
  other = kTerms;
  other.pattern = "x";
  EXPECT_NE(why_not_usable(metadata, other, files, no_history()).find("pattern"), std::string::npos);
  other = kTerms;
  other.exclude = "";
  EXPECT_NE(why_not_usable(metadata, other, files, no_history()).find("exclude pattern"), std::string::npos);
  metadata.schema = 2;
  EXPECT_EQ(why_not_usable(metadata, kTerms, files, no_history()), "it is of schema 2");
}

TEST(DiscoveryCache, OfThePeerIsOfUseByItsCommit) {
  DiscoveryMetadata metadata = example().metadata;
  EXPECT_EQ(why_not_usable(metadata, kTerms, {{"a", "1"}}, history({"README.md", "lib/x.rb"})), "");
  EXPECT_EQ(why_not_usable(metadata, kTerms, {}, history({"README.md", "./spec/x.rb"})),
            "./spec/x.rb changed since its commit");
  EXPECT_EQ(why_not_usable(metadata, kTerms, {}, history({}, {})), "its commit abc123 is not here");
  metadata.source_commit = "";
  EXPECT_EQ(why_not_usable(metadata, kTerms, {}, history({})), "it names no commit");
  DiscoveryHistory broken = history({});
  broken.changed_since = [](const std::string&) -> Result<std::vector<std::string>> {
    return Error{collector::kPlanGit, 0, "git refused"};
  };
  EXPECT_NE(why_not_usable(example().metadata, kTerms, {}, broken).find("git refused"), std::string::npos);
}

TEST(DiscoveryCache, OfThePeerLooksBelowTheFirstPartOfThePattern) {
  const std::vector<std::pair<std::string, std::string>> roots = {
      {"./test/**/*_test.rb", "test/**"}, {"**/test_*.py", "**/**"}, {"*_test.py", "*_test.py"}};
  for (const auto& [pattern, root] : roots) {
    DiscoveryMetadata metadata = example().metadata;
    metadata.terms.pattern = pattern;
    DiscoveryHistory asks = history({"x"});
    std::string asked;
    asks.matches = [&asked](const std::string& given, const std::string&) {
      asked = given;
      return false;
    };
    EXPECT_EQ(why_not_usable(metadata, metadata.terms, {}, asks), "");
    EXPECT_EQ(asked, root);
  }
}

}  // namespace
}  // namespace alibi::plan_folder
