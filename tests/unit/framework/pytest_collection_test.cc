#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>

#include "collector/framework/python/collection_rules.h"
#include "collector/framework/python/pytest_framework.h"
#include "collector/framework/python/pytest_options.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

// A pytest that collects what the test says, where `python` is one file on PATH.
class PytestCollection : public ::testing::Test {
 protected:
  PytestCollection() {
    example_.write("bin/python", "");
    ::chmod((example_.project.directory + "/bin/python").c_str(), 0755);
    example_.project.environment["PATH"] = "bin";
    example_.write_all({"test_a.py", "test_b.py"});
    example_.answer = [this](const Words& command, const auto&) {
      process::ChildOutput output;
      output.text = R"({"pytest": "8.0", "alibi": )" + std::string(alibi_ ? "true" : "false") +
                    R"(, "plugins": [")" + plugin_ + R"("], "tags": {}})";
      if (std::ranges::count(command, "--collect-only") == 0) return output;
      ++collections_;
      output.text = "said by pytest";
      output.status = status_;
      if (!lines_.empty()) {
        const Result<void> written =
            Disk::real().write(example_.project.scratch + "/pytest-tests.json", lines_);
        EXPECT_TRUE(written.ok());
      }
      return output;
    };
  }
  Pytest pytest() { return {example_.project, example_.programs(), Disk::real()}; }

  ExampleProject example_;
  std::string plugin_ = "pytest_cov.plugin";
  std::string lines_ = R"({"name":"x","suite":"s","module":"m","suiteSourceFile":"test_a.py"})"
                       "\n{\"file\":\"test_a.py\"}\n{\"file\":\"x.yaml\"}\n";
  int status_ = 0;
  bool alibi_ = false;
  size_t collections_ = 0;
};

TEST_F(PytestCollection, IsNotNeededWherePytestsOwnRulesHold) {
  example_.write("conftest.py", "import pytest\n");
  const Result<Discovery> found = pytest().list_files();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->files, (Words{"test_a.py", "test_b.py"}));
  EXPECT_FALSE(found->files_complete);
  EXPECT_EQ(collections_, 0U);
}

TEST_F(PytestCollection, SaysWhichFilesThereAreWhereAConftestFileHasRulesAndServesTestsToo) {
  example_.write("deep/conftest.py", "collect_ignore = ['test_b.py']\n");
  Pytest asked = pytest();
  const Result<Discovery> files = asked.list_files();
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->files, (Words{"test_a.py", "x.yaml"}));
  EXPECT_TRUE(files->files_complete);
  EXPECT_TRUE(files->tests.empty());
  EXPECT_EQ(asked.list_tests()->tests.size(), 1U);
  EXPECT_TRUE(asked.list_files().ok());
  EXPECT_EQ(collections_, 1U);
}

TEST_F(PytestCollection, ThatFailsIsReplacedByPytestsRulesWithANotice) {
  example_.write("conftest.py", "def pytest_collect_file(): pass\n");
  lines_.clear();
  status_ = 4;
  const Result<Discovery> found = pytest().list_files();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->files, (Words{"test_a.py", "test_b.py"}));
  ASSERT_EQ(found->notices.size(), 1U);
  EXPECT_NE(found->notices[0].find("conftest.py has pytest_collect_file"), std::string::npos);
  EXPECT_NE(found->notices[0].find("said by pytest"), std::string::npos);
}

TEST_F(PytestCollection, OfAFolderThatIsNotKnownIsNotTheListOfFiles) {
  example_.write("conftest.py", "def pytest_collect_file(): pass\n");
  lines_ += "{\"uncollected\":\"deep\"}\n";
  status_ = 2;
  EXPECT_EQ(pytest().list_files()->files, (Words{"test_a.py", "test_b.py"}));
}

TEST_F(PytestCollection, WithFilesThatCannotBeImportedIsAnErrorUnlessAlibiDecides) {
  status_ = 2;
  EXPECT_FALSE(pytest().list_tests().ok());
  alibi_ = true;
  const Result<Discovery> found = pytest().list_tests();
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->files, (Words{"test_a.py", "x.yaml"}));
  example_.project.settings.strict_discovery = true;
  EXPECT_FALSE(pytest().list_tests().ok());
  example_.project.settings.strict_discovery = false;
  lines_.clear();  // interrupted
  EXPECT_FALSE(pytest().list_tests().ok());
}

