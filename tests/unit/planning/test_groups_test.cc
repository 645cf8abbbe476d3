#include "collector/planning/test_groups.h"

#include <gtest/gtest.h>

namespace alibi::planning {
namespace {

using Selectors = std::vector<std::string>;

framework::DiscoveredTest test_of(const std::string& selector, const std::string& group = "") {
  framework::DiscoveredTest test;
  test.file = selector.substr(0, selector.find("::"));
  test.name = test.selector = selector;
  test.group = group;
  return test;
}

plan::Unit unit_of(const std::string& file, uint64_t weight_ms) {
  plan::Unit unit;
  unit.file = file;
  unit.weight_ms = weight_ms;
  return unit;
}

TEST(TestGroups, KeepsParametersOfAFunctionTogetherAndNamesThemOnce) {
  const auto files =
      test_groups({test_of("a.py::test_x[1-[2]]"), test_of("a.py::test_x[3]"), test_of("a.py::test_y")},
                  {unit_of("a.py", 9000)}, {true, true});
  ASSERT_EQ(files.size(), 1U);
  ASSERT_EQ(files[0].groups.size(), 2U);
  EXPECT_EQ(files[0].groups[0].selectors, Selectors{"a.py::test_x"});
  EXPECT_EQ(files[0].groups[0].weight_ms, 6000U);
  EXPECT_EQ(files[0].groups[1].weight_ms, 3000U);
}

TEST(TestGroups, TellsParametersFromFunctionsByTheFirstBracketAfterTheFile) {
  const auto files = test_groups({test_of("d[1]/a[b].py::test_x[::a[b-x::y]"),
                                  test_of("d[1]/a[b].py::test_x[c]"), test_of("d[1]/a[b].py::test_y")},
                                 {unit_of("d[1]/a[b].py", 9000)}, {true, true});
  ASSERT_EQ(files.size(), 1U);
  ASSERT_EQ(files[0].groups.size(), 2U);
  EXPECT_EQ(files[0].groups[0].selectors, Selectors{"d[1]/a[b].py::test_x"});
  EXPECT_EQ(files[0].groups[1].selectors, Selectors{"d[1]/a[b].py::test_y"});
}

TEST(TestGroups, NamesFunctionsOnceWhoseParametersComeInTurns) {
  const auto files = test_groups({test_of("a.py::T::test_x[1]", "T"), test_of("a.py::T::test_y[1]", "T"),
                                  test_of("a.py::T::test_x[2]", "T"), test_of("a.py::T::test_y[2]", "T")},
                                 {unit_of("a.py", 4000)}, {true, true});
  ASSERT_EQ(files.size(), 1U);
  ASSERT_EQ(files[0].groups.size(), 1U);
  EXPECT_EQ(files[0].groups[0].selectors, (Selectors{"a.py::T::test_x", "a.py::T::test_y"}));
}

TEST(TestGroups, KeepsFunctionsTogetherThatMayShareWhatTheyChange) {
  const auto files =
      test_groups({test_of("a.py::test_x"), test_of("a.py::test_y"), test_of("a.py::T::test_z", "T")},
                  {unit_of("a.py", 3000)}, {true, false});
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].groups.size(), 2U);
}

TEST(TestGroups, LeavesFilesAwayWithATestThatCannotBeSelected) {
  framework::DiscoveredTest nameless = test_of("a.py::test_x");
  nameless.selector.clear();
  EXPECT_TRUE(
      test_groups({nameless, test_of("a.py::test_y")}, {unit_of("a.py", 3000)}, {true, true}).empty());
}

}  // namespace
}  // namespace alibi::planning
