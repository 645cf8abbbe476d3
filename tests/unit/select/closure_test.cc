#include "collector/select/closure.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace alibi::select {
namespace {

Fact fact(uint32_t number) {
  return {FactKind::kNamed, number, 0};
}

// Rules given as a table: (cause, other cause or itself, effect).
class TableRules : public Closure::Rules {
 public:
  struct Rule {
    uint32_t cause, other, effect;
  };
  std::vector<Rule> rules;
  void expand(const Fact& cause, Closure::FactId id, Closure* closure) override {
    for (const Rule& rule : rules) {
      if (rule.cause != cause.a) continue;
      if (rule.other == rule.cause)
        closure->add(id, fact(rule.effect));
      else
        closure->add(id, fact(rule.other), fact(rule.effect));
    }
  }
};

TEST(Closure, NeedsBothCausesOfAPair) {
  TableRules rules;
  rules.rules = {{1, 2, 3}};
  Closure closure(&rules);
  closure.begin_batch();
  closure.seed(fact(1), 0);
  closure.seed(fact(2), 1);
  closure.seed(fact(1), 2);
  closure.seed(fact(2), 2);
  closure.run();
  EXPECT_FALSE(closure.tests(fact(3)).has(0));
  EXPECT_FALSE(closure.tests(fact(3)).has(1));
  EXPECT_TRUE(closure.tests(fact(3)).has(2));
}

TEST(Closure, ForgetsTheTestsOfTheBatchBefore) {
  TableRules rules;
  rules.rules = {{1, 1, 2}};
  Closure closure(&rules);
  closure.begin_batch();
  closure.seed(fact(1), 5);
  closure.run();
  closure.begin_batch();
  closure.seed(fact(1), 6);
  closure.run();
  EXPECT_FALSE(closure.tests(fact(2)).has(5));
  EXPECT_TRUE(closure.tests(fact(2)).has(6));
}

// The same as running every rule over every test until nothing changes.
TEST(Closure, EqualsTheNaiveOne) {
  std::mt19937 random(7);
  const auto pick = [&](uint32_t most) { return static_cast<uint32_t>(random() % most); };
  for (int round = 0; round < 200; ++round) {
    TableRules rules;
    for (uint32_t i = pick(60); i > 0; --i) {
      const uint32_t cause = pick(20);
      rules.rules.push_back({cause, pick(2) == 0 ? cause : pick(20), pick(20)});
    }
    Closure closure(&rules);
    for (int batch = 0; batch < 2; ++batch) {
      closure.begin_batch();
      std::map<size_t, std::set<uint32_t>> naive;
      for (size_t test = 0; test < 8; ++test) {
        for (uint32_t i = pick(4); i > 0; --i) {
          const uint32_t seeded = pick(20);
          naive[test].insert(seeded);
          closure.seed(fact(seeded), test);
        }
      }
      closure.run();
      for (size_t test = 0; test < 8; ++test) {
        std::set<uint32_t>& facts = naive[test];
        for (size_t before = facts.size() + 1; before != facts.size();) {
          before = facts.size();
          for (const TableRules::Rule& rule : rules.rules) {
            if (facts.count(rule.cause) != 0 && facts.count(rule.other) != 0) facts.insert(rule.effect);
          }
        }
        for (uint32_t number = 0; number < 20; ++number)
          EXPECT_EQ(closure.tests(fact(number)).has(test), facts.count(number) != 0)
              << round << " " << number;
      }
    }
  }
}

}  // namespace
}  // namespace alibi::select
