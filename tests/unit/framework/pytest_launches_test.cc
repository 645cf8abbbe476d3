#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>

#include "collector/framework/python/pytest_framework.h"
#include "collector/model/plan_errors.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

// Programs that say which pytest there is, where `python` is one file on PATH.
class PytestLaunches : public ::testing::Test {
 protected:
  void have(const std::string& version, bool alibi = false) {
    example_.write("bin/python", "");
    ::chmod((example_.project.directory + "/bin/python").c_str(), 0755);
    example_.project.environment["PATH"] = "bin";
    example_.answer = [=](const auto&, const auto&) {
      process::ChildOutput output;
      output.text = "hello\n{\"pytest\": \"" + version + "\", \"alibi\": " + (alibi ? "true" : "false") +
                    ", \"tags\": {\"runtime.name\": \"CPython\", \"wrong\": 1}}\n";
      return output;
    };
  }
  Result<std::vector<Launch>> launches(const std::vector<plan::Unit>& units, const std::string& junit = "") {
    Pytest pytest(example_.project, example_.programs(), Disk::real());
    return pytest.launches(units, junit, "3");
  }
  static std::vector<plan::Unit> many(size_t count) {
    std::vector<plan::Unit> units;
    for (size_t i = 0; i < count; ++i)
      units.push_back({.file = "tests/" + std::string(90, 'x') + std::to_string(i) + "_test.py"});
    return units;
  }

  ExampleProject example_;
};

TEST_F(PytestLaunches, RunTheFilesAndPartsInOneProcess) {
  have("7.2.1");
  const auto made =
      launches({{.file = "a_test.py"}, {.file = "b_test.py", .selectors = {"b_test.py::x", "b_test.py::y"}}},
               "/r.xml");
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->size(), 1U);
  EXPECT_EQ(made->at(0).command, (Words{"python", "-m", "pytest", "--junit-xml=/r.xml", "a_test.py",
                                        "b_test.py::x", "b_test.py::y"}));
  EXPECT_TRUE(made->at(0).environment.empty());
}

TEST_F(PytestLaunches, KeepToTheirArgumentsWhereAddoptsNamesPlaces) {
  have("7.2.1");
  example_.write("pytest.ini", "[pytest]\naddopts = tests\n");
  example_.write("tests/a_test.py");
  const auto made = launches(
      {{.file = "tests/a_test.py", .selectors = {"tests/a_test.py", "--deselect=tests/a_test.py::x"}}});
  ASSERT_TRUE(made.ok());
  const Launch& launch = made->at(0);
  EXPECT_EQ(launch.command, (Words{"python", "-m", "pytest", "-p", "alibi_pytest_batch", "tests/a_test.py",
                                   "--deselect=tests/a_test.py::x"}));
  const std::string folder = example_.project.scratch + "/worker-3-1";
  EXPECT_EQ(launch.environment,
            (Variables{{"ALIBI_PYTEST_ARGUMENTS", folder + "/arguments"}, {"PYTHONPATH", folder}}));
  EXPECT_EQ(Disk::real().text(folder + "/arguments"), std::string("tests/a_test.py\0", 16));
  EXPECT_TRUE(std::ranges::count(launch.files, folder + "/arguments") == 1);
}

TEST_F(PytestLaunches, PutFilesThatPytestDoesNotTakeByTheirNamesIntoARunOfTheirOwn) {
  const std::vector<plan::Unit> units = {
      {.file = "a[1].py"}, {.file = "b.py"}, {.file = "p/__init__.py"}, {.file = "d[/c.py"}};
  have("7.2.1");
  const auto old = launches(units);
  ASSERT_TRUE(old.ok());
  ASSERT_EQ(old->size(), 2U);
  EXPECT_EQ(old->at(0).command, (Words{"python", "-m", "pytest", "b.py"}));
  EXPECT_EQ(old->at(1).command, (Words{"python", "-m", "pytest", "-p", "alibi_pytest_batch", "a[1].py",
                                       "p/__init__.py", "d[/c.py"}));
  // What the first leaves is removed while the second is still to come.
  example_.write("pytest.ini", "[pytest]\naddopts = .\n");
  const auto both = launches(units);
  ASSERT_EQ(both->size(), 2U);
  EXPECT_FALSE(both->at(0).files.empty());
  for (const std::string& file : both->at(0).files)
    EXPECT_EQ(std::ranges::count(both->at(1).files, file), 0) << file;
  example_.write("pytest.ini", "");
  have("8.0.0");
  EXPECT_EQ(launches(units)->at(0).command, (Words{"python", "-m", "pytest", "b.py", "p/__init__.py"}));
  EXPECT_EQ(launches({{.file = "a[1].py"}})->size(), 1U);
}

