#include "collector/framework/detection.h"

#include <gtest/gtest.h>

#include "collector/model/plan_errors.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {
namespace {

std::string chosen(const ExampleProject& example) {
  const Result<Choice> choice = chosen_framework(example.project, Disk::real());
  return choice.ok() ? choice->platform + "/" + choice->framework : choice.error().message;
}

TEST(Detection, KnowsEachFrameworkByTheFilesOfItsProjects) {
  struct {
    std::vector<std::pair<std::string, std::string>> files;
    std::string expected;
  } const cases[] = {
      {{{"pytest.ini", ""}}, "python/pytest"},
      {{{"pyproject.toml", "[tool.pytest.ini_options]\n"}}, "python/pytest"},
      {{{"setup.py", ""}, {"tests/test_a.py", ""}}, "python/pytest"},
      {{{"a/test_x.py", ""}}, "python/pytest"},
      {{{"pyproject.toml", "[project]\n"}, {"src/pkg/x_test.py", ""}}, "python/pytest"},
      {{{"a/test_x.py", ""}, {"spec/a_spec.rb", ""}}, "ruby/rspec"},
      {{{"package.json", R"({"jest":{}})"}, {"tools/test_x.py", ""}}, "javascript/jest"},
      {{{".rspec", ""}}, "ruby/rspec"},
      {{{"spec/x/a_spec.rb", ""}}, "ruby/rspec"},
      {{{"Rakefile", ""}, {"test/x/a_test.rb", ""}}, "ruby/minitest"},
      {{{"test/test_a.rb", ""}}, "ruby/minitest"},
      {{{"test/spec_a.rb", ""}}, "ruby/minitest"},
      {{{"features/a.feature", ""}, {"features/support/env.rb", ""}}, "ruby/cucumber"},
      {{{"package.json", R"({"devDependencies":{"@cucumber/cucumber":"9"}})"}, {"features/a.feature", ""}},
       "javascript/cucumber"},
      {{{"package.json", R"({"devDependencies":{"jest":"29"}})"}}, "javascript/jest"},
      {{{"package.json", R"({"dependencies":{"@playwright/test":"1"}})"}}, "javascript/playwright"},
      {{{"package.json", R"({"scripts":{"test":"vitest run"},"devDependencies":{"jest":"1","vitest":"1"}})"}},
       "javascript/vitest"},
      {{{"package.json", "{}"}, {"vitest.config.mts", ""}}, "javascript/vitest"},
      {{{"package.json", "{}"}, {".mocharc.json", ""}}, "javascript/mocha"},
      {{{"package.json", R"({"jest":{}})"}}, "javascript/jest"},
      {{{"package.json", R"({"devDependencies":{"jest":"29"}})"}, {"playwright.config.js", ""}},
       "javascript/jest"},
  };
  for (const auto& [files, expected] : cases) {
    ExampleProject example;
    for (const auto& [name, text] : files) example.write(name, text);
    EXPECT_EQ(chosen(example), expected);
  }
}

TEST(Detection, LooksForNoTestsInEnvironments) {
  ExampleProject example;
  example.write_all({".venv/pyvenv.cfg", ".venv/lib/pkg/test_x.py", "node_modules/a/test_x.py"});
  EXPECT_NE(chosen(example).find("no test framework is recognised"), std::string::npos);
}

TEST(Detection, BelievesTheUserBeforeTheFiles) {
  ExampleProject example;
  example.write(".rspec");
  example.project.settings.platform = "python";
  EXPECT_EQ(chosen(example), "python/pytest");
  example.project.settings.platform = "";
  example.project.settings.framework = "minitest";
  EXPECT_EQ(chosen(example), "ruby/minitest");
}

TEST(Detection, TakesTheToolOfTheCommandWhereThereAreSeveral) {
  ExampleProject example;
  example.write_all({".rspec", "test/a_test.rb"});
  EXPECT_NE(chosen(example).find("several test frameworks"), std::string::npos);
  EXPECT_NE(chosen(example).find("ruby/rspec (.rspec)"), std::string::npos);
  example.project.settings.command = "bundle exec rspec --tag fast";
  EXPECT_EQ(chosen(example), "ruby/rspec");
  example.project.settings.command = "bin/rails test";
  EXPECT_EQ(chosen(example), "ruby/minitest");
}

TEST(Detection, IsGenericWhereTheUserHasCommandsOfTheirOwn) {
  ExampleProject example;
  example.write(".rspec");
  example.project.settings.list_command = "ctest -N";
  EXPECT_EQ(chosen(example), "generic/generic");
}

TEST(Detection, SaysWhatThereIsWhenNothingIsRecognised) {
  const ExampleProject example;
  const Result<Choice> choice = chosen_framework(example.project, Disk::real());
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().code, collector::kPlanPlatform);
  EXPECT_NE(choice.error().message.find("python/pytest"), std::string::npos);
}

TEST(Detection, RefusesUnknownNames) {
  ExampleProject example;
  example.project.settings.platform = "cobol";
  EXPECT_EQ(chosen(example).rfind("unsupported platform: cobol", 0), 0U);
  example.project.settings.platform = "python";
  example.project.settings.framework = "rspec";
  const Result<Choice> choice = chosen_framework(example.project, Disk::real());
  ASSERT_FALSE(choice.ok());
  EXPECT_EQ(choice.error().code, collector::kPlanFramework);
  EXPECT_EQ(choice.error().message.rfind("framework 'rspec' is not supported by platform 'python'", 0), 0U);
}

TEST(Detection, ReadsABrokenPackageFileAsNone) {
  ExampleProject example;
  example.write("package.json", "{\"devDependencies\": [");
  EXPECT_EQ(chosen(example).rfind("no test framework is recognised", 0), 0U);
}

}  // namespace
}  // namespace alibi::framework
