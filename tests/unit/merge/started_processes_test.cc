// Programs that tests start: whose evidence theirs is, whether it was found, and whom it belongs to when they
// outlive their test.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "collector/merge/merger.h"
#include "collector/model/test_view.h"
#include "tests/unit/merge/shard_builder.h"

namespace alibi::collector {
namespace {

using model::Recording;
using testing::merge_built;
using testing::merge_listed;
using testing::ShardBuilder;
using testing::statement;
using testing::to_context;
using Files = std::map<std::string, std::vector<uint32_t>>;

constexpr uint32_t kUnknown = model::kUnknownContext.value;

const TestCoverage& test_of(const SessionCoverage& coverage, const std::string& id) {
  for (const TestCoverage& test : coverage.tests) {
    if (test.id == id) return test;
  }
  static const TestCoverage none;
  ADD_FAILURE() << "no test " << id;
  return none;
}

Files files_in(const SessionCoverage& coverage, const Evidence& evidence) {
  Files files;
  for (const auto& [file, lines] : lines_by_file(coverage, evidence)) {
    files[coverage.files[file].path] = {lines.begin(), lines.end()};
  }
  return files;
}

Files files_of(const SessionCoverage& coverage, const std::string& id) {
  return files_in(coverage, test_of(coverage, id).evidence);
}

std::vector<std::string> details_in(const SessionCoverage& coverage, const Evidence& evidence) {
  std::vector<std::string> details;
  for (uint32_t index : evidence.inputs) {
    const Input& input = coverage.inputs[index];
    if (input.kind != InputKind::kProcess) continue;
    EXPECT_EQ(input.subject, "python");
    EXPECT_EQ(input.state, InputState::kNoValue);
    EXPECT_EQ(input.hash, Hash128{});
    details.push_back(input.detail);
  }
  std::sort(details.begin(), details.end());
  return details;
}

std::vector<std::string> details_of(const SessionCoverage& coverage, const std::string& id) {
  return details_in(coverage, test_of(coverage, id).evidence);
}

// m.py of the main process: f lines 3-5 (probes 21-23), g lines 7-9 (24-26); tests t1 (1), t2 (2).
ShardBuilder main_process() {
  ShardBuilder shard("main.shard");
  shard.role(Role::kMain, 10).file(1, "m.py").function(21, 3, 1, 3, "f").function(24, 3, 1, 7, "g");
  shard.test(1, "t1").test(2, "t2").end(1).end(2).hits({to_context(1), 21, to_context(2), 24});
  return shard;
}

// x.py: f lines 3-5 (probes 1-3).
ShardBuilder program(const std::string& name, uint32_t process_id, uint32_t context) {
  ShardBuilder shard(name);
  shard.role(Role::kChild, process_id, 10).started_for("main.shard", context);
  shard.file(1, "x.py").function(1, 3, 1, 3, "f");
  return shard;
}

TEST(StartedProcesses, WhatOneDoesBelongsToTheContextItWasStartedFor) {
  const ShardBuilder main = main_process();
  ShardBuilder x = program("x.shard", 11, 1);
  x.hits({2, statement(3)}).input(0, InputKind::kFile, "/data").state_write(0, 1, "cache");
  const SessionCoverage coverage = merge_built({&x, &main});
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3}}, {"x.py", {4, 5}}}));
  EXPECT_EQ(test_of(coverage, "t1").evidence.inputs.size(), 1U);
  EXPECT_EQ(test_of(coverage, "t1").evidence.state_writes.size(), 1U);
  EXPECT_EQ(test_of(coverage, "t1").processes, 2U);
  EXPECT_TRUE(test_of(coverage, "t1").complete);
  EXPECT_EQ(files_of(coverage, "t2"), (Files{{"m.py", {7}}}));
  EXPECT_TRUE(files_in(coverage, coverage.session).empty());
}

