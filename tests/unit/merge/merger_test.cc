#include "collector/merge/merger.h"

#include <gtest/gtest.h>

#include <map>

#include "collector/model/test_view.h"
#include "tests/unit/merge/shard_builder.h"
#include "tracer/shard/format.h"

namespace alibi::collector {
namespace {

using testing::merge_built;
using testing::ShardBuilder;
using testing::statement;
using testing::to_context;
using Files = std::map<std::string, std::vector<uint32_t>>;

Files files_of(const SessionCoverage& coverage, const std::string& id) {
  for (const TestCoverage& test : coverage.tests) {
    if (test.id == id) return view_evidence(coverage, test.evidence).files;
  }
  ADD_FAILURE() << "no test " << id;
  return {};
}

const TestCoverage& test_of(const SessionCoverage& coverage, const std::string& id) {
  for (const TestCoverage& test : coverage.tests) {
    if (test.id == id) return test;
  }
  static const TestCoverage none;
  ADD_FAILURE() << "no test " << id;
  return none;
}

uint64_t drops_of(const DropCounts& drops, CollectorDrop reason) {
  for (const DropCount& drop : drops) {
    if (drop.reason == static_cast<uint32_t>(reason)) return drop.count;
  }
  return 0;
}

// a.py: module lines 1-20 (probes 1-20), f lines 3-5 (21-23), g lines 7-9 (24-26); b.py: module 1-10 (31-40),
// h 2-4 (41-43).
ShardBuilder project(const std::string& name) {
  ShardBuilder shard(name);
  shard.file(1, "/p/a.py").file(2, "/p/b.py");
  shard.module(1, 20, 1).function(21, 3, 1, 3, "f").function(24, 3, 1, 7, "g");
  shard.module(31, 10, 2).function(41, 3, 2, 2, "h").names(21, {"limit", "h"});
  return shard;
}

TEST(Merger, KeepsTheLastNoteOfEachAttemptAndAllOfTheSession) {
  ShardBuilder one = project("one");
  one.test(1, "t").test(2, "t").end(1, model::Outcome::kFailed).end(2, model::Outcome::kPassed);
  one.note(0, "left out").note(1, "first begins").note(1, "first").note(2, "again");
  ShardBuilder two = project("two");
  two.note(0, "another");
  const SessionCoverage coverage = merge_built({&one, &two});
  EXPECT_EQ(test_of(coverage, "t").notes, (std::vector<std::string>{"again", "first"}));
  EXPECT_EQ(coverage.notes, (std::vector<std::string>{"another", "left out"}));
}

TEST(Merger, KnowsWhatCouldRunFromTheOutlinesOfAllProcesses) {
  ShardBuilder one = project("one");
  one.outline(1, 0, "\x06", {{2, "f"}}).outline(2, 8, "\x01");
  ShardBuilder two = project("two");
  two.outline(1, 2, std::string("\x01\x00\x80", 3), {{9, "g"}, {2, "f"}});
  two.outline(7, 1, "\x01");  // of a file whose definition is torn
  const SessionCoverage coverage = merge_built({&one, &two});
  ASSERT_EQ(coverage.files.size(), 2U);
  EXPECT_EQ(coverage.files[0].lines, (std::vector<uint32_t>{1, 2, 25}));
  EXPECT_EQ(coverage.files[0].functions, (std::vector<Function>{{2, "f"}, {9, "g"}}));
  EXPECT_EQ(coverage.files[1].lines, (std::vector<uint32_t>{8}));
  EXPECT_TRUE(coverage.files[1].functions.empty());
}

TEST(Merger, TurnsProbesIntoLinesOfTheirUnits) {
  ShardBuilder shard = project("a.shard");
  shard.test(1, "t").hits({to_context(1), 22, 21, 22, 43, to_context(0)}).end(1);
  const SessionCoverage coverage = merge_built({&shard});
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3, 4}}, {"b.py", {4}}}));
  const TestCoverage& test = test_of(coverage, "t");
  EXPECT_TRUE(test.complete);
  EXPECT_EQ(test.outcome, Outcome::kPassed);
  EXPECT_EQ(test.processes, 1U);
  const EvidenceView view = view_evidence(coverage, test.evidence);
  EXPECT_EQ(view.scopes.size(), 2U);
  EXPECT_EQ(view.names,
            (std::set<std::pair<std::string, std::string>>{{"global", "h"}, {"global", "limit"}}));
}

