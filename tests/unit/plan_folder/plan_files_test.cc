// What is written, and what is refused before it is written.
#include "collector/plan_folder/plan_files.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/go_json.h"
#include "collector/plan_folder/plan_json.h"
#include "tests/unit/plan_folder/example_plan.h"

namespace alibi::plan_folder {
namespace {

using namespace testing;  // NOLINT: the example

TEST(PlanFiles, AreThePeersForTheWorkedExample) {
  const PlannedRun planned = example_plan();
  EXPECT_EQ(text_of(planned, "manifest.txt"), "1\n");
  EXPECT_EQ(text_of(planned, "runner/test-files.txt"),
            "spec/a_spec.rb\nspec/b_spec.rb\nspec/d_spec.rb\nspec/e_spec.rb\nspec/f_spec.rb\n");
  EXPECT_EQ(text_of(planned, "runner/parallel-runners.txt"), "2");
  EXPECT_EQ(text_of(planned, "runner/skippable-percentage.txt"), "46.72");
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-0"), "spec/a_spec.rb\n");
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-1"),
            "spec/b_spec.rb\nspec/f_spec.rb\nspec/e_spec.rb\nspec/d_spec.rb\n");
  EXPECT_EQ(text_of(planned, "cache/http/settings.json"), R"({"data":{"id":"1"}})");
  EXPECT_EQ(text_of(planned, "cache/http/known_tests.json"), "(no cache/http/known_tests.json)");
  EXPECT_EQ(text_of(planned, "github/config").back(), '}');
  EXPECT_TRUE(check_plan(planned));
}

// Facts of the peer's own planner tests (DataDog/ddtest, Apache-2.0, internal/planner/planner_test.go at
// 4620c912: "WritesManifestAndRunnerLayout"): two whole files, one runner.
TEST(PlanFiles, AreThePeersForItsOwnLayoutTest) {
  PlannedRun planned;
  planned.compat = true;
  planned.plan.units = {unit("test/file1_test.rb", 1000), unit("test/file2_test.rb", 1000)};
  planned.plan.nodes = {node(planned.plan, {0, 1})};
  EXPECT_EQ(text_of(planned, "manifest.txt"), "1\n");
  EXPECT_EQ(text_of(planned, "runner/test-files.txt"), "test/file1_test.rb\ntest/file2_test.rb\n");
  EXPECT_EQ(text_of(planned, "runner/parallel-runners.txt"), "1");
  EXPECT_EQ(text_of(planned, "runner/skippable-percentage.txt"), "0.00");
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-0"), "test/file1_test.rb\ntest/file2_test.rb\n");
}

TEST(PlanFiles, OfASingleRunnerAreSortedAsThePeersAreAndHeaviestFirstAsOurs) {
  PlannedRun planned;
  planned.plan.units = {unit("z", 9000), unit("a", 1000)};
  planned.plan.nodes = {node(planned.plan, {0, 1})};
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-0"), "z\na\n");
  planned.compat = true;
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-0"), "a\nz\n");
}

TEST(PlanFiles, ListPartsByTheirSelectorsAndFilesOnce) {
  const PlannedRun planned = divided_plan();
  ASSERT_TRUE(check_plan(planned));
  EXPECT_EQ(text_of(planned, "runner/test-files.txt"),
            "spec/a_spec.rb\nspec/b_spec.rb\nspec/d_spec.rb\nspec/e_spec.rb\nspec/f_spec.rb\n");
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-0"),
            "spec/a_spec.rb[1:1]\nspec/a_spec.rb[1:2]\nspec/b_spec.rb\nspec/f_spec.rb\n");
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-1"),
            "spec/a_spec.rb[1:3]\nspec/e_spec.rb\nspec/d_spec.rb\n");
  const std::string durations = text_of(planned, "runner/cache/test_suite_durations.json");
  EXPECT_NE(durations.find("\"spec/a_spec.rb\": 60000"), std::string::npos);
}

TEST(PlanFiles, AreThereForNothingToRun) {
  PlannedRun planned;
  EXPECT_TRUE(check_plan(planned));
  EXPECT_EQ(text_of(planned, "runner/test-files.txt"), "");
  EXPECT_EQ(text_of(planned, "runner/parallel-runners.txt"), "0");
  planned.plan.nodes.resize(2);  // with compat there are empty nodes
  EXPECT_EQ(text_of(planned, "runner/tests-split/runner-1"), "");
}