TEST(StartedProcesses, OneOfAnUnknownContextBelongsToEverybody) {
  const ShardBuilder main = main_process();
  ShardBuilder x = program("x.shard", 11, kUnknown);
  x.hits({2}).context(1, ContextKind::kOther, "part").hits({to_context(1), 3});
  const SessionCoverage coverage = merge_built({&x, &main});
  EXPECT_EQ(files_in(coverage, coverage.session), (Files{{"x.py", {4, 5}}}));
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3}}}));
  EXPECT_TRUE(test_of(coverage, "t1").complete);
}

TEST(StartedProcesses, TheContextMayBeInheritedByTheShardThatIsNamed) {
  const ShardBuilder main = main_process();
  ShardBuilder fork("fork.shard");
  fork.role(Role::kChild, 12, 10).forked_from("main.shard", main.bytes());
  fork.context(3, ContextKind::kOther, "own").charge(1, 3);
  ShardBuilder x("x.shard");
  x.started_for("fork.shard", 2).file(1, "x.py").function(1, 3, 1, 3, "f").hits({1});
  ShardBuilder y("y.shard");
  y.started_for("fork.shard", 3).file(1, "y.py").function(1, 3, 1, 3, "f").hits({2});
  const SessionCoverage coverage = merge_built({&y, &x, &fork, &main});
  EXPECT_EQ(files_of(coverage, "t2"), (Files{{"m.py", {7}}, {"x.py", {3}}}));
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3}}, {"y.py", {4}}}));
}

TEST(StartedProcesses, ForksOfOneInheritWhomItWasStartedForAndItsNumbers) {
  const ShardBuilder main = main_process();
  ShardBuilder x = program("x.shard", 11, 1);
  ShardBuilder fork("a.shard");
  fork.role(Role::kChild, 13, 11).forked_from("x.shard", x.bytes()).hits({to_context(0), 3});
  ShardBuilder again("b.shard");
  again.role(Role::kChild, 14, 13).forked_from("a.shard", fork.bytes()).drop(kUnknown, 5, 1);
  const SessionCoverage coverage = merge_built({&again, &fork, &x, &main});
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3}}, {"x.py", {5}}}));
  EXPECT_EQ(test_of(coverage, "t1").evidence.drops, (DropCounts{{5, 1}}));
  EXPECT_TRUE(test_of(coverage, "t2").complete);
}

TEST(StartedProcesses, WhatOneChargesToContextsOfItsOwnCountsAsWell) {
  const ShardBuilder main = main_process();
  ShardBuilder x = program("x.shard", 11, 1);
  x.fixture(1, "server").hits({to_context(1), 1});
  const SessionCoverage coverage = merge_built({&x, &main});
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3}}, {"x.py", {3}}}));
  EXPECT_EQ(files_of(coverage, "t2"), (Files{{"m.py", {7}}}));
}

TEST(StartedProcesses, LossesOfOneCostItsContextEvenWhenItRecordedNothingElse) {
  const ShardBuilder main = main_process();
  ShardBuilder x("x.shard");
  x.started_for("main.shard", 1).drop(kUnknown, 5, 2).damaged();
  const SessionCoverage coverage = merge_built({&x, &main});
  EXPECT_EQ(test_of(coverage, "t1").evidence.drops,
            (DropCounts{{5, 2}, {static_cast<uint32_t>(CollectorDrop::kTorn), 1}}));
  EXPECT_TRUE(test_of(coverage, "t2").complete);
}

TEST(StartedProcesses, OneWhoseOriginIsMissingCostsEveryAlibi) {
  const ShardBuilder main = main_process();
  ShardBuilder nowhere = program("x.shard", 11, 1);
  nowhere.started_for("gone.shard", 1).hits({1});
  ShardBuilder no_context = program("x.shard", 11, 77);
  no_context.hits({1});
  ShardBuilder itself = program("x.shard", 11, 0);
  itself.started_for("x.shard", 0).hits({1});
  for (const ShardBuilder* x : {&nowhere, &no_context, &itself}) {
    const SessionCoverage coverage = merge_built({x, &main});
    EXPECT_FALSE(test_of(coverage, "t1").complete);
    EXPECT_FALSE(test_of(coverage, "t2").complete);
    ASSERT_EQ(coverage.losses.damaged.size(), 1U);
    EXPECT_NE(coverage.losses.damaged[0].cause.find("is missing"), std::string::npos);
  }
}