TEST(Merger, ChargesFixturesTransitivelyToTheirUsers) {
  ShardBuilder shard = project("a.shard");
  shard.fixture(1, "database").fixture(2, "client").test(3, "t1").test(4, "t2");
  shard.hits({to_context(1), 21, to_context(2), 24, to_context(3), 41, to_context(4), 42, to_context(0)});
  shard.charge(2, 1).charge(3, 2).end(3).end(4).input(1, InputKind::kFile, "/p/data.txt");
  const SessionCoverage coverage = merge_built({&shard});
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"a.py", {3, 7}}, {"b.py", {2}}}));
  EXPECT_EQ(files_of(coverage, "t2"), (Files{{"b.py", {3}}}));
  EXPECT_EQ(test_of(coverage, "t1").fixtures.size(), 2U);
  EXPECT_EQ(test_of(coverage, "t1").evidence.inputs.size(), 1U);
  EXPECT_TRUE(test_of(coverage, "t2").evidence.inputs.empty());
}

TEST(Merger, ACircleOfChargesEnds) {
  ShardBuilder shard = project("a.shard");
  shard.fixture(1, "a").fixture(2, "b").test(3, "t").hits({to_context(1), 21, to_context(2), 24});
  shard.charge(1, 2).charge(2, 1).charge(3, 1).charge(3, 3).end(3);
  EXPECT_EQ(files_of(merge_built({&shard}), "t"), (Files{{"a.py", {3, 7}}}));
}

TEST(Merger, ImportsAreStoredPerStatementWithWhatTheyRanAndImported) {
  ShardBuilder shard = project("a.shard");
  // Line 1 of a imports b, whose line 5 calls h; then line 2 of a calls f.
  shard.hits({to_context(0), statement(1), statement(31), statement(35), 41, 42, statement(1), statement(2),
              21, to_context(0)});
  const SessionCoverage coverage = merge_built({&shard});
  ASSERT_EQ(coverage.statements.size(), 4U);
  const Statement& imports = coverage.statements[0];
  EXPECT_EQ(imports.line, 1U);
  EXPECT_EQ(imports.imports, std::vector<uint32_t>{1}) << "b.py";
  EXPECT_TRUE(imports.files.empty());
  const Statement& calls_f = coverage.statements[1];
  EXPECT_EQ(calls_f.line, 2U);
  ASSERT_EQ(calls_f.files.size(), 1U);
  EXPECT_EQ(calls_f.files[0].lines, std::vector<uint32_t>{3});
  EXPECT_EQ(coverage.statements[3].line, 5U);
  EXPECT_TRUE(coverage.statements[3].imports.empty());
  EXPECT_EQ(coverage.session.statements.size(), 4U);
  EXPECT_TRUE(coverage.session.files.empty()) << "what ran under statements is theirs";
}

TEST(Merger, ATestThatTriggersAnImportGetsItsLines) {
  ShardBuilder shard = project("a.shard");
  shard.test(1, "t").hits({to_context(1), 21, statement(31), 41, to_context(1), 22, to_context(0)}).end(1);
  const SessionCoverage coverage = merge_built({&shard});
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3, 4}}, {"b.py", {1, 2}}}));
  EXPECT_EQ(test_of(coverage, "t").evidence.files.size(), 1U) << "apart from its own";
}

TEST(Merger, DuringAConcurrentImportHitsCountForTheContextToo) {
  ShardBuilder shard = project("a.shard");
  shard.test(1, "t").end(1);
  shard.hits({to_context(1), statement(31), 41, alibi::shard::kConcurrentImport, 42, statement(32), 43,
              to_context(1), statement(33), 21});
  const SessionCoverage coverage = merge_built({&shard});
  ASSERT_EQ(test_of(coverage, "t").evidence.files.size(), 1U);
  EXPECT_EQ(test_of(coverage, "t").evidence.files[0].lines, (std::vector<uint32_t>{3, 4}))
      << "until the next switch";
}

