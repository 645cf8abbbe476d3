// Folders that DDTest wrote, as facts of its documents and tests (DataDog/ddtest, Apache-2.0, at 4620c912:
// docs/layout.md, internal/planner/planner_test.go, test_optimization_plan_cache_test.go), in texts of our
// own.
#include <gtest/gtest.h>

#include "collector/model/plan_errors.h"
#include "collector/plan_folder/durations_json.h"
#include "tests/unit/plan_folder/example_plan.h"

namespace alibi::plan_folder {
namespace {

using namespace testing;  // NOLINT: the example

std::string split(int number) {
  return std::string(kSplits) + "/runner-" + std::to_string(number);
}

// The worked example as the peer leaves it: our folder without our own file.
FolderTexts peer_texts() {
  FolderTexts texts = texts_of(example_plan());
  texts.erase(kPlanJson);
  return texts;
}

TEST(PeerFolder, IsReadFromItsListsAndItsCache) {
  const Result<PlannedRun> read = parse_peer_folder(peer_texts());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->platform, "ruby");
  EXPECT_EQ(read->framework, "rspec");
  EXPECT_EQ(read->skipping_level, "test");
  EXPECT_EQ(read->os_tags, example_plan().os_tags);
  EXPECT_EQ(read->runtime_tags, example_plan().runtime_tags);
  EXPECT_EQ(read->run.commit, example_plan().run.commit);
  EXPECT_EQ(read->key, PlanKey());
  EXPECT_TRUE(read->compat);
  ASSERT_EQ(read->plan.units.size(), 5u);
  EXPECT_EQ(read->plan.units[0].file, "spec/a_spec.rb");
  EXPECT_EQ(read->plan.units[0].weight_ms, 60000u);
  EXPECT_EQ(read->plan.units[1].source, plan::DurationSource::kDefault);
  ASSERT_EQ(read->plan.nodes.size(), 2u);
  EXPECT_EQ(read->plan.nodes[1].workers.at(0).units, (std::vector<size_t>{1, 2, 3, 4}));
  EXPECT_EQ(read->plan.nodes[1].wall_ms, 8667u);
  EXPECT_EQ(read->plan.wall_ms, 60000u);
  EXPECT_EQ(read->plan.imbalance_ms, 51333u);
  EXPECT_EQ(read->plan.total_ms, 68667u);
  EXPECT_DOUBLE_EQ(read->files.skippable_percentage, 46.72);
  EXPECT_EQ(read->files.suites.size(), 6u);
  EXPECT_EQ(read->files.suites[0].facts.known_ns, 80'000'000'000u);
  EXPECT_EQ(read->github_matrix, example_plan().github_matrix);
}

TEST(PeerFolder, GivesTheSameListsWhenWrittenAgain) {
  const Result<PlannedRun> read = parse_peer_folder(peer_texts());
  ASSERT_TRUE(read);
  for (const char* path : {kTestFiles, kRunners, kPercentage, kGithub, "runner/tests-split/runner-0",
                           "runner/tests-split/runner-1"}) {
    EXPECT_EQ(text_of(*read, path), peer_texts().at(path)) << path;
  }
}

TEST(PeerFolder, HasItsRunnersByNumberAndNotByName) {
  FolderTexts texts = peer_texts();
  std::string files;
  for (int number = 0; number < 12; ++number) {
    texts[split(number)] = "t" + std::to_string(number) + "\n";
    files += "t" + std::to_string(number) + "\n";
  }
  texts[kTestFiles] = files;
  texts[kRunners] = "12";
  const Result<PlannedRun> read = parse_peer_folder(texts);
  ASSERT_TRUE(read) << read.error().message;
  for (size_t number = 0; number < 12; ++number) {
    const size_t position = read->plan.nodes.at(number).workers.at(0).units.at(0);
    EXPECT_EQ(read->plan.units[position].file, "t" + std::to_string(number));
    EXPECT_EQ(read->plan.units[position].weight_ms, 1000u);  // nothing is known of it
  }
}

TEST(PeerFolder, IsReadWithoutTheListsOfAnEarlierPlan) {
  FolderTexts texts = peer_texts();
  texts[split(2)] = "spec/b_spec.rb\n";
  texts[split(10)] = "spec/gone_spec.rb\n";
  texts[std::string(kSplits) + "/runner-x"] = "spec/a_spec.rb\n";
  const Result<PlannedRun> read = parse_peer_folder(texts);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->plan.nodes.size(), 2u);
  ASSERT_EQ(read->plan.warnings.size(), 2u);
  EXPECT_NE(read->plan.warnings[1].find("runner-2 is of an earlier plan"), std::string::npos);
}

TEST(PeerFolder, HasTheRunnersThatALeadingNumberSays) {
  const std::vector<std::pair<std::string, uint32_t>> good = {
      {"2", 2}, {" 2\n", 2}, {"2 runners", 2}, {"+2", 2}, {"02.5", 2}, {"\r\n\t7x", 7}, {"0", 0}, {"-0", 0}};
  for (const auto& [text, count] : good) {
    const Result<uint32_t> read = parse_runners(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, count) << text;
  }
  for (const char* bad : {"", " ", "many", "-1", "+", "+-1", "99999999999999999999", "100001", "x2"}) {
    const Result<uint32_t> read = parse_runners(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, collector::kRunRunnersParse);
  }
}

void expect_fault(const FolderTexts& texts, ErrorCode code, const std::string& start) {
  const Result<PlannedRun> read = parse_peer_folder(texts);
  ASSERT_FALSE(read) << start;
  EXPECT_EQ(read.error().code, code) << read.error().message;
  EXPECT_TRUE(read.error().message.starts_with(start)) << read.error().message;
}

TEST(PeerFolder, IsRefusedWhenItsListsLoseOrDoubleAFile) {
  FolderTexts texts = peer_texts();
  texts[split(0)] += "spec/b_spec.rb\n";
  expect_fault(texts, collector::kRunParallelRead, split(1) + ": \"spec/b_spec.rb\" is in " + split(0));
  texts = peer_texts();
  texts[split(0)] = "";
  expect_fault(texts, collector::kRunSplitsRead, std::string(kTestFiles) + ": \"spec/a_spec.rb\" is in none");
  texts = peer_texts();
  texts[split(0)] += "spec/x_spec.rb\n";
  expect_fault(texts, collector::kRunNodeRead, split(0) + ": \"spec/x_spec.rb\" is not in " + kTestFiles);
  texts = peer_texts();
  texts.erase(split(1));
  expect_fault(texts, collector::kRunNodeMissing, split(1));
}

TEST(PeerFolder, IsRefusedWhenAFileIsMissingOrLeadsElsewhere) {
  for (const auto& [path, code] :
       std::map<std::string, ErrorCode>{{kManifest, collector::kRunPlanLoad},
                                        {kRunners, collector::kRunRunnersRead},
                                        {kTestFiles, collector::kRunSequentialRead},
                                        {kDurations, collector::kRunPlanLoad}}) {
    FolderTexts texts = peer_texts();
    texts.erase(path);
    expect_fault(texts, code, path);
  }
  FolderTexts texts = peer_texts();
  texts[kDurations] = "{";
  expect_fault(texts, collector::kRunPlanLoad, kDurations);
  for (const char* name : {"/etc/x", "../x", "spec/../../x", "-x"}) {
    texts = peer_texts();
    texts[split(0)] = std::string(name) + "\nspec/a_spec.rb\n";
    texts[kTestFiles] += std::string(name) + "\n";
    expect_fault(texts, collector::kRunSplitsRead, kSplits);
  }
}

TEST(PeerFolder, HasItsPlatformInsideTheRunOfEarlierVersions) {
  const Result<PeerPlan> read = parse_durations(
      R"({"runInfo":{"service":"s","commit":"c","platform":"python","framework":"pytest",
          "osTags":{"os.platform":"linux"},"runtimeTags":null}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->platform, "python");
  EXPECT_EQ(read->framework, "pytest");
  EXPECT_EQ(read->os_tags.at("os.platform"), "linux");
  EXPECT_EQ(read->run.commit, "c");
}

