#include "collector/queue/queue_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "tests/unit/queue/redis_process.h"

namespace alibi::queue {
namespace {

using run::UnitEnd;
using Units = std::vector<size_t>;

class QueueSourceTest : public ::testing::Test {
 protected:
  struct Node {
    std::shared_ptr<LossyServer> server;
    std::string session;
    std::unique_ptr<QueueSource> source;
    QueueSource* operator->() const { return source.get(); }
    // As a process that is killed: nothing is said any more.
    void die() {
      server->away = true;
      source.reset();
    }
  };
  Node open(const plan::Plan& plan, uint32_t index, const std::string& name = "", bool away = false) {
    Node node{.server = std::make_shared<LossyServer>(redis_->address()),
              .session = "s" + std::to_string(++sessions_),
              .source = {}};
    node.server->away = away;
    QueueSettings settings{.membership = {.key = key_,
                                          .session = node.session,
                                          .node = name.empty() ? "node-" + std::to_string(index) : name,
                                          .node_index = index,
                                          .lease_ms = 3'600'000},
                           .patience_ms = 1000,
                           .shown = "test",
                           .clock = [this] { return now_; }};
    node.source = std::make_unique<QueueSource>(plan, node.server, std::move(settings));
    return node;
  }
  // As if its lease had run out.
  void expire(const Node& node) { redis_->ask({"ZADD", key_ + ":alive", "1", node.session}); }
  // Others' shares may be taken: as if the queue were older than a lease.
  void age() { redis_->ask({"HSET", key_ + ":meta", "at", "1"}); }
  static void end_all(const Node& node, const Units& units) {
    for (const size_t unit : units) node->end(unit, UnitEnd::kPassed, 1);
  }