TEST(Merger, AForkedChildContinuesItsParentsNumbers) {
  ShardBuilder parent = project("parent.shard");
  parent.test(1, "t").hits({to_context(1), 21}).end(1);
  const uint64_t at_fork = parent.bytes();
  parent.function(50, 2, 1, 15, "parent_only").test(2, "later").hits({to_context(2), 50}).end(2);
  ShardBuilder child("child.shard");
  child.forked_from("parent.shard", at_fork)
      .function(50, 2, 2, 8, "child_only")
      .hits({to_context(1), 22, 50});
  const SessionCoverage coverage = merge_built({&child, &parent});
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3, 4}}, {"b.py", {8}}}));
  EXPECT_EQ(files_of(coverage, "later"), (Files{{"a.py", {15}}}));
  EXPECT_EQ(test_of(coverage, "t").processes, 2U);
  EXPECT_TRUE(test_of(coverage, "t").complete);
}

TEST(Merger, AGrandchildInheritsThroughItsParent) {
  ShardBuilder parent = project("1.shard");
  parent.test(1, "t").hits({to_context(1), 21}).end(1);
  ShardBuilder child("2.shard");
  child.forked_from("1.shard", parent.bytes()).function(50, 2, 1, 15, "own").hits({to_context(1), 50});
  ShardBuilder grandchild("0.shard");
  grandchild.forked_from("2.shard", child.bytes()).hits({to_context(1), 23, 51});
  EXPECT_EQ(files_of(merge_built({&parent, &child, &grandchild}), "t"), (Files{{"a.py", {3, 5, 15, 16}}}));
}

TEST(Merger, AChildWithoutItsParentCostsEveryAlibi) {
  ShardBuilder child("child.shard");
  child.forked_from("gone.shard", 9000).hits({to_context(1), 22});
  ShardBuilder other = project("other.shard");
  other.test(1, "t").hits({to_context(1), 21}).end(1);
  const SessionCoverage coverage = merge_built({&child, &other});
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3}}}));
  EXPECT_FALSE(test_of(coverage, "t").complete);
  EXPECT_EQ(drops_of(coverage.losses.drops, CollectorDrop::kMissingParent), 1U);
}

TEST(Merger, ShardsThatNameEachOtherAsParentsAreDamaged) {
  ShardBuilder one("1.shard");
  one.forked_from("2.shard", 9000).hits({to_context(0), 21});
  ShardBuilder two("2.shard");
  two.forked_from("1.shard", 9000).hits({to_context(0), 21});
  ShardBuilder self("3.shard");
  self.forked_from("3.shard", 9000);
  EXPECT_GE(merge_built({&one, &two, &self}).losses.damaged.size(), 2U);
}

TEST(Merger, AChildThatRepeatsTheTestsIdCountsForIt) {
  ShardBuilder main = project("main.shard");
  main.role(Role::kMain, 10).test(1, "t").hits({to_context(1), 21}).end(1);
  ShardBuilder child = project("child.shard");
  child.role(Role::kChild, 11, 10).test(1, "t").hits({to_context(1), 41});
  const SessionCoverage coverage = merge_built({&main, &child});
  const TestCoverage& test = test_of(coverage, "t");
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3}}, {"b.py", {2}}}));
  EXPECT_TRUE(test.complete) << "the child never ends the test";
  EXPECT_EQ(test.attempts, 1U);
  EXPECT_EQ(test.processes, 2U);
}

TEST(Merger, ATestThatNeverEndedHasNoAlibi) {
  ShardBuilder shard = project("a.shard");
  shard.test(1, "done").test(2, "killed").hits({to_context(1), 21, to_context(2), 22}).end(1);
  const SessionCoverage coverage = merge_built({&shard});
  EXPECT_TRUE(test_of(coverage, "done").complete);
  const TestCoverage& killed = test_of(coverage, "killed");
  EXPECT_FALSE(killed.complete);
  EXPECT_EQ(killed.outcome, kNeverEnded);
  EXPECT_EQ(drops_of(killed.evidence.drops, CollectorDrop::kUnfinished), 1U);
  EXPECT_EQ(files_of(coverage, "killed"), (Files{{"a.py", {4}}}));
}

