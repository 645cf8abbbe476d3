#include "collector/planning/variables.h"

#include <gtest/gtest.h>

namespace alibi::planning {
namespace {

std::map<std::string, std::string> options(const std::string& platform, const std::string& name,
                                           const std::string& value) {
  return runner_options(platform, {{name, value}}, "/home/a/shop");
}

TEST(RunnerOptions, ThatChooseTestsAreCompared) {
  const auto none = runner_options("python", {}, "/home/a/shop");
  EXPECT_EQ(none.at("PYTEST_ADDOPTS"), "");
  const auto chosen = options("python", "PYTEST_ADDOPTS", "-m slow");
  EXPECT_NE(chosen.at("PYTEST_ADDOPTS"), "");
  EXPECT_NE(chosen, options("python", "PYTEST_ADDOPTS", "-m quick"));
  EXPECT_NE(options("ruby", "SPEC_OPTS", "--tag slow"), options("ruby", "SPEC_OPTS", ""));
  EXPECT_NE(options("javascript", "NODE_OPTIONS", "-r ./other.js"),
            options("javascript", "NODE_OPTIONS", ""));
}

TEST(RunnerOptions, ForReportsColoursAndWatchersMayBeOthers) {
  const auto python = options("python", "PYTEST_ADDOPTS", "");
  for (const char* value :
       {"--junitxml=a.xml", "--junit-xml b.xml -v", "--color yes --tb short", "-n 4", "--cov"})
    EXPECT_EQ(options("python", "PYTEST_ADDOPTS", value), python) << value;
  EXPECT_EQ(options("ruby", "SPEC_OPTS", "--format RspecJunitFormatter --out a.xml"),
            options("ruby", "SPEC_OPTS", ""));
  EXPECT_EQ(options("ruby", "RUBYOPT", "-rdatadog/ci/auto_instrument"), options("ruby", "RUBYOPT", ""));
  EXPECT_EQ(options("javascript", "NODE_OPTIONS", "-r dd-trace/ci/init --max-old-space-size=4096"),
            options("javascript", "NODE_OPTIONS", ""));
}

TEST(RunnerOptions, AnOptionAfterOneOfOutputStillCounts) {
  EXPECT_EQ(options("python", "PYTEST_ADDOPTS", "--color=no -k apples"),
            options("python", "PYTEST_ADDOPTS", "-k apples"));
  EXPECT_NE(options("python", "PYTEST_ADDOPTS", "--tb -k apples"), options("python", "PYTEST_ADDOPTS", ""));
}

TEST(RunnerOptions, OfACheckoutElsewhereAreTheSame) {
  EXPECT_EQ(runner_options("python", {{"PYTHONPATH", "/home/a/shop/lib"}}, "/home/a/shop"),
            runner_options("python", {{"PYTHONPATH", "/ci/7/lib"}}, "/ci/7"));
  EXPECT_NE(options("python", "PYTHONPATH", "/opt/testalibi:/b"), options("python", "PYTHONPATH", ""));
}

TEST(WorkersEnvironment, HasWhatIsGivenToThemAndNumbersThatNobodyHas) {
  const Environment seen = environment_of_workers({{"MODE", "easy"}, {"HOME", "/h"}},
                                                  {{"MODE", "strict"}, {"DB", "t{{workerIndex}}"}});
  EXPECT_EQ(seen.at("MODE"), "strict");
  EXPECT_EQ(seen.at("HOME"), "/h");
  EXPECT_EQ(seen.at("DB"), "t9999");
  EXPECT_EQ(seen.at("DD_TEST_SESSION_NAME"), "node-9999-worker-9999");
}

TEST(WorkersEnvironment, KeepsAnInheritedNameOfTheSession) {
  EXPECT_EQ(environment_of_workers({{"DD_TEST_SESSION_NAME", "mine"}}, {}).at("DD_TEST_SESSION_NAME"),
            "mine");
}

TEST(ChangedVariables, AreTheSameWhereOnlyTheWayOfReportingDiffers) {
  const Environment now = {{"PYTEST_ADDOPTS", "-k a --color=no"}};
  const auto planned = options("python", "PYTEST_ADDOPTS", "-k a");
  EXPECT_TRUE(changed_variables(planned, now, runner_options("python", now, "/b")).empty());
  const Environment other = {{"PYTEST_ADDOPTS", "-k b"}};
  EXPECT_EQ(changed_variables(planned, other, runner_options("python", other, "/b")),
            std::vector<std::string>{"PYTEST_ADDOPTS"});
}

}  // namespace
}  // namespace alibi::planning