TEST(StartedProcesses, OneIsObservedWhenAShardOfItsNumberCameFromTheSameContext) {
  ShardBuilder main = main_process();
  main.started(1, 11, "python a.py").started(1, 12, "").started(2, 13, "sh", Recording::kNone);
  main.started(0, 14, "python c.py");
  const ShardBuilder a = program("a.shard", 11, 1);
  const ShardBuilder b = program("b.shard", 12, 1);
  const ShardBuilder c = program("c.shard", 14, kUnknown);
  const ShardBuilder d = program("d.shard", 13, 2);
  const SessionCoverage coverage = merge_built({&d, &c, &b, &a, &main});
  EXPECT_EQ(details_of(coverage, "t1"), (std::vector<std::string>{"observed", "observed\npython a.py"}));
  EXPECT_EQ(details_of(coverage, "t2"), (std::vector<std::string>{"unobserved\nsh"})) << "not expected to be";
  EXPECT_EQ(details_in(coverage, coverage.session), (std::vector<std::string>{"observed\npython c.py"}));
}

TEST(StartedProcesses, OneIsUnobservedWithoutAShardOrWithThatOfAnotherContext) {
  ShardBuilder main = main_process();
  main.started(1, 11, "none").started(2, 12, "another's").started(1, 15, "fork").started(1, 16, "unknown");
  const ShardBuilder other = program("a.shard", 12, 1);
  ShardBuilder fork("fork.shard");
  fork.role(Role::kChild, 15, 10).forked_from("main.shard", main.bytes()).hits({to_context(1), 22});
  const ShardBuilder unknown = program("b.shard", 16, kUnknown);
  const SessionCoverage coverage = merge_built({&main, &other, &fork, &unknown});
  EXPECT_EQ(details_of(coverage, "t1"),
            (std::vector<std::string>{"unobserved\nfork", "unobserved\nnone", "unobserved\nunknown"}));
  EXPECT_EQ(details_of(coverage, "t2"), (std::vector<std::string>{"unobserved\nanother's"}));
}

TEST(StartedProcesses, EachShardAnswersForOneProgramOnly) {
  ShardBuilder main = main_process();
  main.started(1, 11, "first").started(1, 11, "second").started(2, 11, "third");
  const ShardBuilder one = program("a.shard", 11, 1);
  const ShardBuilder two = program("b.shard", 11, 2);
  SessionCoverage coverage = merge_built({&main, &one, &two});
  EXPECT_EQ(details_of(coverage, "t1"), (std::vector<std::string>{"observed\nfirst", "unobserved\nsecond"}));
  EXPECT_EQ(details_of(coverage, "t2"), (std::vector<std::string>{"observed\nthird"}));
  const ShardBuilder three = program("c.shard", 11, 1);
  coverage = merge_built({&main, &one, &two, &three});
  EXPECT_EQ(details_of(coverage, "t1"), (std::vector<std::string>{"observed\nfirst", "observed\nsecond"}));
}

TEST(StartedProcesses, OneOfAnUnknownNumberIsFoundByWhoStartedIt) {
  ShardBuilder main = main_process();
  main.started(1, 0, "system").started(1, 11, "known").started(1, 0, "popen");
  const ShardBuilder known = program("a.shard", 11, 1);
  SessionCoverage coverage = merge_built({&main, &known});
  EXPECT_EQ(details_of(coverage, "t1"),
            (std::vector<std::string>{"observed\nknown", "unobserved\npopen", "unobserved\nsystem"}))
      << "the only shard has been claimed by its number";
  const ShardBuilder more = program("b.shard", 12, 1);
  ShardBuilder of_others = program("c.shard", 13, 1);
  of_others.role(Role::kChild, 13, 999);
  const ShardBuilder of_another_context = program("d.shard", 14, 2);
  coverage = merge_built({&main, &known, &more, &of_others, &of_another_context});
  EXPECT_EQ(details_of(coverage, "t1"),
            (std::vector<std::string>{"observed\nknown", "observed\npopen", "unobserved\nsystem"}));
}