TEST(Merger, TheLastRepetitionInAProcessAndTheWorstOfSeveralProcessesCount) {
  ShardBuilder repeated = project("a.shard");
  repeated.test(1, "flaky").test(2, "flaky").end(1, Outcome::kFailed).end(2, Outcome::kPassed, 7);
  repeated.hits({to_context(1), 21, to_context(2), 22});
  SessionCoverage coverage = merge_built({&repeated});
  EXPECT_EQ(test_of(coverage, "flaky").outcome, Outcome::kPassed);
  EXPECT_EQ(test_of(coverage, "flaky").duration_ns, 7U);
  EXPECT_EQ(test_of(coverage, "flaky").attempts, 2U);
  EXPECT_EQ(files_of(coverage, "flaky"), (Files{{"a.py", {3, 4}}}));
  ShardBuilder elsewhere = project("b.shard");
  elsewhere.test(1, "flaky").end(1, Outcome::kFailed);
  coverage = merge_built({&repeated, &elsewhere});
  EXPECT_EQ(test_of(coverage, "flaky").outcome, Outcome::kFailed);
}

TEST(Merger, ADamagedShardCostsItsTestsOnly) {
  ShardBuilder bad = project("bad.shard");
  bad.test(1, "in_bad").hits({to_context(1), 21}).end(1).damaged();
  ShardBuilder good = project("good.shard");
  good.test(1, "in_good").hits({to_context(1), 21}).end(1);
  const SessionCoverage coverage = merge_built({&bad, &good});
  EXPECT_FALSE(test_of(coverage, "in_bad").complete);
  EXPECT_TRUE(test_of(coverage, "in_good").complete);
  ASSERT_EQ(coverage.losses.damaged.size(), 1U);
  EXPECT_FALSE(coverage.losses.damaged[0].lost);
}

TEST(Merger, ALostShardKeepsEvidenceOfOthersButNoAlibi) {
  ShardBuilder good = project("good.shard");
  good.test(1, "t").hits({to_context(1), 21}).end(1);
  const SessionCoverage coverage = merge_built({&good}, {{"lost.shard", "unreadable", 0, true}});
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3}}}));
  EXPECT_FALSE(test_of(coverage, "t").complete);
  EXPECT_EQ(drops_of(coverage.losses.drops, CollectorDrop::kLostShard), 1U);
}

TEST(Merger, NumbersThatPointNowhereAreCountedNotFollowed) {
  ShardBuilder shard = project("a.shard");
  shard.test(1, "t")
      .hits({to_context(1), 21, 999, to_context(77), 22, statement(888), 23})
      .end(1)
      .end(66)
      .charge(55, 1);
  shard.input(44, InputKind::kFile, "/p/x").state_write(1, 9, "name");
  const SessionCoverage coverage = merge_built({&shard});
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3}}}));
  EXPECT_FALSE(test_of(coverage, "t").complete);
  EXPECT_GT(drops_of(coverage.session.drops, CollectorDrop::kTorn), 0U);
}

TEST(Merger, LossesOfAProcessCostAllItsTestsAndThoseOfAContextOnlyThat) {
  ShardBuilder shard = project("a.shard");
  shard.test(1, "t1").test(2, "t2").hits({to_context(1), 21, to_context(2), 22}).end(1).end(2).drop(2, 9, 3);
  SessionCoverage coverage = merge_built({&shard});
  EXPECT_TRUE(test_of(coverage, "t1").complete);
  EXPECT_EQ(test_of(coverage, "t2").evidence.drops, (DropCounts{{9, 3}}));
  shard.drop(model::kWholeProcess.value, 5, 2);
  coverage = merge_built({&shard});
  EXPECT_EQ(test_of(coverage, "t1").evidence.drops, (DropCounts{{5, 2}}));
  EXPECT_EQ(coverage.losses.drops, (DropCounts{{5, 2}, {9, 3}}));
}

