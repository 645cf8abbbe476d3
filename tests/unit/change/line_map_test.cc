#include "collector/change/line_map.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace alibi::change {
namespace {

using Lines = std::vector<uint32_t>;

// A text and its units, as far as a map of lines asks for them.
struct Text {
  std::string text;
  FileUnits units;
};

class Map : public ::testing::Test {
 protected:
  void function(Text* text, const std::string& name, uint32_t line, uint32_t end, uint64_t fingerprint) {
    FunctionUnit unit;
    unit.name = names_.id_of(name);
    unit.line = line;
    unit.end = end;
    unit.fingerprint = {fingerprint, 0};
    text->units.functions.push_back(unit);
    statement(text, name, line, end, fingerprint, StatementKind::kDef);
  }
  void statement(Text* text, const std::string& name, uint32_t line, uint32_t end, uint64_t fingerprint,
                 StatementKind kind = StatementKind::kAssign) {
    StatementUnit unit;
    unit.binds = {names_.id_of(name)};
    unit.line = line;
    unit.end = end;
    unit.fingerprint = {kind == StatementKind::kDef ? 1 : fingerprint, names_.id_of(name)};
    unit.kind = kind;
    unit.order_free = true;
    text->units.statements.push_back(unit);
  }
  static Lines moved(const Text& before, const Text& now, const Lines& executed, const Lines& code = {}) {
    const UnitsDifference difference = compare_units(before.units, &now.units);
    return LineMap({before.text, before.units}, {now.text, now.units}, difference, code).moved(executed);
  }
  NameTable names_;
};

TEST_F(Map, MovesTheLinesOfAFunctionWithIt) {
  Text before{"def f():\n    a\n    b\ndef g():\n    c\n", {}},
      now{"\n# g first\ndef g():\n    c\ndef f():\n    a\n    b\n", {}};
  function(&before, "f", 1, 3, 7);
  function(&before, "g", 4, 5, 8);
  function(&now, "g", 3, 4, 8);
  function(&now, "f", 5, 7, 7);
  EXPECT_EQ(moved(before, now, {2}), Lines{6});
  EXPECT_EQ(moved(before, now, {2, 3, 5}), (Lines{4, 6, 7}));
}

TEST_F(Map, LeavesOutTheLinesOfAFunctionThatMeansSomethingElse) {
  Text before{"def f():\n    a\n    b\ndef g():\n    c\n", {}},
      now{"def f():\n    a\n    x\ndef g():\n    c\n", {}};
  function(&before, "f", 1, 3, 7);
  function(&before, "g", 4, 5, 8);
  function(&now, "f", 1, 3, 9);
  function(&now, "g", 4, 5, 8);
  EXPECT_EQ(moved(before, now, {2, 3, 5}), Lines{5});
}

TEST_F(Map, LeavesOutTheLinesOfAFunctionThatIsGone) {
  Text before{"def f():\n    a\ndef g():\n    a\n", {}}, now{"def g():\n    a\n", {}};
  function(&before, "f", 1, 2, 7);
  function(&before, "g", 3, 4, 8);
  function(&now, "g", 1, 2, 8);
  EXPECT_EQ(moved(before, now, {2}), Lines());
  EXPECT_EQ(moved(before, now, {4}), Lines{2});
}

TEST_F(Map, CountsImportTimeCodeThatCameWhereTheModuleWasImported) {
  Text before{"X = 1\ndef f():\n    a\n", {}},
      now{"X = 1\nY = 2\n@cache\ndef new():\n    a\ndef f():\n    a\n", {}};
  statement(&before, "X", 1, 1, 5);
  function(&before, "f", 2, 3, 7);
  statement(&now, "X", 1, 1, 5);
  statement(&now, "Y", 2, 2, 6);
  function(&now, "new", 3, 5, 9);
  function(&now, "f", 6, 7, 7);
  EXPECT_EQ(moved(before, now, {1, 2}), (Lines{1, 2, 3, 4, 6}));
  EXPECT_EQ(moved(before, now, {3}), Lines{7});  // somebody else imported it
}

TEST_F(Map, TakesALaidOutAnewFunctionAsAWhole) {
  Text before{"def f():\n    first\n    return a + b\n", {}},
      now{"def f():\n    first\n    return (\n        a\n        + b\n    )\n", {}};
  function(&before, "f", 1, 3, 7);
  function(&now, "f", 1, 6, 7);
  EXPECT_EQ(moved(before, now, {2, 3}, {1, 2, 3}), (Lines{2, 3, 4, 5, 6}));
  EXPECT_EQ(moved(before, now, {2}, {1, 2, 3}), Lines{2});
}

TEST_F(Map, KnowsNothingWhereOneSideCannotBeParsed) {
  Text before{"X = 1\n", {}}, now{"X = (\n", {}};
  statement(&before, "X", 1, 1, 5);
  now.units.error = "SyntaxError";
  EXPECT_EQ(moved(before, now, {1}), Lines());
}

TEST_F(Map, IgnoresLinesBehindTheEnd) {
  Text before{"X = 1\n", {}}, now{"\nX = 1\n", {}};
  statement(&before, "X", 1, 1, 5);
  statement(&now, "X", 2, 2, 5);
  EXPECT_EQ(moved(before, now, {1, 400000}), Lines{2});
}

}  // namespace
}  // namespace alibi::change