TEST(StartedProcesses, AnOverlapGivesAllThatOneDidForOthersToItsUser) {
  ShardBuilder main = main_process();
  main.test(3, "t3").end(3).started(1, 11, "python x.py").overlap("", 2, "x.shard");
  ShardBuilder x = program("x.shard", 11, 1);
  x.fixture(1, "own").charge(0, 1).hits({1, to_context(1), 2}).input(0, InputKind::kFile, "/data");
  x.started(0, 30, "python y.py").drop(kUnknown, 5, 1);
  const SessionCoverage coverage = merge_built({&x, &main});
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3}}, {"x.py", {3, 4}}}));
  EXPECT_EQ(files_of(coverage, "t2"), (Files{{"m.py", {7}}, {"x.py", {3, 4}}}));
  EXPECT_EQ(details_of(coverage, "t1").size(), 2U);
  EXPECT_EQ(details_of(coverage, "t2"), (std::vector<std::string>{"unobserved\npython y.py"}))
      << "not what started it: that was the other test";
  EXPECT_EQ(test_of(coverage, "t2").evidence.inputs.size(), 2U);
  ASSERT_EQ(test_of(coverage, "t2").evidence.drops.size(), 1U);
  EXPECT_EQ(test_of(coverage, "t2").evidence.drops[0].reason, 5U);
  EXPECT_EQ(test_of(coverage, "t2").processes, 2U);
  EXPECT_TRUE(files_of(coverage, "t3").empty());
  EXPECT_TRUE(test_of(coverage, "t3").complete);
}

TEST(StartedProcesses, AnOverlapWithAForkIsWithThatProcessAlone) {
  const ShardBuilder main = main_process();
  ShardBuilder fork("fork.shard");
  fork.forked_from("main.shard", main.bytes()).hits({to_context(1), 22, statement(23), to_context(0), 26});
  fork.overlap("main.shard", 2, "");
  const SessionCoverage coverage = merge_built({&fork, &main});
  EXPECT_EQ(files_of(coverage, "t2"), (Files{{"m.py", {4, 5, 7}}}))
      << "nothing of what the parent ran for t1";
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3, 4, 5}}}));
  EXPECT_EQ(files_in(coverage, coverage.session), (Files{{"m.py", {9}}})) << "everybody's anyway";
}

TEST(StartedProcesses, AnOverlapWithTheSessionIsWithEverybodyAndWithACollectionWithItsTests) {
  ShardBuilder main = main_process();
  main.collection(3, "c.py", {"t2"}).end(3).charge(2, 3).overlap("", 0, "x.shard").overlap("", 3, "y.shard");
  ShardBuilder x = program("x.shard", 11, 1);
  x.hits({1});
  ShardBuilder y = program("y.shard", 12, 1);
  y.hits({3});
  const SessionCoverage coverage = merge_built({&main, &x, &y});
  EXPECT_EQ(files_in(coverage, coverage.session), (Files{{"x.py", {3}}}));
  ASSERT_EQ(coverage.collections.size(), 1U);
  EXPECT_EQ(files_in(coverage, coverage.collections[0].evidence), (Files{{"x.py", {5}}}));
  EXPECT_EQ(files_of(coverage, "t2").at("x.py"), (std::vector<uint32_t>{5}));
}

