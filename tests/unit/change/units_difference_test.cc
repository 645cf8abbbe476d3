#include "collector/change/units_difference.h"

#include <gtest/gtest.h>

#include <string>

namespace alibi::change {
namespace {

class Difference : public ::testing::Test {
 protected:
  StatementUnit statement(const std::string& name, uint64_t fingerprint, bool order_free = true) {
    StatementUnit unit;
    unit.binds = {names_.id_of(name)};
    unit.fingerprint = {fingerprint, 0};
    unit.order_free = order_free;
    return unit;
  }
  FunctionUnit function(const std::string& name, uint64_t fingerprint, uint32_t ordinal = 0) {
    FunctionUnit unit;
    unit.name = names_.id_of(name);
    unit.ordinal = ordinal;
    unit.fingerprint = {fingerprint, 0};
    return unit;
  }
  NameTable names_;
};

TEST_F(Difference, OfEqualUnitsIsEmpty) {
  FileUnits units;
  units.statements = {statement("a", 1), statement("b", 2)};
  units.functions = {function("f", 3)};
  EXPECT_TRUE(compare_units(units, &units).empty());
}

TEST_F(Difference, NamesChangedAndRemovedFunctionsAndNoNewOnes) {
  FileUnits before, now;
  before.functions = {function("f", 1), function("g", 2), function("h", 3)};
  now.functions = {function("f", 1), function("g", 9), function("new", 4)};
  EXPECT_EQ(compare_units(before, &now).functions, (std::vector<uint32_t>{1, 2}));
}

TEST_F(Difference, SeesEqualNamesThatChangedPlaces) {
  FileUnits before, now;
  before.functions = {function("f", 1, 0), function("f", 2, 1)};
  now.functions = {function("f", 2, 0), function("f", 1, 1)};
  EXPECT_EQ(compare_units(before, &now).functions, (std::vector<uint32_t>{0, 1}));
}

TEST_F(Difference, OfAStatementThatOnlyMovedIsEmptyWhereOrderIsFree) {
  FileUnits before, now;
  before.statements = {statement("a", 1), statement("b", 2), statement("c", 3)};
  now.statements = {statement("c", 3), statement("a", 1), statement("b", 2)};
  EXPECT_TRUE(compare_units(before, &now).empty());
  before.statements[2].order_free = now.statements[0].order_free = false;
  EXPECT_EQ(compare_units(before, &now).old_statements, (std::vector<uint32_t>{2}));
  EXPECT_EQ(compare_units(before, &now).new_statements, (std::vector<uint32_t>{0}));
}

TEST_F(Difference, CountsAMovedStatementWhoseNameIsBoundTwice) {
  FileUnits before, now;
  before.statements = {statement("a", 1), statement("a", 2)};
  now.statements = {statement("a", 2), statement("a", 1)};
  EXPECT_FALSE(compare_units(before, &now).empty());
}

TEST_F(Difference, IsTheWholeFileWhereOneSideCannotBeParsed) {
  FileUnits good, bad;
  bad.error = "SyntaxError";
  EXPECT_TRUE(compare_units(good, &bad).whole);
  EXPECT_TRUE(compare_units(bad, &good).whole);
  EXPECT_TRUE(compare_units(good, nullptr).whole);
}

}  // namespace
}  // namespace alibi::change
