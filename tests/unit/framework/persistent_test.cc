#include "collector/framework/persistent.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "collector/framework/disk.h"
#include "collector/framework/drivers/drivers.h"
#include "tests/unit/framework/example_project.h"

namespace alibi::framework {
namespace {

const auto as_it_is = [](const std::string& driver) { return driver; };

using Words = std::vector<std::string>;

std::vector<plan::Unit> units_of(const Words& files) {
  std::vector<plan::Unit> units;
  for (const std::string& file : files) units.push_back({.file = file});
  return units;
}

Launch base_of(Words command) {
  Launch launch;
  launch.command = std::move(command);
  return launch;
}

std::optional<std::string> variable_in(const Launch& launch, const std::string& name) {
  for (const auto& [each, value] : launch.environment) {
    if (each == name) return value;
  }
  return std::nullopt;
}

TEST(Persistent, GivesPytestOneFileOfEachFolderSoThatItFindsTheSameConfiguration) {
  const ExampleProject example;
  const auto launch = persistent_pytest(
      example.project, base_of({"python", "-m", "pytest"}),
      units_of({"a/test_1.py", "a/test_2.py", "b/test_3.py", "-odd.py", "test_4.py"}), "r.xml", "1");
  ASSERT_TRUE(launch.ok() && *launch);
  EXPECT_EQ((*launch)->command, (Words{"python", "-m", "pytest", "-p", "alibi_pytest_worker",
                                       "--junit-xml=r.xml", "a/test_1.py", "b/test_3.py", "./-odd.py"}));
  const std::string folder = example.project.scratch + "/worker-1";
  EXPECT_EQ(variable_in(**launch, "PYTHONPATH"), folder);
  EXPECT_EQ(Disk::real().text(folder + "/alibi_pytest_worker.py"), driver_text("alibi_pytest_worker.py"));
  EXPECT_EQ((*launch)->files,
            (Words{folder + "/alibi_pytest_worker.py", folder + "/alibi_pytest_chosen.py",
                   folder + "/alibi_pytest_nodes.py", folder + "/alibi_pytest_reports.py",
                   folder + "/alibi_pytest_runner.py", folder + "/alibi_pytest_traces.py"}));
}

TEST(Persistent, LaysDownWhatADriverLoadsBesideItAndHasAllRemoved) {
  const ExampleProject example;
  const auto launch =
      persistent_rspec(example.project, base_of({"rspec"}), units_of({"a_spec.rb"}), "r.xml", "1");
  ASSERT_TRUE(launch.ok() && *launch);
  const std::string folder = example.project.scratch + "/worker-1/";
  for (const std::string file : {"alibi_rspec_worker.rb", "alibi_worker_folder.rb", "alibi_worker_line.rb",
                                 "alibi_rspec_junit.rb", "alibi_junit_stream.rb", "alibi_junit_text.rb"}) {
    EXPECT_EQ(Disk::real().text(folder + file), driver_text(file)) << file;
    EXPECT_TRUE(std::ranges::count((*launch)->files, folder + file) == 1) << file;
  }
}

TEST(Drivers, KnowAllThatTheyLoad) {
  const auto loaded = [](std::string_view driver) { return driver_files(driver).size() - 1; };
  EXPECT_EQ(driver_files("alibi_rspec_worker.rb"),
            (std::vector<std::string_view>{"alibi_rspec_worker.rb", "alibi_worker_folder.rb",
                                           "alibi_worker_line.rb"}));
  EXPECT_EQ(loaded("alibi_pytest_worker.py"), 5U);
  EXPECT_EQ(loaded("alibi_cucumber_discovery.rb"), 1U);
  EXPECT_EQ(loaded("alibi_jest_reporter.cjs"), 0U);
  EXPECT_TRUE(driver_files("alibi_nobody.rb").empty());
}

TEST(Drivers, AreNotWrittenAgainWhereSomebodyMayBeReadingThem) {
  const ExampleProject example;
  const std::string path = example.project.scratch + "/a/driver.rb";
  ASSERT_TRUE(write_driver(Disk::real(), "alibi_minitest_junit.rb", path));
  class NoWriting : public Disk {
    Result<void> write(const std::string& where, const std::string& /*text*/) const override {
      return Error{ErrorCode::kCannotCreate, 0, where};
    }
  } no_writing;
  const auto again = write_driver(no_writing, "alibi_minitest_junit.rb", path);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, (Words{path, example.project.scratch + "/a/alibi_junit_stream.rb",
                           example.project.scratch + "/a/alibi_junit_text.rb"}));
  EXPECT_FALSE(write_driver(no_writing, "alibi_rspec_junit.rb", path));
}

TEST(Persistent, KeepsThePathThatPythonHas) {
  ExampleProject example;
  for (const std::string old : {"/somewhere", ""}) {
    example.project.environment["PYTHONPATH"] = old;
    const auto launch =
        persistent_pytest(example.project, base_of({"pytest"}), units_of({"test_a.py"}), "", "2");
    ASSERT_TRUE(launch.ok() && *launch);
    EXPECT_EQ(variable_in(**launch, "PYTHONPATH"), example.project.scratch + "/worker-2:" + old);
  }
}

TEST(Persistent, HasNoWorkerOfPytestForMoreFoldersThanACommandLineHolds) {
  const ExampleProject example;
  Words files;
  for (int number = 0; number < 2000; ++number)
    files.push_back(std::string(250, 'x') + std::to_string(number) + "/test_a.py");
  const auto launch = persistent_pytest(example.project, base_of({"pytest"}), units_of(files), "", "1");
  ASSERT_TRUE(launch.ok());
  EXPECT_FALSE(*launch);
}

TEST(Persistent, TellsRspecWhichFilesThereMayBeAndWritesItsReportWithTheDriver) {
  const ExampleProject example;
  const auto launch =
      persistent_rspec(example.project, base_of({"bundle", "exec", "rspec"}),
                       units_of({"spec/b_spec.rb", "spec/a_spec.rb", "spec/b_spec.rb"}), "r.xml", "3");
  ASSERT_TRUE(launch.ok() && *launch);
  const std::string folder = example.project.scratch + "/worker-3/";
  EXPECT_EQ(
      (*launch)->command,
      (Words{"bundle", "exec", "rspec", "--require", folder + "alibi_rspec_worker.rb", "--format", "progress",
             "--require", folder + "alibi_rspec_junit.rb", "--format", "AlibiRspecJunit", "--out", "r.xml"}));
  EXPECT_EQ(variable_in(**launch, "ALIBI_WORKER_FILES"), folder + "files.txt");
  EXPECT_EQ(Disk::real().text(folder + "files.txt"), "spec/a_spec.rb\nspec/b_spec.rb\n");
  EXPECT_EQ(variable_in(**launch, "DISABLE_SPRING"), "1");
}

TEST(Persistent, GivesMinitestTheDriverInPlaceOfFilesAndNoProcessesOfItsOwn) {
  const ExampleProject example;
  const auto launch = persistent_minitest(example.project, base_of({"bin/rails", "test"}),
                                          units_of({"test/a_test.rb"}), "r.xml", "1", as_it_is);
  ASSERT_TRUE(launch.ok() && *launch);
  const std::string folder = example.project.scratch + "/worker-1";
  EXPECT_EQ((*launch)->command, (Words{"bin/rails", "test", folder + "/alibi_minitest_worker.rb"}));
  EXPECT_EQ(variable_in(**launch, "PARALLEL_WORKERS"), "1");
  // Not by RUBYLIB: the folder would be in every test's environment, and in its evidence.
  EXPECT_EQ(variable_in(**launch, "RUBYLIB"), std::nullopt);
  EXPECT_EQ(variable_in(**launch, "ALIBI_WORKER_LOAD"), folder + "/alibi_minitest_junit.rb");
  EXPECT_EQ(variable_in(**launch, "ALIBI_JUNIT"), "r.xml");
  EXPECT_TRUE(Disk::real().is_file(folder + "/alibi_minitest_junit.rb"));
}

TEST(Persistent, HasNoWorkerOfMinitestBehindRake) {
  const ExampleProject example;
  const auto launch = persistent_minitest(example.project, base_of({"bundle", "exec", "rake", "test"}),
                                          units_of({"test/a_test.rb"}), "", "1", as_it_is);
  ASSERT_TRUE(launch.ok());
  EXPECT_FALSE(*launch);
}

}  // namespace
}  // namespace alibi::framework