TEST(StartedProcesses, AnOverlapOfUnknownShardsOrContextsCostsEveryAlibi) {
  const ShardBuilder sound = program("x.shard", 11, 1);
  ShardBuilder used = main_process();
  used.overlap("", 2, "gone.shard");
  ShardBuilder user = main_process();
  user.overlap("gone.shard", 2, "x.shard");
  ShardBuilder context = main_process();
  context.overlap("", 99, "x.shard");
  for (const ShardBuilder* main : {&used, &user, &context}) {
    const SessionCoverage coverage = merge_built({main, &sound});
    EXPECT_FALSE(test_of(coverage, "t1").complete);
    EXPECT_FALSE(test_of(coverage, "t2").complete);
    EXPECT_EQ(coverage.losses.drops, (DropCounts{{static_cast<uint32_t>(CollectorDrop::kTorn), 1}}));
  }
}

TEST(StartedProcesses, HostileNumbersAreCountedNotFollowed) {
  ShardBuilder main = main_process();
  main.started(55, 0xFFFFFFFF, "x").started(kUnknown, 0, "y").overlap("", kUnknown, "").overlap("", 1, "");
  ShardBuilder loop = program("x.shard", 0xFFFFFFFF, 0xFFFFFFFE);
  loop.started_for("y.shard", 0xFFFFFFFE).started(9, 0, "z").overlap("x.shard", 1, "x.shard");
  ShardBuilder back("y.shard");
  back.forked_from("x.shard", 0xFFFFFFFFFFFFFFFF).charge(0xFFFFFFFF, 3).hits({0x3FFFFFFF, 0xFFFFFFFF});
  const SessionCoverage coverage = merge_built({&main, &loop, &back});
  EXPECT_FALSE(test_of(coverage, "t1").complete);
  EXPECT_GE(coverage.losses.damaged.size(), 3U);
}

TEST(StartedProcesses, NumbersThatAParentUsesAlreadyAreAChildsDamage) {
  const ShardBuilder main = main_process();
  ShardBuilder fork("fork.shard");
  fork.forked_from("main.shard", main.bytes()).file(1, "evil.py").function(22, 9, 1, 1, "evil").test(2, "t9");
  fork.hits({to_context(1), 22});
  const SessionCoverage coverage = merge_built({&main, &fork});
  EXPECT_EQ(files_of(coverage, "t1"), (Files{{"m.py", {3, 4}}}));
  EXPECT_FALSE(test_of(coverage, "t1").complete);
  EXPECT_EQ(coverage.losses.damaged.size(), 1U);
}

TEST(StartedProcesses, ChainsOfTenThousandForksAreMerged) {
  constexpr uint32_t kForks = 10'000;
  ShardBuilder main = main_process();
  std::deque<ShardBuilder> forks;
  std::vector<const ShardBuilder*> all = {&main};
  std::string parent = "main.shard";
  uint64_t bytes = main.bytes();
  for (uint32_t number = 0; number < kForks; ++number) {
    ShardBuilder& fork = forks.emplace_back(std::to_string(number) + ".shard");
    fork.forked_from(parent, bytes).role(Role::kChild, 100 + number, 99 + number);
    fork.function(30 + number, 1, 1, 100 + number, "deep").hits({to_context(1), 30 + number, 22});
    parent = std::to_string(number) + ".shard";
    bytes = fork.bytes();
    all.push_back(&fork);
  }
  std::reverse(all.begin(), all.end());
  const SessionCoverage coverage = merge_built(all);
  EXPECT_EQ(files_of(coverage, "t1").at("m.py").size(), kForks + 2);
  EXPECT_TRUE(test_of(coverage, "t1").complete);
  forks.front().forked_from(parent, bytes);  // a circle now
  EXPECT_EQ(merge_built(all).losses.drops,
            (DropCounts{{static_cast<uint32_t>(CollectorDrop::kTorn), kForks - 1},
                        {static_cast<uint32_t>(CollectorDrop::kMissingParent), 1}}));
}

}  // namespace
}  // namespace alibi::collector