TEST(PeerFolder, IsNotStoppedByValuesOfOtherTypes) {
  const Result<PeerPlan> read = parse_durations(
      R"({"testSuiteDurations":[],"suiteAggregates":{"k":{"module":1,"numTests":-5,"numTestsSkipped":1e99},"x":3},
          "testFileWeights":{"a":-1,"b":"9","c":2.5,"d":7,"e":18446744073709551615},"testFileDurationSources":{"a":1},
          "runInfo":7,"planMetadata":null})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->weights_ms.at("c"), 2u);
  EXPECT_EQ(read->weights_ms.at("d"), 7u);
  EXPECT_FALSE(read->weights_ms.contains("a") || read->weights_ms.contains("b") ||
               read->weights_ms.contains("e"));
  ASSERT_EQ(read->suites.size(), 1u);
  EXPECT_EQ(read->suites[0].facts.skipped, 0u);
}

// The peer's cache round trip: one suite of two tests, one of them skipped.
TEST(PeerFolder, KeepsTheCacheOfItsRoundTripTest) {
  PlannedRun planned;
  plan::SuiteAggregate suite1 = suite("Suite1", "spec/suite1_spec.rb", 2, 1, 5'000'000'000);
  planned.files.suites = {suite1};
  planned.p90_ns = {{{"rspec", "Suite1"}, 7'000'000'000}};
  planned.plan.units = {unit("spec/suite1_spec.rb", 2500)};
  planned.plan.nodes = {node(planned.plan, {0})};
  EXPECT_EQ(render_durations(planned), R"({
  "testSuiteDurations": {
    "rspec": {
      "Suite1": {
        "source_file": "spec/suite1_spec.rb",
        "duration": {
          "p50": "5000000000",
          "p90": "7000000000"
        }
      }
    }
  },
  "suiteAggregates": {
    "[\"rspec\",\"Suite1\"]": {
      "module": "rspec",
      "suite": "Suite1",
      "sourceFile": "spec/suite1_spec.rb",
      "totalDuration": 5000000000,
      "estimatedDuration": 2500000000,
      "durationSource": "known",
      "numTests": 2,
      "numTestsSkipped": 1
    }
  },
  "suitesBySourceFile": {
    "spec/suite1_spec.rb": [
      {
        "module": "rspec",
        "suite": "Suite1"
      }
    ]
  },
  "testFileWeights": {
    "spec/suite1_spec.rb": 2500
  },
  "testFileDurationSources": {
    "spec/suite1_spec.rb": "known"
  },
  "runInfo": {
    "service": "",
    "repository": "",
    "commit": "",
    "branch": ""
  },
  "planMetadata": {
    "platform": "",
    "framework": "",
    "osTags": {},
    "runtimeTags": {}
  }
})");
}

}  // namespace
}  // namespace alibi::plan_folder
