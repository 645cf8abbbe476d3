// Sets of numbers are sorted by their bytes when there are many: same result as comparing them.

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "collector/merge/evidence_tables.h"

namespace alibi::collector {
namespace {

template <typename Number>
void expect_set_of(std::vector<Number> numbers) {
  const std::set<Number> expected(numbers.begin(), numbers.end());
  make_set(&numbers);
  EXPECT_EQ(numbers, std::vector<Number>(expected.begin(), expected.end()));
}

TEST(NumberSets, ManyNumbersAreSortedOnce) {
  std::mt19937_64 random(1);
  for (size_t size : {0U, 1U, 99U, 100U, 101U, 5000U}) {
    for (uint64_t mask :
         {uint64_t{0}, uint64_t{0xFF}, uint64_t{0x3FFFF}, uint64_t{0x700000FFF}, ~uint64_t{0}}) {
      std::vector<uint32_t> small;
      std::vector<uint64_t> large;
      for (size_t i = 0; i < size; ++i) {
        large.push_back(random() & mask);
        small.push_back(static_cast<uint32_t>(large.back()));
      }
      expect_set_of(small);
      expect_set_of(large);
    }
  }
}

TEST(NumberSets, SortedAndReversedNumbersToo) {
  std::vector<uint64_t> rising;
  for (uint64_t number = 0; number < 1000; ++number) rising.push_back(number << 30);
  expect_set_of(rising);
  expect_set_of(std::vector<uint64_t>(rising.rbegin(), rising.rend()));
}

}  // namespace
}  // namespace alibi::collector
