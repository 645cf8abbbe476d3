#include "collector/plan/rest_of_file.h"

#include <gtest/gtest.h>

namespace alibi::plan {
namespace {

using Words = std::vector<std::string>;

Unit part(const std::string& file, const Words& tests) {
  Unit unit{.file = file};
  for (const std::string& test : tests) unit.selectors.push_back(file + "::" + test);
  return unit;
}

std::vector<Unit> with_rest(std::vector<Unit> parts) {
  leave_rest_to_one(&parts);
  return parts;
}

TEST(RestOfFileTest, OnePartIsWhatTheOthersLeave) {
  const std::vector<Unit> units =
      with_rest({part("a.py", {"x", "y"}), part("a.py", {"z"}), part("a.py", {"C::w"})});
  EXPECT_EQ(units[0].selectors, (Words{"a.py", "--deselect=a.py::z", "--deselect=a.py::C::w"}));
  EXPECT_EQ(units[1].selectors, Words{"a.py::z"});
  EXPECT_EQ(units[2].selectors, Words{"a.py::C::w"});
}

TEST(RestOfFileTest, APartWhoseTestsPytestWouldDeselectWithTheOthersIsNotTheRest) {
  const std::vector<Unit> units =
      with_rest({part("a.py", {"test_10", "test_2"}), part("a.py", {"test_1", "test_3"})});
  EXPECT_EQ(units[0].selectors, (Words{"a.py::test_10", "a.py::test_2"}));
  EXPECT_EQ(units[1].selectors, (Words{"a.py", "--deselect=a.py::test_10", "--deselect=a.py::test_2"}));
  const std::vector<Unit> none = {part("a.py", {"test_1", "test_20"}), part("a.py", {"test_2", "test_10"})};
  EXPECT_EQ(with_rest(none)[0].selectors, none[0].selectors);
  EXPECT_EQ(with_rest(none)[1].selectors, none[1].selectors);
}

TEST(RestOfFileTest, MoreThanACommandLineTakesIsNotDeselected) {
  Words many;
  for (int number = 0; number < 3000; ++number)
    many.push_back("test_with_a_long_name_" + std::to_string(10000 + number));
  const std::vector<Unit> units = with_rest({part("a.py", {"x"}), part("a.py", many)});
  EXPECT_EQ(units[0].selectors, Words{"a.py::x"});
  EXPECT_EQ(units[1].selectors, (Words{"a.py", "--deselect=a.py::x"}));
}

}  // namespace
}  // namespace alibi::plan