TEST_F(PytestLaunches, AskTheInterpreterOnce) {
  have("7.2.1");
  Pytest pytest(example_.project, example_.programs(), Disk::real());
  EXPECT_TRUE(pytest.check().ok());
  EXPECT_EQ(*pytest.runtime_tags(), (std::map<std::string, std::string>{{"runtime.name", "CPython"}}));
  EXPECT_TRUE(pytest.launches({}, "", "0").ok());
  EXPECT_EQ(example_.commands.size(), 1U);
}

// Defect 16 of the peer.
TEST_F(PytestLaunches, PutTooManyArgumentsIntoAFileWherePytestReadsOne) {
  have("8.2.0");
  const auto made = launches(many(10000), "/r.xml");
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->size(), 1U);
  const Launch& launch = made->at(0);
  ASSERT_EQ(launch.files.size(), 1U);
  EXPECT_EQ(launch.command.back(), "@" + launch.files[0]);
  EXPECT_EQ(std::ranges::count(*Disk::real().text(launch.files[0]), '\n'), 10000);
}

TEST_F(PytestLaunches, AreSeveralWhereNoCommandLineHoldsAllArguments) {
  have("8.1.9");
  const auto made = launches(many(10000), "/r.xml");
  ASSERT_TRUE(made.ok());
  ASSERT_GT(made->size(), 1U);
  Words all;
  for (const Launch& launch : *made) {
    const auto first =
        std::ranges::find_if(launch.command, [](const auto& word) { return word.ends_with(".py"); });
    all.insert(all.end(), first, launch.command.end());
  }
  EXPECT_EQ(all.size(), 10000U);
  EXPECT_EQ(made->at(1).command[3], "--junit-xml=/r.2.xml");
}

TEST_F(PytestLaunches, PassOnWhatIsDeselectedAsAnOption) {
  have("7.2.1");
  EXPECT_EQ(launches({{.file = "a.py", .selectors = {"a.py", "--deselect=a.py::x"}}})->at(0).command,
            (Words{"python", "-m", "pytest", "a.py", "--deselect=a.py::x"}));
  // A file of that name.
  EXPECT_EQ(launches({{.file = "--deselect=a.py"}})->at(0).command.back(), "./--deselect=a.py");
}

TEST_F(PytestLaunches, CountWhatIsDeselectedFromTheRootAsPytestDoes) {
  have("7.2.1");
  example_.write("pytest.ini", "[pytest]\n");
  example_.write("bin/deep/a.py");
  example_.project.directory += "/bin";
  example_.project.environment["PATH"] = example_.project.directory;
  const auto made =
      launches({{.file = "deep/a.py", .selectors = {"deep/a.py", "--deselect=deep/a.py::x[1]"}}});
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->at(0).command.back(), "--deselect=bin/deep/a.py::x[1]");
}

TEST_F(PytestLaunches, PutWhatIsDeselectedIntoTheFileOfArgumentsToo) {
  have("8.2.0");
  std::vector<plan::Unit> units = many(10000);
  units.push_back({.file = "a.py", .selectors = {"a.py", "--deselect=a.py::x"}});
  const auto made = launches(units);
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->size(), 1U);
  EXPECT_TRUE(Disk::real().text(made->at(0).files.at(0))->ends_with("\na.py\n--deselect=a.py::x\n"));
}

TEST_F(PytestLaunches, KeepAFileAndWhatIsDeselectedOfItTogether) {
  have("8.1.9");
  std::vector<plan::Unit> units = many(10000);
  for (plan::Unit& unit : units) unit.selectors = {unit.file, "--deselect=" + unit.file + "::x"};
  const auto made = launches(units);
  ASSERT_TRUE(made.ok());
  ASSERT_GT(made->size(), 1U);
  size_t files = 0;
  for (const Launch& launch : *made) {
    ASSERT_EQ(launch.command.size() % 2, 1U);
    for (size_t at = 3; at < launch.command.size(); at += 2, ++files)
      ASSERT_EQ(launch.command[at + 1], "--deselect=" + launch.command[at] + "::x");
  }
  EXPECT_EQ(files, 10000U);
}

