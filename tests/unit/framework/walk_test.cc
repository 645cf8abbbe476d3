#include "collector/framework/walk.h"

#include <gtest/gtest.h>

#include "collector/model/plan_errors.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {
namespace {

using Files = std::vector<std::string>;

Files found(const ExampleProject& example, const std::string& pattern, const std::string& exclude = "") {
  plan::Settings settings;
  settings.tests_exclude = exclude;
  const Result<Walk> walk = walk_for(example.project.directory, pattern, settings);
  EXPECT_TRUE(walk.ok());
  return files_of(*walk, Disk::real());
}

TEST(Walk, FindsFilesSortedByBytes) {
  ExampleProject example;
  example.write_all({"t/b_test.rb", "t/B_test.rb", "t/a/x_test.rb", "t/a_test.rb", "t/other.rb"});
  EXPECT_EQ(found(example, "t/**/*_test.rb"),
            (Files{"t/B_test.rb", "t/a/x_test.rb", "t/a_test.rb", "t/b_test.rb"}));
}

TEST(Walk, NeverEntersFoldersOfOtherPeoplesCode) {
  ExampleProject example;
  example.write_all({"a_test.py", "node_modules/a_test.py", ".venv/a_test.py", "env/pyvenv.cfg",
                     "env/a_test.py", ".git/a_test.py", "vendor/bundle/gems/a_test.py",
                     "vendor/own/a_test.py"});
  EXPECT_EQ(found(example, "**/*_test.py"), (Files{"a_test.py", "vendor/own/a_test.py"}));
}

// Dir["spec/**{,/*/**}/*_spec.rb"] and Dir["spec/**/*_spec.rb"].
TEST(Walk, EntersFoldersAsRubysOwnPatternsDo) {
  ExampleProject example;
  example.write_all({"spec/node_modules/a_spec.rb", "spec/.h/b_spec.rb", "spec/.c_spec.rb", "x/d_spec.rb",
                     "x/deep/e_spec.rb", "y/f_spec.rb"});
  const std::filesystem::path root = example.project.directory;
  std::filesystem::create_directory_symlink("../x", root / "spec/link");
  std::filesystem::create_directory_symlink("../../y", root / "x/deep/link");
  Result<Walk> walk = walk_for(root, "spec/**/*_spec.rb", {});
  ASSERT_TRUE(walk.ok());
  walk->manner = Manner::kRuby;
  EXPECT_EQ(files_of(*walk, Disk::real()), Files{"spec/node_modules/a_spec.rb"});
  walk->manner = Manner::kRubyAndLinks;
  EXPECT_EQ(files_of(*walk, Disk::real()),
            (Files{"spec/link/d_spec.rb", "spec/link/deep/e_spec.rb", "spec/node_modules/a_spec.rb"}));
}

TEST(Walk, EntersAFolderThatThePatternNames) {
  ExampleProject example;
  example.write("vendor/bundle/a_test.rb");
  EXPECT_EQ(found(example, "vendor/bundle/*_test.rb"), Files{"vendor/bundle/a_test.rb"});
}

TEST(Walk, LeavesOutWhatTheExcludePatternMeansAndWhatIsBelow) {
  ExampleProject example;
  example.write_all({"spec/a_spec.rb", "spec/system/b_spec.rb", "spec/c_spec.rb"});
  EXPECT_EQ(found(example, "spec/**/*_spec.rb", "spec/{system,c_spec.rb}"), Files{"spec/a_spec.rb"});
  EXPECT_EQ(found(example, "spec/system/*_spec.rb", "spec/system"), Files{});
}

TEST(Walk, FollowsLinksToFilesAndNotToFolders) {
  ExampleProject example;
  example.write("real/a_test.py");
  std::filesystem::create_symlink("real", example.project.directory + "/linked");
  std::filesystem::create_symlink("real/a_test.py", example.project.directory + "/b_test.py");
  EXPECT_EQ(found(example, "**/*_test.py"), (Files{"b_test.py", "real/a_test.py"}));
}

TEST(Walk, FindsNothingWhereTheFolderIsMissing) {
  const ExampleProject example;
  EXPECT_EQ(found(example, "spec/**/*_spec.rb"), Files{});
}

TEST(Walk, AppliesToAListOfAnotherProgram) {
  plan::Settings settings;
  settings.tests_exclude = "src/slow";
  const Result<Walk> walk = walk_for("/p", "src/**/*.js", settings);
  EXPECT_EQ(files_among(*walk, {"src/b.js", "src/a.js", "src/b.js", "src/slow/x/c.js", "lib/a.js"}),
            (Files{"src/a.js", "src/b.js"}));
}

TEST(Walk, SaysWhichPatternMeansNothing) {
  plan::Settings settings;
  settings.tests_exclude = "[x";
  const Result<Walk> walk = walk_for("/p", "**", settings);
  ASSERT_FALSE(walk.ok());
  EXPECT_EQ(walk.error().code, collector::kBadPlanSetting);
  EXPECT_NE(walk.error().message.find("\"[x\""), std::string::npos);
}

}  // namespace
}  // namespace alibi::framework