TEST(PlanFiles, NeedNoPercentageThatIsANumber) {
  PlannedRun planned;
  planned.files.skippable_percentage = 0.0 / 0.0;
  EXPECT_EQ(text_of(planned, "runner/skippable-percentage.txt"), "0.00");
  EXPECT_TRUE(parse_own_folder(texts_of(planned)));
}

void expect_refused(const PlannedRun& planned, ErrorCode code, const std::string& words) {
  const Result<void> checked = check_plan(planned);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, code);
  EXPECT_NE(checked.error().message.find(words), std::string::npos) << checked.error().message;
}

TEST(CheckPlan, RefusesAPlanThatLosesOrDoublesATest) {
  PlannedRun lost = example_plan();
  lost.plan.nodes[1].workers[0].units.pop_back();
  expect_refused(lost, collector::kPlanSplitsWrite, "\"spec/d_spec.rb\" is on no node");

  PlannedRun doubled = example_plan();
  doubled.plan.nodes[0].workers[0].units.push_back(2);
  expect_refused(doubled, collector::kPlanSplitsWrite, "\"spec/f_spec.rb\" is on two workers");

  PlannedRun foreign = example_plan();
  foreign.plan.nodes[0].workers[0].units.push_back(5);
  expect_refused(foreign, collector::kPlanSplitsWrite, "not in the plan");

  PlannedRun forgotten = example_plan();
  forgotten.files.units.push_back(unit("spec/g_spec.rb", 1));
  expect_refused(forgotten, collector::kPlanSplitsWrite, "\"spec/g_spec.rb\" has to run and is not planned");

  PlannedRun twice = example_plan();
  twice.plan.units[1].file = "spec/a_spec.rb";
  expect_refused(twice, collector::kPlanSplitsWrite, "\"spec/a_spec.rb\" is planned twice");

  PlannedRun whole_and_part = divided_plan();
  whole_and_part.plan.units[1].selectors.clear();
  expect_refused(whole_and_part, collector::kPlanSplitsWrite, "planned twice");

  PlannedRun same_selector = divided_plan();
  same_selector.plan.units[1].selectors = {"spec/a_spec.rb[1:2]"};
  expect_refused(same_selector, collector::kPlanSplitsWrite, "\"spec/a_spec.rb[1:2]\" is planned twice");
}

TEST(CheckPlan, RefusesNamesThatNoListOrCommandLineCanHold) {
  const std::vector<std::pair<std::string, std::string>> bad = {{"spec/a\nb_spec.rb", "line break"},
                                                                {std::string("a\0b", 3), "null byte"},
                                                                {"", "no name"},
                                                                {"/etc/passwd", "absolute"},
                                                                {"../other/a_spec.rb", "out of the"},
                                                                {"spec/../../a", "out of the"},
                                                                {"spec/..", "out of the"},
                                                                {"-rf", "option"}};
  for (const auto& [name, words] : bad) {
    PlannedRun planned = example_plan();
    planned.plan.units[0].file = name;
    expect_refused(planned, collector::kPlanTestFilesWrite, words);
  }
  PlannedRun selector = divided_plan();
  selector.plan.units[0].selectors[0] = "--config=evil";
  expect_refused(selector, collector::kPlanTestFilesWrite, "option");
}

TEST(CheckPlan, AllowsNamesThatOnlyLookOdd) {
  PlannedRun planned = example_plan();
  planned.files.units.clear();
  const std::vector<std::string> odd = {"spec/a b;c$(x).rb", "..spec/a...rb",
                                        "sp\xC3\xA9"
                                        "c/\xFF.rb",
                                        "a//b", "c\r"};
  for (size_t i = 0; i < odd.size(); ++i) planned.plan.units[i].file = odd[i];
  EXPECT_TRUE(check_plan(planned));
  const Result<PlannedRun> read = parse_own_folder(texts_of(planned));
  ASSERT_TRUE(read) << read.error().message;
  for (size_t i = 0; i < odd.size(); ++i) EXPECT_EQ(read->plan.units[i].file, odd[i]);
}