  RedisProcess* redis_ = &common_redis();
  static inline int tests_ = 0;
  std::string key_ = "alibi:{test" + std::to_string(++tests_) + "}";
  int sessions_ = 0;
  int64_t now_ = 1'000'000;
};

TEST_F(QueueSourceTest, ANodeClaimsItsOwnShareFirstAndThenFromWhoHasMostLeft) {
  const plan::Plan plan = plan_of({90, 80, 70, 60, 50, 40, 30, 20, 10}, 3);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  Node two = open(plan, 2);
  EXPECT_EQ(zero->claim(0, 0).units, Units{0});
  EXPECT_EQ(zero->claim(0, 100).units, (Units{3, 6})) << "about the budget, heaviest first";
  EXPECT_EQ(two->claim(0, 75).units, Units{2});
  EXPECT_EQ(zero->claim(0, 0).units, Units{1}) << "node 1 has more left than node 2";
  EXPECT_EQ(zero->left_units(), 4U);
  EXPECT_EQ(zero->left_ms(), 50U + 20 + 40 + 10);
}

TEST_F(QueueSourceTest, WhatANodeHasNobodyElseGets) {
  const plan::Plan plan = plan_of(std::vector<uint64_t>(40, 10), 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  Units all;
  for (;;) {
    const run::Claim a = zero->claim(0, 15), b = one->claim(0, 25);
    for (const run::Claim* claim : {&a, &b}) all.insert(all.end(), claim->units.begin(), claim->units.end());
    end_all(zero, a.units);
    end_all(one, b.units);
    if (a.none_left && b.none_left) break;
    ASSERT_LE(all.size(), 40U);
  }
  std::ranges::sort(all);
  for (size_t unit = 0; unit < 40; ++unit) EXPECT_EQ(all.at(unit), unit);
  EXPECT_EQ(all.size(), 40U);
  EXPECT_TRUE(zero->notices().empty());
}

TEST_F(QueueSourceTest, ANodeThatHasNotComeYetIsLeftItsShareForALease) {
  const plan::Plan plan = plan_of({50, 40}, 2);
  Node zero = open(plan, 0);
  end_all(zero, zero->claim(0, 0).units);
  const run::Claim early = zero->claim(0, 0);
  EXPECT_TRUE(early.units.empty());
  EXPECT_FALSE(early.none_left);
  EXPECT_GT(early.wait_ms, 0U);
  age();
  EXPECT_EQ(zero->claim(0, 0).units, Units{1});
}

TEST_F(QueueSourceTest, AGroupGoesToOneWorkerWhateverTheBudget) {
  const plan::Plan plan = plan_of({50, 40, 30, 20, 10}, 2, {"", "ab", "", "ab", "ab"});
  Node zero = open(plan, 0);  // has the group
  EXPECT_EQ(zero->claim(0, 0).units, Units{0});
  EXPECT_EQ(zero->claim(1, 0).units, (Units{1, 3, 4}));
}

TEST_F(QueueSourceTest, WhatIsGivenBackIsClaimedByOthers) {
  const plan::Plan plan = plan_of({50, 40, 30}, 1);
  Node zero = open(plan, 0);
  ASSERT_EQ(zero->claim(0, 1000).units, (Units{0, 1, 2}));
  zero->give_back({1});
  zero->end(2, UnitEnd::kNotRun, 0);
  EXPECT_EQ(zero->claim(1, 1000).units, (Units{1, 2}));
}

TEST_F(QueueSourceTest, WhatALostNodeHadIsClaimedByTheOthers) {
  const plan::Plan plan = plan_of({50, 40, 30, 20}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  const Units had = one->claim(0, 1000).units;
  ASSERT_EQ(had, (Units{1, 3}));
  one->end(1, UnitEnd::kPassed, 1);
  end_all(zero, zero->claim(0, 1000).units);
  one.die();
  EXPECT_FALSE(zero->claim(0, 0).none_left) << "it may still be alive";
  expire(one);
  EXPECT_EQ(zero->claim(0, 0).units, Units{3});
  zero->end(3, UnitEnd::kPassed, 1);
  EXPECT_TRUE(zero->claim(0, 0).none_left);
}

TEST_F(QueueSourceTest, ANodeThatLeavesGivesBackWhatItHas) {
  const plan::Plan plan = plan_of({50, 40}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  ASSERT_EQ(one->claim(0, 0).units, Units{1});
  one.source.reset();
  end_all(zero, zero->claim(0, 0).units);
  EXPECT_EQ(zero->claim(0, 0).units, Units{1});
}

TEST_F(QueueSourceTest, NobodyEndsWhileItsOwnShareIsUnfinishedElsewhere) {
  const plan::Plan plan = plan_of({50, 40}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  end_all(one, one->claim(0, 0).units);
  ASSERT_EQ(one->claim(0, 0).units, Units{0}) << "of node 0's share";
  for (int waited = 0; waited < 3; ++waited) {
    now_ += 100'000'000;
    EXPECT_FALSE(zero->claim(0, 0).none_left);
  }
  one->end(0, UnitEnd::kFailed, 1);
  EXPECT_TRUE(zero->claim(0, 0).none_left);
}

TEST_F(QueueSourceTest, OthersUnitsAreWaitedForNoLongerThanALease) {
  const plan::Plan plan = plan_of({50, 40}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  ASSERT_EQ(one->claim(0, 0).units, Units{1});
  end_all(zero, zero->claim(0, 0).units);
  EXPECT_FALSE(zero->claim(0, 0).none_left);
  now_ += 3'600'001;
  EXPECT_TRUE(zero->claim(0, 0).none_left);
}

TEST_F(QueueSourceTest, ARetriedNodeRunsExactlyWhatItHadRun) {
  const plan::Plan plan = plan_of({60, 50, 40, 30, 20, 10}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  const Units first = one->claim(0, 1000).units;
  ASSERT_EQ(first, (Units{1, 3, 5}));
  end_all(one, first);
  ASSERT_EQ(one->claim(0, 0).units, Units{0}) << "stolen";
  one->end(0, UnitEnd::kFailed, 1);
  end_all(zero, zero->claim(0, 1000).units);
  EXPECT_TRUE(one->claim(0, 0).none_left);
  EXPECT_TRUE(zero->claim(0, 0).none_left);
  one.source.reset();

  for (int attempt = 0; attempt < 2; ++attempt) {
    Node again = open(plan, 1);
    const std::vector<std::string> notices = again->notices();
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_NE(notices[0].find("the same 4 units again"), std::string::npos) << notices[0];
    const run::Claim some = again->claim(0, 80);
    EXPECT_EQ(some.units, (Units{1, 3}));
    EXPECT_EQ(again->left_units(), 2U);
    end_all(again, some.units);
    const run::Claim rest = again->claim(0, 1000);
    EXPECT_EQ(rest.units, (Units{5, 0}));
    end_all(again, rest.units);
    EXPECT_TRUE(again->claim(0, 0).none_left);
    EXPECT_TRUE(again->notices().empty()) << "what it runs again nobody else ran";
  }
}

TEST_F(QueueSourceTest, ARetriedNodeTakesOverWhatItsKilledProcessHad) {
  const plan::Plan plan = plan_of({60, 50, 40, 30}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  ASSERT_EQ(one->claim(0, 1000).units, (Units{1, 3}));
  one->end(1, UnitEnd::kPassed, 1);
  one.die();
  Node again = open(plan, 1);
  EXPECT_EQ(again->claim(0, 1000).units, (Units{1, 3}));
  end_all(zero, zero->claim(0, 1000).units);
  EXPECT_TRUE(zero->claim(0, 0).units.empty()) << "the new process has them";
  end_all(again, {1, 3});
  EXPECT_TRUE(zero->claim(0, 0).none_left);
}

TEST_F(QueueSourceTest, WhatARetriedNodeGivesBackItRunsItself) {
  const plan::Plan plan = plan_of({60, 50}, 1);
  Node zero = open(plan, 0);
  end_all(zero, zero->claim(0, 1000).units);
  zero.source.reset();
  Node again = open(plan, 0);
  ASSERT_EQ(again->claim(0, 1000).units, (Units{0, 1}));
  again->give_back({1});
  EXPECT_EQ(again->claim(0, 1000).units, Units{1});
}

TEST_F(QueueSourceTest, ASecondProcessOfANodeLeavesTheFirstItsWholeShare) {
  const plan::Plan plan = plan_of({60, 50, 40, 30}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  end_all(one, one->claim(0, 1000).units);
  ASSERT_EQ(one->claim(0, 0).units, Units{0});
  one->end(0, UnitEnd::kPassed, 1);
  Node other = open(plan, 0, "node-0");
  EXPECT_EQ(zero->claim(0, 1000).units, (Units{0, 2})) << "nothing can be believed of the others";
  const std::vector<std::string> notices = zero->notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("another process is node \"node-0\""), std::string::npos) << notices[0];
}

TEST_F(QueueSourceTest, WithoutTheServerANodeGoesOnWithItsShare) {
  const plan::Plan plan = plan_of({90, 80, 70, 60, 50, 40}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  end_all(one, one->claim(0, 1000).units);
  ASSERT_EQ(one->claim(0, 0).units, Units{0});
  one->end(0, UnitEnd::kPassed, 1);
  ASSERT_EQ(zero->claim(0, 0).units, Units{2});  // and hears of 0
  zero.server->away = true;
  EXPECT_EQ(zero->claim(1, 0).wait_ms > 0, true) << "it may be back in a moment";
  EXPECT_TRUE(zero->notices().empty());
  now_ += 1000;
  EXPECT_EQ(zero->claim(1, 1000).units, Units{4}) << "0 is ended, 2 is held";
  EXPECT_EQ(zero->notices().size(), 1U);
  EXPECT_FALSE(zero->claim(0, 0).none_left) << "2 and 4 may still be given back";
  end_all(zero, {2, 4});
  EXPECT_TRUE(zero->claim(0, 0).none_left);
  EXPECT_TRUE(zero->notices().empty());
}

TEST_F(QueueSourceTest, AServerThatIsBackAtOnceIsNoNews) {
  const plan::Plan plan = plan_of({90, 80, 70, 60}, 2);
  Node zero = open(plan, 0);
  ASSERT_EQ(zero->claim(0, 0).units, Units{0});
  zero.server->away = true;
  zero->end(0, UnitEnd::kPassed, 1);
  EXPECT_GT(zero->claim(0, 0).wait_ms, 0U);
  now_ += 500;
  zero.server->away = false;
  EXPECT_EQ(zero->claim(0, 0).units, Units{2});
  EXPECT_TRUE(zero->notices().empty());
  EXPECT_EQ(redis_->ask({"HGET", key_ + ":done", "0"}).text, "node-0 passed") << "said again";
}

TEST_F(QueueSourceTest, AServerThatComesBackLaterIsUsedAgain) {
  const plan::Plan plan = plan_of({90, 80, 70, 60, 50, 40}, 2);
  Node zero = open(plan, 0);
  zero.server->away = true;
  EXPECT_TRUE(zero->claim(0, 0).units.empty());
  now_ += 1000;
  ASSERT_EQ(zero->claim(0, 0).units, Units{0});
  zero->end(0, UnitEnd::kPassed, 1);
  ASSERT_EQ(zero->claim(0, 0).units, Units{2});
  zero.server->away = false;
  zero->tick(now_);
  EXPECT_EQ(zero->notices().size(), 1U) << "not at every tick";
  now_ += 2001;
  zero->tick(now_);
  EXPECT_EQ(zero->notices().size(), 1U);
  EXPECT_EQ(redis_->ask({"HGET", key_ + ":done", "0"}).text, "node-0 passed");
  EXPECT_EQ(redis_->ask({"HGET", key_ + ":owner", "2"}).text, zero.session) << "it holds what it runs";
  EXPECT_EQ(zero->claim(0, 0).units, Units{4});
}

TEST_F(QueueSourceTest, AServerThatStaysAwayIsAskedForLessAndLess) {
  const plan::Plan plan = plan_of({90}, 1);
  Node zero = open(plan, 0, "", true);
  const size_t before = zero.server->calls;
  zero.server->longest_patience = 0;
  for (int second = 0; second < 600; ++second) {
    now_ += 1000;
    zero->tick(now_);
  }
  EXPECT_LE(zero.server->calls - before, 20U);
  EXPECT_LE(zero.server->longest_patience, 200U) << "the run is not held up by it";
  EXPECT_EQ(zero->notices().size(), 1U);
}

TEST_F(QueueSourceTest, ALostAnswerLosesNoUnit) {
  const plan::Plan plan = plan_of({90, 80, 70, 60}, 1);
  Node zero = open(plan, 0);
  zero.server->loses_answers = 1;
  EXPECT_TRUE(zero->claim(0, 0).units.empty());
  EXPECT_EQ(zero->claim(0, 1000).units, (Units{0, 1, 2, 3})) << "0 was claimed, but nobody knew";
  zero.server->loses_answers = 1;
  zero->end(0, UnitEnd::kPassed, 1);
  zero->tick(now_);
  zero.server->loses_answers = 1;
  zero->give_back({1});
  EXPECT_EQ(zero->claim(0, 0).units, Units{1});
  EXPECT_EQ(redis_->ask({"HLEN", key_ + ":done"}).number, 1);
}

TEST_F(QueueSourceTest, AStalledNodeKeepsWhatNobodyTook) {
  const plan::Plan plan = plan_of({90, 80, 70, 60}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  ASSERT_EQ(zero->claim(0, 1000).units, (Units{0, 2}));
  expire(zero);
  end_all(one, one->claim(0, 1000).units);
  ASSERT_EQ(one->claim(0, 0).units, Units{0}) << "taken from the stalled one";
  zero->end(2, UnitEnd::kPassed, 1);
  EXPECT_TRUE(one->claim(0, 0).units.empty()) << "2 is ended, 0 is held";
  zero->end(0, UnitEnd::kPassed, 1);
  one->end(0, UnitEnd::kPassed, 1);
  const std::vector<std::string> notices = one->notices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_NE(notices[0].find("run by another node as well"), std::string::npos) << notices[0];
  EXPECT_TRUE(zero->claim(0, 0).none_left);
  EXPECT_TRUE(one->claim(0, 0).none_left);
}

TEST_F(QueueSourceTest, EndsMayBeSaidTwice) {
  const plan::Plan plan = plan_of({90, 80}, 1);
  Node zero = open(plan, 0);
  ASSERT_EQ(zero->claim(0, 0).units, Units{0});
  zero->end(0, UnitEnd::kPassed, 1);
  zero->end(0, UnitEnd::kFailed, 1);
  zero->end(99, UnitEnd::kFailed, 1);
  zero->give_back({0, 99});
  EXPECT_EQ(zero->claim(0, 1000).units, Units{1});
  EXPECT_EQ(redis_->ask({"HGET", key_ + ":open", "0"}).text, "1");
}

TEST_F(QueueSourceTest, HeartbeatsAreFewAndKeepTheLease) {
  const plan::Plan plan = plan_of({90, 80}, 1);
  Node zero = open(plan, 0);
  const size_t before = zero.server->calls;
  for (int second = 0; second < 3600; ++second) {
    now_ += 1000;
    zero->tick(now_);
  }
  EXPECT_GE(zero.server->calls - before, 4U);
  EXPECT_LE(zero.server->calls - before, 6U);
}

TEST_F(QueueSourceTest, EveryKeyIsForgottenAfterADay) {
  const plan::Plan plan = plan_of({90, 80, 70, 60, 50}, 2, {"", "ab", "ab", "", ""});
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  ASSERT_FALSE(zero->claim(0, 0).units.empty());
  zero->end(1, UnitEnd::kPassed, 1);
  ASSERT_FALSE(one->claim(0, 0).units.empty());
  one->give_back({0, 3});
  size_t keys = 0;
  for (const Answer& name : redis_->ask({"KEYS", key_ + "*"}).list) {
    const int64_t seconds = redis_->ask({"TTL", name.text}).number;
    EXPECT_GT(seconds, 0) << name.text;
    EXPECT_LE(seconds, 86'400) << name.text;
    ++keys;
  }
  EXPECT_GT(keys, 10U);
}

TEST_F(QueueSourceTest, AServerThatForgotEverythingIsToldByEveryNode) {
  RedisProcess redis;
  redis_ = &redis;
  const plan::Plan plan = plan_of({90, 80, 70, 60, 50, 40}, 2);
  Node zero = open(plan, 0);
  Node one = open(plan, 1);
  end_all(zero, zero->claim(0, 0).units);
  ASSERT_EQ(zero->claim(0, 0).units, Units{2});
  ASSERT_EQ(one->claim(0, 0).units, Units{1});
  redis.ask({"FLUSHALL"});
  EXPECT_EQ(zero->claim(0, 1000).units, Units{4}) << "0 is ended and 2 is held, as it said";
  end_all(zero, {2, 4});
  EXPECT_TRUE(zero->claim(0, 0).units.empty()) << "the other has not said yet what it has";
  EXPECT_EQ(one->claim(0, 0).units, Units{3});
  EXPECT_EQ(zero->claim(0, 0).units, Units{5});
}

TEST_F(QueueSourceTest, ANodeWithoutAShareHelpsTheOthers) {
  const plan::Plan plan = plan_of({90, 80}, 1);
  Node zero = open(plan, 0);
  Node two = open(plan, 2);
  EXPECT_EQ(two->claim(0, 0).units, Units{0});
  two.server->away = true;
  two->end(0, UnitEnd::kPassed, 1);
  now_ += 1000;
  EXPECT_TRUE(two->claim(0, 0).none_left) << "without the server there is nothing for it";
  key_ += ":empty";
  Node none = open(plan_of({}, 0), 0, "nobody");
  EXPECT_TRUE(none->claim(0, 0).none_left);
}

TEST_F(QueueSourceTest, NodesWithAnotherPlanHaveAnotherQueue) {
  const plan::Plan plan = plan_of({90, 80, 70}, 2), same = plan_of({9, 8, 7}, 2);
  EXPECT_EQ(plan_digest(plan), plan_digest(same)) << "weights do not say who may run what";
  plan::Plan other = plan;
  other.units[2].selectors = {"a", "b"};
  EXPECT_NE(plan_digest(plan), plan_digest(other));
  plan::Plan joined = other;
  joined.units[2].selectors = {"ab"};
  EXPECT_NE(plan_digest(joined), plan_digest(other));
  plan::Plan dealt = plan;
  std::swap(dealt.nodes[0], dealt.nodes[1]);
  EXPECT_NE(plan_digest(plan), plan_digest(dealt));
  EXPECT_NE(plan_digest(plan), plan_digest(plan_of({90, 80, 70}, 3)));
}

// Answers that a queue would never give.
class LyingServer final : public Server {
 public:
  Result<Answer> call(const std::vector<std::string>& command, uint64_t) override {
    const bool joins = command[1].find("local replay") != std::string::npos;
    Answer answer{.kind = Answer::Kind::kList, .list = {}};
    for (const std::string& word : joins ? join : step)
      answer.list.push_back({.kind = Answer::Kind::kText, .text = word, .list = {}});
    return answer;
  }
  std::vector<std::string> join = {"ok", ""}, step;
};

TEST_F(QueueSourceTest, AnswersThatCannotBeMeantAreNotBelieved) {
  const plan::Plan plan = plan_of({90, 80}, 1);
  const std::vector<std::vector<std::string>> steps = {
      {},
      {"what"},
      {"ok"},
      {"ok", "2", "0", "0", "0", "0", "", "0"},
      {"ok", "0,0,0", "0", "0", "0", "0", "", "0"},
      {"ok", "0", "0", "x", "0", "0", "", "0"},
      {"ok", "0", "0", "0", "0", "0", "7", "0"},
      {"ok", "-1", "0", "0", "0", "0", "", "0"},
      {"gone"},
      {"resume"},
  };
  for (const std::vector<std::string>& step : steps) {
    auto server = std::make_shared<LyingServer>();
    server->step = step;
    QueueSource source(plan, server,
                       {.membership = {.key = "k", .session = "s", .node = "n", .node_index = 0},
                        .patience_ms = 1000,
                        .shown = "test",
                        .clock = [this] { return now_; }});
    EXPECT_TRUE(source.claim(0, 1000).units.empty());
    now_ += 1000;
    EXPECT_EQ(source.claim(0, 1000).units, (Units{0, 1})) << (step.empty() ? "" : step[0]);
  }
  auto server = std::make_shared<LyingServer>();
  server->join = {"ok", "5"};
  QueueSource source(plan, server,
                     {.membership = {.key = "k", .session = "s", .node = "n", .node_index = 0},
                      .patience_ms = 1000,
                      .shown = "test",
                      .clock = [this] { return now_; }});
  EXPECT_EQ(source.claim(0, 1000).units, (Units{0, 1}));
}

}  // namespace
}  // namespace alibi::queue
