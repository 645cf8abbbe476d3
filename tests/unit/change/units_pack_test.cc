#include "collector/change/units_pack.h"

#include <gtest/gtest.h>

#include <string>

namespace alibi::change {
namespace {

FileUnits example(NameTable* names) {
  FileUnits file;
  FunctionUnit function;
  function.name = names->id_of("C.method");
  function.last_name = names->id_of("method");
  function.class_name = names->id_of("C");
  function.ordinal = 3;
  function.line = 12;
  function.end = 400;
  function.fingerprint = {1, 2};
  function.positions = {3, 4};
  function.signature = {5, 6};
  function.lazy = true;
  function.writes_parameter = true;
  function.arguments = {names->id_of("self"), names->id_of("value")};
  function.reads.globals = {names->id_of("LIMIT")};
  function.reads.imports = {{2, names->id_of("package.module"), {names->id_of("thing")}}};
  function.reads.dynamic_imports = true;
  file.functions = {function};
  StatementUnit statement;
  statement.head = names->id_of("C");
  statement.kind = StatementKind::kClass;
  statement.fingerprint = {7, 8};
  statement.has_effect = true;
  statement.is_hook = true;
  statement.binds = {names->id_of("C")};
  statement.stars = {{1, names->id_of("module")}};
  file.statements = {statement};
  file.docs = {{names->id_of("C"), {9, 10}}};
  return file;
}

TEST(UnitsPack, GivesBackEveryField) {
  NameTable names;
  const UnitsList units = {std::make_shared<const FileUnits>(example(&names)), nullptr};
  NameTable others;
  others.id_of("value");  // other numbers than before
  UnitsList read;
  ASSERT_TRUE(unpack_units(pack_units(units, names), &others, &read));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1], nullptr);
  const FunctionUnit& function = read[0]->functions.at(0);
  EXPECT_EQ(others.text(function.name), "C.method");
  EXPECT_EQ(function.ordinal, 3u);
  EXPECT_EQ(function.end, 400u);
  EXPECT_EQ(function.signature, (Hash128{5, 6}));
  EXPECT_TRUE(function.lazy && function.writes_parameter && !function.calls_values);
  ASSERT_EQ(function.arguments.size(), 2u);
  EXPECT_LT(function.arguments[0], function.arguments[1]);
  EXPECT_EQ(function.reads.imports.at(0).level, 2);
  EXPECT_EQ(others.text(function.reads.imports.at(0).names.at(0)), "thing");
  EXPECT_TRUE(function.reads.dynamic_imports);
  const StatementUnit& statement = read[0]->statements.at(0);
  EXPECT_EQ(statement.kind, StatementKind::kClass);
  EXPECT_TRUE(statement.has_effect && statement.is_hook && !statement.autouse);
  EXPECT_EQ(others.text(statement.stars.at(0).second), "module");
  EXPECT_EQ(read[0]->docs.at(0).second, (Hash128{9, 10}));
}

TEST(UnitsPack, IsTheSameWhenPackedAgain) {
  NameTable names, fresh;
  const std::string bytes = pack_units({std::make_shared<const FileUnits>(example(&names))}, names);
  UnitsList read;
  ASSERT_TRUE(unpack_units(bytes, &fresh, &read));
  EXPECT_EQ(pack_units(read, fresh), bytes);
}

TEST(UnitsPack, RefusesDamage) {
  NameTable names;
  const std::string bytes = pack_units({std::make_shared<const FileUnits>(example(&names))}, names);
  for (size_t size = 0; size < bytes.size(); ++size) {
    UnitsList units;
    EXPECT_FALSE(unpack_units(std::string_view(bytes).substr(0, size), &names, &units));
  }
  for (size_t place = 0; place < bytes.size(); ++place) {
    UnitsList units;
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x11);
    EXPECT_FALSE(unpack_units(damaged, &names, &units)) << place;
  }
}

}  // namespace
}  // namespace alibi::change