TEST(PlanJson, GivesBackEverythingButWhatOtherFilesHold) {
  for (PlannedRun planned : {example_plan(), divided_plan(), PlannedRun()}) {
    const std::string json = render_plan_json(planned);
    const Result<PlannedRun> read = parse_plan_json(json);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(render_plan_json(*read), json);
    EXPECT_EQ(read->key, planned.key);
    EXPECT_EQ(read->plan.units.size(), planned.plan.units.size());
    EXPECT_EQ(read->reasons, planned.reasons);
    EXPECT_EQ(read->os_tags, planned.os_tags);
    EXPECT_EQ(read->workers_per_node, planned.workers_per_node);
    EXPECT_EQ(read->github_matrix, planned.github_matrix);
    EXPECT_TRUE(read->http_cache.empty() && read->p90_ns.empty());
  }
}

TEST(PlanJson, IsReadByAnyChoiceItWrites) {
  for (int choice = 0; choice <= static_cast<int>(plan::Choice::kTargetUnreachableLowestWall); ++choice) {
    PlannedRun planned;
    planned.plan.choice = static_cast<plan::Choice>(choice);
    const Result<PlannedRun> read = parse_plan_json(render_plan_json(planned));
    ASSERT_TRUE(read);
    EXPECT_EQ(static_cast<int>(read->plan.choice), choice);
  }
}

TEST(GoJson, HasTheBytesOfGo) {
  EXPECT_EQ(go_quoted("a\"b\\c/<>&\n\r\t\b\f\x01\x7F"),
            "\"a\\\"b\\\\c/\\u003c\\u003e\\u0026\\n\\r\\t\\b\\f\\u0001\x7F\"");
  EXPECT_EQ(go_quoted("\xE2\x80\xA8\xE2\x80\xA9\xC3\xA9"), "\"\\u2028\\u2029\xC3\xA9\"");
  EXPECT_EQ(go_quoted("a\xFF\xC3(\xED\xA0\x80"), "\"a\\ufffd\\ufffd(\\ufffd\\ufffd\\ufffd\"");
  const std::vector<std::pair<double, std::string>> numbers = {{0, "0"},
                                                               {-0.5, "-0.5"},
                                                               {60000000000, "60000000000"},
                                                               {666666667.3333334, "666666667.3333334"},
                                                               {1e20, "100000000000000000000"},
                                                               {1e21, "1e+21"},
                                                               {1e-6, "0.000001"},
                                                               {1e-7, "1e-7"},
                                                               {1.5e-10, "1.5e-10"},
                                                               {1152921504606846976.0, "1152921504606847000"},
                                                               {-9007199254740992.0, "-9007199254740992"},
                                                               {1.0 / 0.0, "0"}};
  for (const auto& [value, text] : numbers) EXPECT_EQ(go_number(value), text);
  GoJson json;
  json.open('{').key("a").open('{').close().key("b").open('[').number(1).number(2).close().close();
  EXPECT_EQ(json.bytes(), "{\n  \"a\": {},\n  \"b\": [\n    1,\n    2\n  ]\n}");
}

TEST(DurationsJson, HasEachSuiteByModuleAndSuiteAndByFile) {
  PlannedRun planned = example_plan();
  const nlohmann::json read =
      nlohmann::json::parse(text_of(planned, "runner/cache/test_suite_durations.json"));
  EXPECT_EQ(read["testSuiteDurations"]["rspec"]["A"]["duration"]["p50"], "80000000000");
  EXPECT_EQ(read["testSuiteDurations"]["rspec"]["A"]["duration"]["p90"], "95000000000");
  EXPECT_FALSE(read["testSuiteDurations"]["rspec"].contains("B"));  // nothing is known of it
  EXPECT_EQ(read["suiteAggregates"]["[\"rspec\",\"E\"]"]["numTestsSkipped"], 1);
  EXPECT_EQ(read["suitesBySourceFile"]["spec/a_spec.rb"][1]["suite"], "A2");
  EXPECT_FALSE(read["testFileWeights"].contains("spec/c_spec.rb"));
  EXPECT_EQ(read["testFileDurationSources"]["spec/b_spec.rb"], "default");
}

}  // namespace
}  // namespace alibi::plan_folder
