// Random runs of three nodes with everything that can go wrong, and the promises of QUEUE.md at their end.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <thread>

#include "collector/queue/queue_source.h"
#include "collector/queue/shared_queue.h"
#include "tests/unit/queue/redis_process.h"

namespace alibi::queue {
namespace {

using run::UnitEnd;

unsigned rounds() {
  const char* const text = std::getenv("ALIBI_QUEUE_ROUNDS");
  return text == nullptr ? 200 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

struct Troubles {
  bool kills = false;     // processes die and their jobs are retried
  bool stalls = false;    // leases run out while the node is alive
  bool outages = false;   // a node does not reach the server, or does not hear its answers
  bool restarts = false;  // of the server
};

constexpr uint32_t kNodes = 3;

class Round {
 public:
  Round(unsigned seed, Troubles troubles, RedisProcess* redis)
      : random_(seed), troubles_(troubles), redis_(redis), key_("alibi:{round" + std::to_string(seed) + "}") {
    std::vector<uint64_t> weights(1 + random_() % 40);
    for (uint64_t& weight : weights) weight = 1 + random_() % 1000;
    std::ranges::sort(weights, std::greater<>());
    std::vector<std::string> groups(weights.size());
    for (std::string& group : groups)
      if (random_() % 5 == 0) group = std::string(1 + random_() % 4, 'g');
    plan_ = plan_of(weights, kNodes, groups);
    nodes_.resize(kNodes);
    for (uint32_t index = 0; index < kNodes; ++index) start(index);
  }

  void run() {
    for (int step = 0; !all_over(); ++step) {
      ASSERT_LT(step, 30'000) << "it does not come to an end";
      now_ += static_cast<int64_t>(random_() % 200);
      Node& node = nodes_[random_() % kNodes];
      if (node.over) continue;
      trouble(node);
      if (node.over) continue;
      work(node);
    }
  }

  // Every unit is in the last attempt of somebody; without `all_attempts` this is what a green pipeline
  // means.
  void expect_nothing_lost(bool all_attempts) const {
    for (size_t unit = 0; unit < plan_.units.size(); ++unit) {
      const bool found = std::ranges::any_of(nodes_, [&](const Node& node) {
        return node.ended.contains(unit) || (all_attempts && node.ended_before.contains(unit));
      });
      EXPECT_TRUE(found) << "unit " << unit << " was lost";
    }
  }
  void expect_nothing_twice() const {
    for (size_t unit = 0; unit < plan_.units.size(); ++unit) {
      const auto count = std::ranges::count_if(nodes_, [&](const Node& node) {
        return node.ended.contains(unit) || node.ended_before.contains(unit);
      });
      EXPECT_EQ(count, 1) << "unit " << unit;
    }
  }

 private:
  struct Node {
    uint32_t index = 0;
    std::shared_ptr<LossyServer> server;
    std::string session;
    std::unique_ptr<QueueSource> source;
    std::vector<size_t> held;
    std::set<size_t> ended, ended_before;  // of this process, of earlier ones
    bool over = false;
  };

  void start(uint32_t index) {
    Node& node = nodes_[index];
    node.index = index;
    node.held.clear();
    node.ended_before.insert(node.ended.begin(), node.ended.end());
    node.ended.clear();
    node.server = std::make_shared<LossyServer>(redis_->address());
    node.session = "s" + std::to_string(++sessions_);
    node.source =
        std::make_unique<QueueSource>(plan_, node.server,
                                      QueueSettings{.membership = {.key = key_,
                                                                   .session = node.session,
                                                                   .node = "node-" + std::to_string(index),
                                                                   .node_index = index,
                                                                   .lease_ms = 3'600'000},
                                                    .patience_ms = 1000,
                                                    .shown = "test",
                                                    .clock = [this] { return now_; }});
  }

  bool all_over() const {
    return std::ranges::all_of(nodes_, [](const Node& node) { return node.over; });
  }

  void trouble(Node& node) {
    if (troubles_.kills && random_() % 60 == 0) {
      node.server->away = true;
      node.source.reset();
      if (random_() % 2 == 0) expire(node);  // else its job is retried before
      start(node.index);
    }
    if (troubles_.stalls && random_() % 40 == 0) expire(node);
    if (troubles_.outages) {
      if (random_() % 40 == 0) node.server->away = !node.server->away;
      if (random_() % 40 == 0) node.server->loses_answers = 1;
    }
    if (troubles_.restarts && random_() % 60 == 0 && restarts_++ < 3) {
      redis_->stop();
      redis_->start();
    }
  }

  void expire(const Node& node) {
    if (redis_->ask({"EXISTS", key_ + ":alive"}).number == 1)
      redis_->ask({"ZADD", key_ + ":alive", "XX", "1", node.session});
  }

  void work(Node& node) {
    node.source->tick(now_);
    const unsigned what = random_() % 8;
    if (what < 4 && !node.held.empty()) {
      const size_t at = random_() % node.held.size();
      const size_t unit = node.held[at];
      node.held.erase(node.held.begin() + static_cast<std::ptrdiff_t>(at));
      EXPECT_TRUE(node.ended.insert(unit).second) << "unit " << unit << " twice in one process";
      node.source->end(unit, random_() % 5 == 0 ? UnitEnd::kFailed : UnitEnd::kPassed, 1);
    } else if (what == 4 && !node.held.empty()) {
      const std::vector<size_t> back(node.held.begin() + static_cast<std::ptrdiff_t>(node.held.size() / 2),
                                     node.held.end());
      node.held.resize(node.held.size() / 2);
      node.source->give_back(back);
    } else {
      const run::Claim claim = node.source->claim(0, random_() % 1500);
      node.held.insert(node.held.end(), claim.units.begin(), claim.units.end());
      if (!claim.none_left) {
        EXPECT_TRUE(!claim.units.empty() || claim.wait_ms > 0);
        return;
      }
      EXPECT_TRUE(node.held.empty());
      node.source.reset();
      node.over = true;
    }
  }

  std::mt19937 random_;
  Troubles troubles_;
  RedisProcess* redis_;
  std::string key_;
  plan::Plan plan_;
  std::vector<Node> nodes_;
  int sessions_ = 0, restarts_ = 0;
  int64_t now_ = 1'000'000;
};

TEST(QueueRoundsTest, WithoutTroubleEveryUnitIsRunOnce) {
  for (unsigned seed = 0; seed < rounds(); ++seed) {
    SCOPED_TRACE(seed);
    Round round(seed, {}, &common_redis());
    round.run();
    round.expect_nothing_lost(false);
    round.expect_nothing_twice();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(QueueRoundsTest, KilledAndRetriedNodesLoseNothingAndOthersRunNothingOfThemTwice) {
  for (unsigned seed = 0; seed < rounds(); ++seed) {
    SCOPED_TRACE(seed);
    Round round(10'000 + seed, {.kills = true}, &common_redis());
    round.run();
    round.expect_nothing_lost(false);
    round.expect_nothing_twice();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(QueueRoundsTest, WithEveryTroubleNothingIsLost) {
  for (unsigned seed = 0; seed < rounds(); ++seed) {
    SCOPED_TRACE(seed);
    Round round(20'000 + seed, {.stalls = true, .outages = true}, &common_redis());
    round.run();
    round.expect_nothing_lost(false);
    Round killed(30'000 + seed, {.kills = true, .stalls = true, .outages = true}, &common_redis());
    killed.run();
    killed.expect_nothing_lost(true);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(QueueRoundsTest, AServerThatIsKilledAndRestartedLosesNothing) {
  for (const bool keeps_data : {true, false}) {
    SCOPED_TRACE(keeps_data);
    RedisProcess redis(keeps_data);
    for (unsigned seed = 0; seed < (rounds() + 9) / 10; ++seed) {
      SCOPED_TRACE(seed);
      Round round(40'000 + seed, {.restarts = true}, &redis);
      round.run();
      round.expect_nothing_lost(false);
      if (keeps_data) round.expect_nothing_twice();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(QueueRoundsTest, NodesThatAskAtTheSameTimeShareEveryUnitOnce) {
  std::vector<uint64_t> weights(300);
  for (size_t unit = 0; unit < weights.size(); ++unit) weights[unit] = 1000 - unit;
  const plan::Plan plan = plan_of(weights, kNodes);
  std::vector<std::vector<size_t>> ran(kNodes);
  std::vector<std::thread> threads;
  for (uint32_t index = 0; index < kNodes; ++index) {
    threads.emplace_back([&, index] {
      Result<std::unique_ptr<run::WorkSource>> source = open_queue({.url = common_redis().url(),
                                                                    .key = "at the same time",
                                                                    .node = "",
                                                                    .node_index = index,
                                                                    .lease_ms = 600'000,
                                                                    .patience_ms = 60'000},
                                                                   plan);
      ASSERT_TRUE(source.ok());
      for (;;) {
        const run::Claim claim = (*source)->claim(0, 700 + index * 900);
        if (claim.none_left) return;
        if (claim.units.empty()) std::this_thread::yield();
        for (const size_t unit : claim.units) {
          ran[index].push_back(unit);
          (*source)->end(unit, UnitEnd::kPassed, 1);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<size_t> all;
  for (const std::vector<size_t>& units : ran) all.insert(all.end(), units.begin(), units.end());
  std::ranges::sort(all);
  ASSERT_EQ(all.size(), weights.size());
  for (size_t unit = 0; unit < all.size(); ++unit) EXPECT_EQ(all[unit], unit);
}

}  // namespace
}  // namespace alibi::queue
