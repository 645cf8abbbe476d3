#include "collector/timings/file_names.h"

#include <gtest/gtest.h>

namespace alibi::timings {
namespace {

std::string shown(const NameMatch& match) {
  if (match.ambiguous) return "ambiguous";
  return match.file == nullptr ? "none" : *match.file;
}

std::string path(const std::vector<std::string>& files, std::string_view name) {
  return shown(FileNames(files).by_path(name));
}

std::string dotted(const std::vector<std::string>& files, std::string_view name) {
  return shown(FileNames(files).by_dotted_name(name));
}

const std::vector<std::string> kRuby = {"spec/models/user_spec.rb", "spec/user_spec.rb", "spec/x_spec.rb"};
const std::vector<std::string> kPython = {"tests/unit/test_a.py", "tests/test_b.py", "test_top.py",
                                          "other/tests/test_b.py"};

TEST(FileNames, FindsAPathHoweverItIsWritten) {
  EXPECT_EQ(path(kRuby, "./spec/x_spec.rb"), "spec/x_spec.rb");
  EXPECT_EQ(path(kRuby, "spec\\x_spec.rb"), "spec/x_spec.rb");
  EXPECT_EQ(path(kRuby, "/home/ci/project/spec/x_spec.rb"), "spec/x_spec.rb");
  EXPECT_EQ(path(kRuby, "C:\\ci\\spec\\x_spec.rb"), "spec/x_spec.rb");
  EXPECT_EQ(path({"core/spec/x_spec.rb"}, "spec/x_spec.rb"), "core/spec/x_spec.rb");
}

TEST(FileNames, TakesNoPathThatCouldBeTwo) {
  EXPECT_EQ(path(kRuby, "user_spec.rb"), "ambiguous");
  EXPECT_EQ(path({"a/spec/x_spec.rb", "b/spec/x_spec.rb"}, "spec/x_spec.rb"), "ambiguous");
}

TEST(FileNames, TakesNoPathOfAnotherProject) {
  EXPECT_EQ(path(kRuby, "spec/gone_spec.rb"), "none");
  EXPECT_EQ(path(kRuby, "lib/spec/x_spec.rb"), "none");
  EXPECT_EQ(path(kRuby, ""), "none");
  EXPECT_EQ(path(kRuby, "/"), "none");
}

TEST(FileNames, FindsAModuleWithClassesAndWithout) {
  EXPECT_EQ(dotted(kPython, "tests.unit.test_a"), "tests/unit/test_a.py");
  EXPECT_EQ(dotted(kPython, "tests.unit.test_a.TestClass.TestInner"), "tests/unit/test_a.py");
  EXPECT_EQ(dotted(kPython, "test_top.TestClass"), "test_top.py");
  EXPECT_EQ(dotted(kPython, "unit.test_a"), "tests/unit/test_a.py");  // run in tests/
  EXPECT_EQ(dotted(kRuby, "spec.models.user_spec"), "spec/models/user_spec.rb");
  EXPECT_EQ(dotted({"src/test/java/org/a/BarTest.java"}, "org.a.BarTest"),
            "src/test/java/org/a/BarTest.java");
}

TEST(FileNames, TakesNoModuleThatCouldBeTwo) {
  EXPECT_EQ(dotted(kPython, "tests.test_b"), "tests/test_b.py");  // exact
  EXPECT_EQ(dotted(kPython, "test_b"), "ambiguous");
  EXPECT_EQ(dotted({"t/a.py", "t/a.js"}, "t.a"), "ambiguous");
  EXPECT_EQ(dotted(kPython, "Mocha Tests"), "none");
  EXPECT_EQ(dotted(kPython, ""), "none");
  EXPECT_EQ(dotted(kPython, "...."), "none");
}

TEST(FileNames, SurvivesLongNames) {
  EXPECT_EQ(path(kRuby, std::string(1'000'000, '/')), "none");
  EXPECT_EQ(dotted(kPython, std::string(1'000'000, '.')), "none");
}

}  // namespace
}  // namespace alibi::timings
