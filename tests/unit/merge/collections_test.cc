// Collections of test files: kept once, charged by name, complete only when everything about them is.
#include <gtest/gtest.h>

#include "collector/merge/merger.h"
#include "collector/model/test_view.h"
#include "tests/unit/merge/shard_builder.h"

namespace alibi::collector {
namespace {

using testing::merge_built;
using testing::ShardBuilder;
using testing::statement;
using testing::to_context;

// Collects t.py, whose module is a.py here, and runs one of its two tests.
ShardBuilder worker(const std::string& name) {
  ShardBuilder shard(name);
  shard.file(1, "/p/a.py").module(1, 20, 1).function(21, 3, 1, 3, "f").function(24, 3, 1, 7, "g");
  shard.collection(1, "t.py", {"t.py::two", "t.py::one"});
  shard.hits({to_context(1), statement(2), 21, to_context(0)});
  shard.input(1, model::InputKind::kDirectory, "/p/cases");
  shard.end(1).test(2, "t.py::one").charge(2, 1).hits({to_context(2), 24, to_context(0)}).end(2);
  return shard;
}

TEST(Collections, KeepTheirEvidenceAndAllTestsThatWereFound) {
  const ShardBuilder shard = worker("a.shard");
  const SessionCoverage coverage = merge_built({&shard});
  ASSERT_EQ(coverage.collections.size(), 1U);
  const Collection& collection = coverage.collections[0];
  EXPECT_EQ(collection.name, "t.py");
  EXPECT_TRUE(collection.complete);
  EXPECT_EQ(collection.tests, (std::vector<std::string>{"t.py::one", "t.py::two"}));
  EXPECT_EQ(collection.evidence.statements.size(), 1U);
  ASSERT_EQ(collection.evidence.inputs.size(), 1U);
  EXPECT_TRUE(coverage.session.statements.empty());
  EXPECT_TRUE(coverage.session.inputs.empty());
  ASSERT_EQ(coverage.tests.size(), 1U);
  const TestCoverage& test = coverage.tests[0];
  EXPECT_TRUE(test.complete);
  EXPECT_TRUE(test.fixtures.empty());
  EXPECT_TRUE(coverage.fixtures.empty());
  EXPECT_TRUE(test.evidence.inputs.empty());
  EXPECT_EQ(test.collections, (std::vector<uint32_t>{0}));
  const std::vector<const Evidence*> all = all_evidence(coverage, test);
  EXPECT_EQ(all, (std::vector<const Evidence*>{&test.evidence, &collection.evidence, &coverage.session}));
}

TEST(Collections, OfTheSameFileInSeveralWorkersAreOne) {
  const ShardBuilder one = worker("a.shard");
  ShardBuilder two("b.shard");
  two.role(model::Role::kWorker, 101).collection(1, "t.py", {"t.py::one", "t.py::three"}).end(1);
  two.input(1, model::InputKind::kDirectory, "/p/more");
  const SessionCoverage coverage = merge_built({&two, &one});
  ASSERT_EQ(coverage.collections.size(), 1U);
  EXPECT_EQ(coverage.collections[0].tests,
            (std::vector<std::string>{"t.py::one", "t.py::three", "t.py::two"}));
  EXPECT_EQ(coverage.collections[0].evidence.inputs.size(), 2U);
  EXPECT_TRUE(coverage.collections[0].complete);
}

TEST(Collections, ThatFailedOrDidNotEndAreIncompleteAndCostTheirTestsNothing) {
  const ShardBuilder well = worker("a.shard");
  for (const bool ended : {false, true}) {
    ShardBuilder other("b.shard");
    other.role(model::Role::kWorker, 101).collection(1, "t.py", {"t.py::one"});
    if (ended) other.end(1, Outcome::kError);
    const SessionCoverage coverage = merge_built({&well, &other});
    EXPECT_FALSE(coverage.collections[0].complete);
    EXPECT_TRUE(coverage.tests[0].complete);
  }
}

TEST(Collections, WhoseEvidenceWasLostCostTheirTestsTheAlibi) {
  ShardBuilder shard = worker("a.shard");
  shard.drop(1, 10, 1);
  const SessionCoverage coverage = merge_built({&shard});
  EXPECT_FALSE(coverage.collections[0].complete);
  EXPECT_FALSE(coverage.tests[0].complete);
}

TEST(Collections, AreIncompleteWhenAShardIsLostOrDamaged) {
  const ShardBuilder shard = worker("a.shard");
  EXPECT_FALSE(merge_built({&shard}, {{"x.shard", "gone", 0, true}}).collections[0].complete);
  ShardBuilder damaged = worker("a.shard");
  damaged.damaged();
  EXPECT_FALSE(merge_built({&damaged}).collections[0].complete);
}

TEST(Collections, ACollectedRecordOfAnotherContextIsIgnored) {
  ShardBuilder shard("a.shard");
  shard.collection(1, "t.py", {}).test(2, "t.py::one").end(1).end(2);
  ShardContent content = shard.content();
  content.collected.push_back({model::ContextId{2}, "t.py::strange"});
  content.collected.push_back({model::ContextId{77}, "t.py::nowhere"});
  const SessionCoverage coverage = testing::merge_listed({content});
  ASSERT_EQ(coverage.collections.size(), 1U);
  EXPECT_TRUE(coverage.collections[0].tests.empty());
}

}  // namespace
}  // namespace alibi::collector
