#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>

#include "collector/framework/framework_makers.h"
#include "collector/framework/ruby/cucumber.h"
#include "collector/framework/ruby/minitest.h"
#include "collector/framework/ruby/minitest_files.h"
#include "collector/framework/ruby/rspec.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

Words command_of(Framework* framework, const std::vector<plan::Unit>& units = {{.file = "x.rb"}}) {
  const auto made = framework->launches(units, "", "0");
  EXPECT_TRUE(made.ok());
  return made.ok() && !made->empty() ? made->at(0).command : Words{};
}

TEST(RubyFrameworks, TakeTheFileFromTheNameOfASuite) {
  ExampleProject example;
  const Rspec rspec(example.project, example.programs(), Disk::real());
  EXPECT_EQ(rspec.file_of_suite("rspec", "Calc at night at ./spec/calc_spec.rb"), "spec/calc_spec.rb");
  EXPECT_EQ(rspec.file_of_suite("rspec", "Calc at ./spec/a_spec.rb (ci-queue running example [x at y])"),
            "spec/a_spec.rb");
  EXPECT_EQ(rspec.file_of_suite("rspec", "Calc"), "");
}

TEST(RubyFrameworks, AreRunThroughBundlerWhereThereIsAGemfile) {
  ExampleProject example;
  Rspec rspec(example.project, example.programs(), Disk::real());
  EXPECT_EQ(command_of(&rspec), (Words{"rspec", "--format", "progress", "x.rb"}));
  example.write("Gemfile");
  EXPECT_EQ(command_of(&rspec), (Words{"bundle", "exec", "rspec", "--format", "progress", "x.rb"}));
  CucumberRuby cucumber(example.project, example.programs(), Disk::real());
  EXPECT_EQ(command_of(&cucumber), (Words{"bundle", "exec", "cucumber", "x.rb"}));
}

// Defect 15 of the peer: each launch has words of its own.
TEST(RubyFrameworks, KeepTheUsersCommandApartForEachWorker) {
  ExampleProject example;
  example.project.settings.command = "bin/rspec --tag 'a b' -- --never";
  Rspec rspec(example.project, example.programs(), Disk::real());
  const Words first = command_of(&rspec, {{.file = "a"}}), second = command_of(&rspec, {{.file = "b"}});
  EXPECT_EQ(first, (Words{"bin/rspec", "--tag", "a b", "--format", "progress", "a"}));
  EXPECT_EQ(second.back(), "b");
}

TEST(RubyFrameworks, RunMinitestWithTheRakeTaskOnlyInCompatibility) {
  ExampleProject example;
  example.project.settings.compat = true;
  Minitest minitest(example.project, example.programs(), Disk::real());
  const auto made = minitest.launches({{.file = "a.rb"}, {.file = "b.rb"}}, "", "0");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(made->at(0).command, (Words{"bundle", "exec", "rake", "test"}));
  const Variables expected = {{"TEST_FILES", "a.rb b.rb"}, {"TEST", "{a.rb,b.rb}"}};
  EXPECT_EQ(made->at(0).environment, expected);
  EXPECT_FALSE(minitest.abilities().divides_files);
}

// `ruby A B` runs A alone, with B as a word for it.
TEST(RubyFrameworks, LoadEveryTestFileWhereTheUsersCommandIsRubyItself) {
  for (const char* const command : {"ruby -Ilib -Itest", "bundle exec ruby -I test -w", "/usr/bin/ruby"}) {
    ExampleProject example;
    example.project.settings.command = command;
    Minitest minitest(example.project, example.programs(), Disk::real());
    const Words words = command_of(&minitest, {{.file = "a.rb"}, {.file = "b.rb"}});
    ASSERT_GT(words.size(), 3) << command;
    EXPECT_TRUE(words[words.size() - 3].ends_with("alibi_minitest_run.rb")) << command;
  }
  for (const char* const command : {"ruby -Itest test/all.rb", "ruby -S m", "bin/test"}) {
    ExampleProject example;
    example.project.settings.command = command;
    Minitest minitest(example.project, example.programs(), Disk::real());
    const Words words = command_of(&minitest, {{.file = "a.rb"}, {.file = "b.rb"}});
    EXPECT_TRUE(std::ranges::none_of(words, [](const auto& word) { return word.ends_with("_run.rb"); }));
  }
}

