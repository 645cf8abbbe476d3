#include "collector/select/closure_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace alibi::select {
namespace {

// Seeds that lead nowhere else.
class NoRules : public Closure::Rules {
 public:
  void expand(const Fact&, Closure::FactId, Closure*) override {}
};

using Holders = std::map<std::pair<FactKind, uint32_t>, std::set<size_t>>;

std::vector<Hash128> names_of(size_t subjects) {
  std::vector<Hash128> names;
  for (size_t i = 0; i < subjects; ++i) names.push_back(hash128(&i, sizeof i));
  return names;
}

std::string written(const Holders& holders, size_t subjects, uint64_t key, const change::NameTable& names) {
  NoRules rules;
  Closure closure(&rules);
  ClosureIndexWriter writer(names);
  for (size_t first = 0; first < subjects; first += TestSet::kSize) {
    closure.begin_batch();
    for (const auto& [fact, held] : holders) {
      for (const size_t subject : held) {
        if (subject / TestSet::kSize == first / TestSet::kSize)
          closure.seed({fact.first, fact.second, 0}, subject - first);
      }
    }
    closure.run();
    writer.add_batch(closure, first);
  }
  return writer.finish(key, names_of(subjects));
}

TEST(ClosureIndex, SaysWhatTheClosuresSaid) {
  std::mt19937 random(7);
  change::NameTable names;
  for (int i = 0; i < 40; ++i) names.id_of("name" + std::to_string(i));
  for (const size_t subjects : {1u, 511u, 512u, 513u, 1500u}) {
    Holders holders;
    for (uint32_t i = 0; i < 40; ++i) {
      const FactKind kind = i % 2 == 0 ? FactKind::kFunction : FactKind::kAttribute;
      for (size_t turn = random() % 60; turn > 0; --turn) {
        const size_t begin = random() % subjects;
        for (size_t test = begin; test < std::min(subjects, begin + random() % 20 + 1); ++test)
          holders[{kind, i}].insert(test);
      }
    }
    const auto index = ClosureIndex::open(written(holders, subjects, 5, names), 5, names);
    ASSERT_NE(index, nullptr);
    EXPECT_EQ(index->subjects(), subjects);
    for (uint32_t i = 0; i < 40; ++i) {
      const FactKind kind = i % 2 == 0 ? FactKind::kFunction : FactKind::kAttribute;
      for (size_t test = 0; test < subjects; ++test) {
        const ClosureIndex::Batch batch(*index, test / TestSet::kSize);
        const Fact fact{kind, i, 0};
        const bool expected = holders[{kind, i}].count(test) != 0;
        EXPECT_EQ(batch.tests(fact).has(test % TestSet::kSize), expected);
      }
    }
  }
}

TEST(ClosureIndex, KnowsNamesByTheirText) {
  change::NameTable before;
  const auto name = before.id_of("spoken");
  const std::string bytes = written({{{FactKind::kAttribute, name}, {0}}}, 1, 1, before);
  change::NameTable now;
  now.id_of("another");
  const auto index = ClosureIndex::open(bytes, 1, now);
  ASSERT_NE(index, nullptr);
  const ClosureIndex::Batch batch(*index, 0);
  EXPECT_TRUE(batch.tests({FactKind::kAttribute, now.id_of("spoken"), 0}).has(0));
  EXPECT_FALSE(batch.tests({FactKind::kAttribute, now.id_of("another"), 0}).has(0));
}

TEST(ClosureIndex, FindsSubjectsByName) {
  change::NameTable names;
  const auto index = ClosureIndex::open(written({}, 3, 1, names), 1, names);
  ASSERT_NE(index, nullptr);
  size_t subject = 0;
  EXPECT_TRUE(index->find(names_of(3)[2], &subject));
  EXPECT_EQ(subject, 2u);
  EXPECT_FALSE(index->find(names_of(4)[3], &subject));
}

TEST(ClosureIndex, IsRefusedWhenDamagedOrOfOtherRules) {
  change::NameTable names;
  const std::string bytes = written({{{FactKind::kFunction, 3}, {0, 2}}}, 3, 1, names);
  EXPECT_EQ(ClosureIndex::open(bytes, 2, names), nullptr);
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(ClosureIndex::open(bytes.substr(0, size), 1, names), nullptr);
  for (size_t place = 0; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x20);
    EXPECT_EQ(ClosureIndex::open(damaged, 1, names), nullptr) << place;
  }
}

}  // namespace
}  // namespace alibi::select
