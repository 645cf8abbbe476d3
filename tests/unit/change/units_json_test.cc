#include "collector/change/units_json.h"

#include <gtest/gtest.h>

#include <string>

namespace alibi::change {
namespace {

const std::string kHash(32, 'a');

std::string document() {
  return R"({"version":1,"functions":[{"name":"C.f","ordinal":0,"line":2,"end":3,"class":"C","fp":")" +
         kHash + R"(","pos":")" + kHash + R"(","sig":")" + kHash +
         R"(","args":["self"],"reads":{"g":["a"],"i":[[1,"m",["x"]]]},"writes":["?","t"]}],)" +
         R"("statements":[{"class":"","line":1,"end":3,"kind":"class","head":"C","fp":")" + kHash +
         R"(","binds":["C"],"effect":null,"stars":[]}],"docs":{"C":")" + kHash + R"("},"annotations":{}})";
}

TEST(UnitsJson, AreReadIntoUnits) {
  NameTable names;
  const Result<FileUnits> units = parse_units(document(), &names);
  ASSERT_TRUE(units.ok()) << units.error().message;
  ASSERT_EQ(units->functions.size(), 1U);
  const FunctionUnit& function = units->functions[0];
  EXPECT_EQ(names.text(function.last_name), "f");
  EXPECT_TRUE(function.writes_unknown);
  ASSERT_EQ(function.writes.size(), 1U);
  EXPECT_EQ(names.text(function.writes[0]), "t");
  ASSERT_EQ(function.reads.imports.size(), 1U);
  EXPECT_EQ(function.reads.imports[0].level, 1);
  EXPECT_EQ(units->statements[0].kind, StatementKind::kClass);
  EXPECT_FALSE(units->statements[0].has_effect);
  EXPECT_EQ(units->docs.size(), 1U);
}

TEST(UnitsJson, SayWhyASourceHasNone) {
  NameTable names;
  const Result<FileUnits> units = parse_units(R"({"error":"SyntaxError: no line 3"})", &names);
  ASSERT_TRUE(units.ok());
  EXPECT_FALSE(units->parsed());
}

TEST(UnitsJson, AreRefusedRatherThanReadInPart) {
  NameTable names;
  const std::string whole = document();
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_units(whole.substr(0, length), &names).ok()) << length;
  for (const char* bad : {"[]", "1", R"({"version":2,"functions":[],"statements":[]})",
                          R"({"version":1,"functions":[1],"statements":[]})",
                          R"({"version":1,"functions":[],"statements":[{"kind":"?"}]})",
                          R"({"version":1,"functions":{},"statements":[]})"})
    EXPECT_FALSE(parse_units(bad, &names).ok()) << bad;
}

}  // namespace
}  // namespace alibi::change