// A Gemfile may name gems of other groups that are not installed here.
TEST(RubyFrameworks, AskThroughBundlerOnlyWhereTheUsersCommandGoesThroughIt) {
  for (const auto& [command, asked] :
       {std::pair{"rspec", "ruby"}, {"bundle exec rspec", "bundle"}, {"", "bundle"}}) {
    ExampleProject example;
    example.write_all({"Gemfile", "bin/ruby"});
    ASSERT_EQ(chmod((example.project.directory + "/bin/ruby").c_str(), 0755), 0);
    example.project.environment["PATH"] = example.project.directory + "/bin";
    example.project.settings.command = command;
    Rspec rspec(example.project, example.programs(), Disk::real());
    EXPECT_FALSE(rspec.runtime_tags().ok());
    ASSERT_FALSE(example.commands.empty()) << command;
    EXPECT_EQ(example.commands.at(0).at(0), asked) << command;
  }
}

TEST(RubyFrameworks, SwitchAlibiOnWhereTheProjectLoadsIt) {
  ExampleProject example;
  Rspec rspec(example.project, example.programs(), Disk::real());
  EXPECT_TRUE(rspec.launches({{.file = "a"}}, "", "0")->at(0).environment.empty());
  example.write(".rspec", "--require testalibi/rspec\n");
  const Variables on = {{"ALIBI", "1"}};
  EXPECT_EQ(rspec.launches({{.file = "a"}}, "", "0")->at(0).environment, on);
}

TEST(RubyFrameworks, NeverSkipAFileThatSaysSo) {
  ExampleProject example;
  example.write("a_spec.rb", "it 'x', datadog_itr_unskippable: true");
  example.write("b_spec.rb", "it 'x', alibi: :always");
  example.write("c_spec.rb");
  const Rspec rspec(example.project, example.programs(), Disk::real());
  EXPECT_TRUE(rspec.is_unskippable("a_spec.rb"));
  EXPECT_TRUE(rspec.is_unskippable("b_spec.rb"));
  EXPECT_TRUE(rspec.is_unskippable("missing_spec.rb"));
  EXPECT_FALSE(rspec.is_unskippable("c_spec.rb"));
}

// A ruby that opens its program while another worker's launch writes it reads an empty one, and passes.
TEST(RubyFrameworks, NeverWriteADriverAgainThatWorkersMayBeReading) {
  ExampleProject example;
  for (const char* const name : {"minitest", "rspec", "cucumber"}) {
    example.project.settings.framework = name;
    const std::unique_ptr<Framework> framework = make_ruby(example.project, example.programs(), Disk::real());
    const auto drivers = [&](const std::string& worker) {
      std::map<std::string, std::filesystem::file_time_type> found;
      EXPECT_TRUE(framework->launches({{.file = "x.rb"}}, "report.xml", worker).ok());
      for (const auto& entry : std::filesystem::recursive_directory_iterator(example.project.scratch)) {
        if (!entry.is_regular_file()) continue;
        found[entry.path()] = entry.last_write_time();
        if (worker == "0") std::filesystem::last_write_time(entry, std::filesystem::file_time_type());
      }
      return found;
    };
    EXPECT_FALSE(drivers("0").empty()) << name;
    for (const auto& [path, written] : drivers("1"))
      EXPECT_EQ(written, std::filesystem::file_time_type()) << path;
  }
}

TEST(Disk, ReplacesAFileAsAWholeWhereSomebodyReadsIt) {
  const ExampleProject example;
  const std::string path = example.project.scratch + "/driver.rb";
  ASSERT_TRUE(Disk::real().write(path, "old").ok());
  std::ifstream reader(path);
  ASSERT_TRUE(Disk::real().write(path, "new").ok());
  std::string read;
  reader >> read;
  EXPECT_EQ(read, "old");
  EXPECT_EQ(Disk::real().text(path), "new");
  EXPECT_EQ(Disk::real().entries(example.project.scratch).size(), 1);
  EXPECT_FALSE(Disk::real().write(example.project.scratch + "/none/driver.rb", "new").ok());
}