TEST_F(PytestCollection, IsNotAskedForFilesThatAPatternNames) {
  example_.write("conftest.py", "collect_ignore = []\n");
  example_.project.settings.tests_location = "test_*.py";
  EXPECT_EQ(pytest().list_files()->files, (Words{"test_a.py", "test_b.py"}));
  EXPECT_FALSE(pytest().list_tests()->files_complete);
  example_.project.settings.tests_location.clear();
  example_.project.settings.compat = true;
  collections_ = 0;
  EXPECT_EQ(pytest().list_files()->files, (Words{"test_a.py", "test_b.py"}));
  EXPECT_EQ(collections_, 0U);
}

TEST_F(PytestCollection, IsAskedWhereAnInstalledPluginOrAnOptionCollectsMore) {
  plugin_ = "tavern._core.pytest";
  EXPECT_TRUE(pytest().list_files()->files_complete);
  plugin_ = "nbval.plugin";
  EXPECT_FALSE(pytest().list_files()->files_complete);
  example_.project.environment["PYTEST_ADDOPTS"] = "--nbval";
  EXPECT_TRUE(pytest().list_files()->files_complete);
  example_.project.environment["PYTEST_ADDOPTS"] = "";
  example_.write("pytest.ini", "[pytest]\naddopts = -q --doctest-glob=*.md\n");
  EXPECT_TRUE(pytest().list_files()->files_complete);
  example_.write("pytest.ini", "[pytest]\naddopts = -p tools.collect\n");
  EXPECT_FALSE(pytest().list_files()->files_complete);
  example_.write("tools/collect.py", "def pytest_ignore_collect(): pass\n");
  EXPECT_TRUE(pytest().list_files()->files_complete);
  example_.write("pytest.ini", "[pytest]\n");
  EXPECT_FALSE(pytest().list_files()->files_complete);
  example_.project.environment["PYTEST_PLUGINS"] = "other,tools.collect";
  EXPECT_TRUE(pytest().list_files()->files_complete);
}

class CollectionRulesOfAProject : public ::testing::Test {
 protected:
  std::string found() const {
    const std::string& folder = example_.project.directory;
    return other_collection_rules({folder + "/sub", folder, "", {}, {}, {"lib"}}, Disk::real());
  }
  ExampleProject example_;
};

TEST_F(CollectionRulesOfAProject, AreThoseOfConftestFilesBelowAndAboveAndOfWhatTheyName) {
  struct {
    const char* file;
    const char* text;
  } const cases[] = {
      {"sub/a/conftest.py", "collect_ignore_glob = ['*']\n"},
      {"conftest.py", "def pytest_pycollect_makemodule(): pass\n"},
      {"sub/conftest.py", "from sybil import Sybil\n"},
      {"sub/conftest.py", "pytest_plugins = ['quiet', \n 'plugins.collect']\n"},
      {"sub/conftest.py", "pytest_plugins = 'collecting'\n"},
      {"sub/conftest.py", "pytest_plugins = 'tavern.x'\n"},
      {"sub/conftest.py", "pytest_plugins = find()\n"},
      {"sub/a/conftest.py", "if 1:\n    from ..beside import *\n"},
      {"sub/a/conftest.py", "from library import *  # all\n"},
  };
  for (const auto& [file, text] : cases) {
    example_.write("quiet.py");
    for (const char* const module :
         {"sub/plugins/collect.py", "sub/collecting/__init__.py", "sub/beside.py", "lib/library.py"})
      example_.write(module, "def pytest_collect_file(): pass\n");
    EXPECT_EQ(found(), "");
    example_.write(file, text);
    EXPECT_NE(found(), "") << text;
    example_.write(file, "pytest_plugin = 'collecting'\nfrom collecting import fixture\nimport *\n import *");
  }
}

TEST(PytestOptionsOfPlugins, AreReadInBothForms) {
  PytestOptions options;
  read_pytest_options(
      {"-p", "one", "-ptwo", "-p", "no:three"}, [](const auto&) { return true; }, &options);
  EXPECT_EQ(options.plugins, (Words{"one", "two"}));
  EXPECT_TRUE(options.places.empty());
  EXPECT_EQ(options.collecting, "");
}

}  // namespace
}  // namespace alibi::framework