TEST(Merger, AFileWithTwoContentsWasEdited) {
  ShardBuilder one("1.shard");
  one.file(1, "/p/a.py", 5);
  ShardBuilder two("2.shard");
  two.file(1, "/p/a.py", 6);
  const SessionCoverage forth = merge_built({&one, &two});
  const SessionCoverage back = merge_built({&two, &one});
  ASSERT_EQ(forth.files.size(), 1U);
  EXPECT_TRUE(forth.files[0].edited);
  EXPECT_EQ(forth.files[0].hash, back.files[0].hash);
}

TEST(Merger, KeepsSessionEvidenceOnce) {
  ShardBuilder shard = project("a.shard");
  shard.test(1, "t").hits({to_context(0), 21, to_context(1), 24}).end(1).state_write(1, 1, "cache");
  const SessionCoverage coverage = merge_built({&shard});
  ASSERT_EQ(coverage.session.files.size(), 1U);
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {7}}}));
  ASSERT_EQ(test_of(coverage, "t").evidence.state_writes.size(), 1U);
  EXPECT_EQ(test_of(coverage, "t").evidence.state_writes[0].name, "cache");
}

TEST(Merger, ANameLookedUpBelongsToItsContextOrStatementAndToNoFile) {
  ShardBuilder shard = project("a.shard");
  shard.looked_up(80, "visit_Name").looked_up(81, "plugin");
  ShardBuilder child("b.shard");
  child.forked_from("a.shard", shard.bytes()).looked_up(90, "in_child");
  child.hits({to_context(1), 80, 90});
  shard.test(1, "t")
      .test(2, "other")
      .hits({to_context(1), 21, 80, to_context(2), statement(1), 81})
      .end(1)
      .end(2);
  const SessionCoverage coverage = merge_built({&child, &shard});
  const auto names_of = [&](const std::vector<uint32_t>& indices) {
    std::vector<std::string> names;
    for (uint32_t index : indices) {
      EXPECT_EQ(coverage.names[index].kind, NameKind::kLookedUp);
      names.push_back(coverage.names[index].name);
    }
    return names;
  };
  EXPECT_EQ(names_of(test_of(coverage, "t").evidence.names), (std::vector<std::string>{"visit_Name"}));
  EXPECT_TRUE(test_of(coverage, "other").evidence.names.empty());
  ASSERT_EQ(coverage.statements.size(), 1U);
  EXPECT_EQ(names_of(coverage.statements[0].names), (std::vector<std::string>{"plugin"}));
  EXPECT_EQ(files_of(coverage, "t"), (Files{{"a.py", {3}}})) << "no line of the name's";
  EXPECT_TRUE(test_of(coverage, "t").complete);
}

// Each of merge's looks finds less than the one before.
class Vanishing : public testing::ListedShards {
 public:
  Vanishing(std::vector<ShardContent> shards, size_t reads)
      : ListedShards(std::move(shards)), reads_(reads) {}
  Result<const ShardContent*> read(size_t index) override {
    if (reads_ == 0) return Error{ErrorCode::kCannotRead, 2, "gone"};
    --reads_;
    return ListedShards::read(index);
  }

 private:
  size_t reads_;
};

TEST(Merger, AShardThatGoesWhileItIsMergedIsLost) {
  ShardBuilder parent = project("parent.shard");
  parent.test(1, "t").hits({to_context(1), 21}).end(1);
  ShardBuilder child("child.shard");
  child.forked_from("parent.shard", parent.bytes()).hits({to_context(1), 22});
  for (size_t reads = 0; reads < 4; ++reads) {
    Vanishing shards({parent.content(), child.content()}, reads);
    const SessionCoverage coverage = merge({}, &shards, {});
    EXPECT_GT(drops_of(coverage.losses.drops, CollectorDrop::kLostShard), 0U) << reads;
    for (const TestCoverage& test : coverage.tests) EXPECT_FALSE(test.complete);
  }
}

TEST(Merger, NothingGivesNothing) {
  const SessionCoverage coverage = testing::merge_listed({});
  EXPECT_TRUE(coverage.tests.empty());
  EXPECT_TRUE(coverage.losses.empty());
}

}  // namespace
}  // namespace alibi::collector