TEST(Minitest, TellsRailsPathsThatItsRunnerTakesForPaths) {
  const std::string here = "/work/my-shop";
  EXPECT_EQ(path_for_rails(here, "test/a_test.rb"), "test/a_test.rb");
  EXPECT_EQ(path_for_rails(here, "test/a_test.rb:12"), "test/a_test.rb:12");
  EXPECT_EQ(path_for_rails(here, "/tmp/x/driver.rb"), "/tmp/x/driver.rb");
  EXPECT_EQ(path_for_rails(here, "a_test.rb"), "test/../a_test.rb");
  EXPECT_EQ(path_for_rails(here, "-x/a_test.rb:3"), "test/../-x/a_test.rb:3");
  EXPECT_EQ(path_for_rails(here, "my-engine/test/a_test.rb"), "test/../my-engine/test/a_test.rb");
  EXPECT_EQ(path_for_rails(here, "../engine/a_test.rb"), "test/../../engine/a_test.rb");
  EXPECT_EQ(path_for_rails(here, "/my-tmp/x/driver.rb"), "test/../../../my-tmp/x/driver.rb");
}

TEST(Minitest, ReadsRakefilesOfAnyLengthAndKind) {
  const std::string task = "Rake::TestTask.new do |t|\n t.pattern = 'test/*_t.rb'\nend\n";
  EXPECT_EQ(pattern_of_rakefile(task), "test/*_t.rb");
  EXPECT_EQ(pattern_of_rakefile(std::string(60000, ' ') + "\n" + std::string(60000, '\n') + task),
            "test/*_t.rb");
  EXPECT_EQ(pattern_of_rakefile("x = '" + std::string(60000, '(') + "'\n" + task), std::nullopt);
  EXPECT_EQ(pattern_of_rakefile("Rake::TestTask.new do |t|\n t.pattern = '['\nend\n"), std::nullopt);
}

TEST(RubyFrameworks, FindTheFilesOfThePeersPatternsInCompatibility) {
  ExampleProject example;
  example.project.settings.compat = true;
  example.write_all({"bin/rails", "test/a_test.rb", "test/test_b.rb", "test/system/c_test.rb",
                     "spec/a_spec.rb", "spec/node_modules/b_spec.rb", "features/a.feature"});
  example.write(".rspec", "--exclude-pattern spec/a_spec.rb\n");
  example.write("cucumber.yml", "default: more\n");
  for (const auto& [name, files] : {std::pair{"minitest", Words{"test/a_test.rb", "test/system/c_test.rb"}},
                                    {"rspec", Words{"spec/a_spec.rb"}},
                                    {"cucumber", Words{"features/a.feature"}}}) {
    example.project.settings.framework = name;
    const auto found = make_ruby(example.project, example.programs(), Disk::real())->list_files();
    ASSERT_TRUE(found.ok()) << name;
    EXPECT_EQ(found->files, files) << name;
  }
  EXPECT_TRUE(example.commands.empty());
}

TEST(Minitest, ReadsTheVersionOfRails) {
  EXPECT_EQ(rails_version("    rails (7.2.1)\n"), (std::vector<int>{7, 2}));
  EXPECT_EQ(rails_version("    railties (6.1.7.10)\n    rails (x)\n"), (std::vector<int>{6, 1}));
  EXPECT_TRUE(rails_version("    rails (").empty());
  EXPECT_TRUE(rails_version("    rails (99999999999.1)\n").empty());
}

TEST(RubyFrameworks, SayThatAProgramIsNotThere) {
  ExampleProject example;
  const Rspec rspec(example.project, example.programs(), Disk::real());
  EXPECT_EQ(rspec.ending(0), Ending::kPassed);
  EXPECT_EQ(rspec.ending(1), Ending::kFailed);
  EXPECT_EQ(rspec.ending(127), Ending::kBroken);
  EXPECT_EQ(rspec.ending(139), Ending::kBroken);
  EXPECT_EQ(rspec.ending(130), Ending::kInterrupted);
}

}  // namespace
}  // namespace alibi::framework
