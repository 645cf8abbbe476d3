#include <gtest/gtest.h>

#include "collector/framework/python/ini_file.h"
#include "collector/framework/python/pytest_configuration.h"
#include "collector/framework/python/pytest_files.h"
#include "collector/framework/python/pytest_options.h"
#include "collector/model/plan_errors.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

TEST(IniFile, IsReadAsPytestReadsIt) {
  const Result<IniFile> file = parse_ini(
      "# why\n; so\n[pytest]  # here\nfirst = a = b\nsecond: c\nthird =\n  d\n\n  # not this\n\te\n[other]\n",
      "x");
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->at("pytest"), (IniSection{{"first", "a = b"}, {"second", "c"}, {"third", "d\ne"}}));
  EXPECT_TRUE(file->at("other").empty());
}

TEST(IniFile, ThatPytestRefusesIsAnErrorWithItsLine) {
  struct {
    const char* text;
    const char* said;
  } const cases[] = {
      {"a = 1\n", "x:1: no section header defined"},        {"[p]\nword\n", "x:2: unexpected line: 'word'"},
      {"[p]\na = 1\na = 2\n", "x:3: duplicate name 'a'"},   {"[p]\n[p]\n", "x:2: duplicate section 'p'"},
      {"[p]\n  a\n", "x:2: unexpected value continuation"}, {"[]\n", "x:1: empty section name"},
  };
  for (const auto& [text, said] : cases) {
    const Result<IniFile> file = parse_ini(text, "x");
    ASSERT_FALSE(file.ok()) << text;
    EXPECT_EQ(file.error().message, said);
  }
}

TEST(PytestOptions, SayWhichPlacesAreNamedAndWhichIgnored) {
  PytestOptions options;
  const auto exists = [](const std::string& place) { return place == "tests" || place == "src"; };
  read_pytest_options(
      {"-q", "tests::x", "--unknown", "src", "--tb=short", "src", "-n", "4", "--ignore", "a", "--ignore=b",
       "--ignore-glob=*.x", "-c", "conf.ini", "-opython_files=x_*.py", "missing"},
      exists, &options);
  EXPECT_EQ(options.places, (Words{"tests", "src"}));
  EXPECT_EQ(options.ignored, (Words{"a", "b"}));
  EXPECT_EQ(options.ignored_patterns, Words{"*.x"});
  EXPECT_EQ(options.configuration_file, "conf.ini");
  EXPECT_EQ(options.overrides.at("python_files"), "x_*.py");
}

TEST(Fnmatch, IsPythons) {
  EXPECT_TRUE(fnmatch("*.py", "a/b.py"));
  EXPECT_TRUE(fnmatch("[", "["));
  EXPECT_TRUE(fnmatch("[]]", "]"));
  EXPECT_TRUE(fnmatch("[!a]x", "bx"));
  EXPECT_TRUE(fnmatch("{arch}", "{arch}"));
  EXPECT_FALSE(fnmatch("{a,b}", "a"));
  EXPECT_FALSE(fnmatch("a\\*", "a*"));
  EXPECT_TRUE(path_fnmatch("tests/*.py", "/x/tests/deep/a.py"));
  EXPECT_FALSE(path_fnmatch("tests", "/x/tests/a"));
}

Result<PytestConfiguration> found(const ExampleProject& example, int major) {
  return pytest_configuration(
      example.project.directory, {}, {}, [=] { return major; }, Disk::real());
}

// Defect 18 of the peer.
TEST(PytestConfiguration, IsThatOfTheFirstFileThatPytestItselfWouldTake) {
  ExampleProject example;
  example.write("setup.cfg", "[tool:pytest]\ntestpaths = cfg\n");
  EXPECT_EQ(found(example, 8)->of("testpaths", {}), Words{"cfg"});
  example.write("tox.ini", "[pytest]\ntestpaths = tox\n");
  EXPECT_EQ(found(example, 8)->of("testpaths", {}), Words{"tox"});
  example.write("pyproject.toml", "[tool.pytest.ini_options]\ntestpaths = \"one 'two x'\"\n");
  EXPECT_EQ(found(example, 8)->of("testpaths", {}), (Words{"one", "two x"}));
  example.write(".pytest.ini", "[pytest]\n");
  EXPECT_EQ(found(example, 8)->of("testpaths", {}), Words{});
  example.write("pytest.ini", "");
  EXPECT_EQ(found(example, 8)->file, example.project.directory + "/pytest.ini");
  example.write("pytest.toml", "[pytest]\ntestpaths = [\"new\"]\n");
  EXPECT_EQ(found(example, 8)->file, example.project.directory + "/pytest.ini");
  EXPECT_EQ(found(example, 9)->of("testpaths", {}), Words{"new"});
}

TEST(PytestConfiguration, KnowsTheTableThatPytestNineReads) {
  ExampleProject example;
  example.write("pyproject.toml", "[tool.pytest]\ntestpaths = [\"new\"]\n");
  EXPECT_EQ(found(example, 9)->of("testpaths", {}), Words{"new"});
  EXPECT_EQ(found(example, 8)->of("testpaths", {}), Words{});
  example.write("pyproject.toml", "[tool.pytest]\na = 1\n[tool.pytest.ini_options]\nb = 1\n");
  EXPECT_FALSE(found(example, 9).ok());
}

TEST(PytestConfiguration, ComposesThePatternThatPeopleKnow) {
  ExampleProject example;
  example.write_all({"tests/test_a.py", "one.py"});
  const auto pattern = [&](const std::string& ini) {
    example.write("pytest.ini", "[pytest]\n" + ini);
    return pytest_pattern(*found(example, 8), example.project.directory, Disk::real());
  };
  EXPECT_EQ(pattern(""), "**/{test_*,*_test}.py");
  EXPECT_EQ(pattern("python_files = check_*.py\n"), "**/check_*.py");
  EXPECT_EQ(pattern("python_files = a*.py b*.py\ntestpaths = tests/\n"), "tests/**/{a*.py,b*.py}");
  EXPECT_EQ(pattern("testpaths = tests/ src one.py\n"), "{one.py,{tests,src}/**/{test_*,*_test}.py}");
}

TEST(PytestConfiguration, OfThePeerIsThatOfTheFirstFileWithAKeyOfInterest) {
  ExampleProject example;
  example.write("pytest.ini", "[pytest]\naddopts = -q\n");
  example.write("tox.ini", "[pytest]\npython_files = x_*.py\n");
  const PytestConfiguration taken = peer_configuration(example.project.directory, Disk::real());
  EXPECT_EQ(taken.of("python_files", {}), Words{"x_*.py"});
}

}  // namespace
}  // namespace alibi::framework