TEST_F(PytestLaunches, PutPartsOfAFileThatIsDeselectedFromOnCommandLinesOfTheirOwn) {
  have("7.2.1");
  const auto made = launches({{.file = "a.py", .selectors = {"a.py::x"}},
                              {.file = "b.py", .selectors = {"b.py::x"}},
                              {.file = "a.py", .selectors = {"a.py", "--deselect=a.py::x"}},
                              {.file = "b.py", .selectors = {"b.py::y"}}},
                             "/r.xml");
  ASSERT_TRUE(made.ok());
  ASSERT_EQ(made->size(), 2U);
  EXPECT_EQ(made->at(0).command,
            (Words{"python", "-m", "pytest", "--junit-xml=/r.xml", "a.py::x", "b.py::x", "b.py::y"}));
  EXPECT_EQ(made->at(1).command,
            (Words{"python", "-m", "pytest", "--junit-xml=/r.2.xml", "a.py", "--deselect=a.py::x"}));
}

TEST_F(PytestLaunches, SwitchAlibiOnOnlyWhereItIsInstalledAndMaySelect) {
  have("7.2.1", true);
  const Variables on = {{"ALIBI", "1"}, {"ALIBI_UNFORESEEN", "1"}}, off = {{"ALIBI_NOSELECT", "1"}};
  EXPECT_EQ(launches({})->size(), 0U);
  EXPECT_EQ(launches({{.file = "a"}})->at(0).environment, on);
  example_.project.settings.selects = false;
  EXPECT_EQ(launches({{.file = "a"}})->at(0).environment, off);
  example_.project.settings.selects = true;
  example_.project.environment["ALIBI"] = "0";
  EXPECT_EQ(launches({{.file = "a"}})->at(0).environment, Variables({{"ALIBI_UNFORESEEN", "1"}}));
}

TEST_F(PytestLaunches, IgnoreTheCommandOnlyInCompatibility) {
  have("7.2.1");
  example_.project.settings.command = "poetry run pytest -x -- never";
  EXPECT_EQ(launches({{.file = "a"}})->at(0).command, (Words{"poetry", "run", "pytest", "-x", "a"}));
  EXPECT_EQ(example_.commands.back()[2], "python");
  example_.project.settings.compat = true;
  EXPECT_EQ(launches({{.file = "a"}})->at(0).command, (Words{"python", "-m", "pytest", "a"}));
}

TEST_F(PytestLaunches, SayWhatIsMissing) {
  have("");
  const auto made = launches({{.file = "a"}});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, collector::kPlanFramework);
  example_.answer = [](const auto&, const auto&) {
    process::ChildOutput output;
    output.status = 127;
    output.errors = "pyenv: no version is set\n";
    return output;
  };
  EXPECT_NE(launches({{.file = "a"}}).error().message.find("pyenv: no version is set"), std::string::npos);
}

TEST_F(PytestLaunches, EndAsPytestDoes) {
  Pytest pytest(example_.project, example_.programs(), Disk::real());
  EXPECT_EQ(pytest.ending(0), Ending::kPassed);
  EXPECT_EQ(pytest.ending(1), Ending::kFailed);
  EXPECT_EQ(pytest.ending(2), Ending::kInterrupted);
  EXPECT_EQ(pytest.ending(3), Ending::kBroken);
  EXPECT_EQ(pytest.ending(4), Ending::kBroken);
  EXPECT_EQ(pytest.ending(5), Ending::kNoTests);
  EXPECT_EQ(pytest.ending(139), Ending::kBroken);
}

TEST_F(PytestLaunches, KnowWhichFileASuiteOfTheServiceIs) {
  example_.write_all({"pytest.ini", "tests/unit/test_a.py"});
  const Pytest pytest(example_.project, example_.programs(), Disk::real());
  EXPECT_EQ(pytest.file_of_suite("tests.unit", "test_a.py"), "tests/unit/test_a.py");
  EXPECT_EQ(pytest.file_of_suite("tests", "test_a.py"), "");
  EXPECT_EQ(pytest.file_of_suite("unknown_module", "unknown_suite"), "");
}

TEST_F(PytestLaunches, NeverSkipAFileThatSaysSo) {
  example_.write("a.py", "@pytest.mark.skipif(False, reason='datadog_itr_unskippable')");
  example_.write("b.py", "");
  const Pytest pytest(example_.project, example_.programs(), Disk::real());
  EXPECT_TRUE(pytest.is_unskippable("a.py"));
  EXPECT_FALSE(pytest.is_unskippable("b.py"));
  EXPECT_TRUE(pytest.is_unskippable("missing.py"));
}

}  // namespace
}  // namespace alibi::framework
