#include <gtest/gtest.h>

#include "collector/timings/timings.h"

namespace alibi::timings {
namespace {

RunTimings run(std::string framework, std::optional<uint64_t> node, std::optional<uint64_t> boot,
               std::optional<uint64_t> file) {
  RunTimings made;
  made.framework = std::move(framework);
  made.node_ms = node;
  made.boot_ms = boot;
  made.file_ms = file;
  return made;
}

TEST(LearnedCosts, AreMediansOfWhatTheFrameworkTook) {
  const LearnedCosts learned = learned_costs({run("pytest", 10000, 300, 20), run("pytest", 90000, 100, {}),
                                              run("rspec", 1, 1, 1), run("pytest", 12000, 200, 40)},
                                             "pytest", "");
  EXPECT_EQ(learned.costs.node_ms, 12000u);
  EXPECT_EQ(learned.costs.worker_ms, 200u);
  EXPECT_EQ(learned.costs.file_ms, 30u);
  EXPECT_EQ(learned.node_runs, 3u);
  EXPECT_EQ(learned.file_runs, 2u);
}

TEST(LearnedCosts, AreNothingWhereNothingWasMeasured) {
  const LearnedCosts learned = learned_costs({run("pytest", {}, {}, {})}, "pytest", "");
  EXPECT_EQ(learned.costs.node_ms + learned.costs.worker_ms + learned.costs.file_ms, 0u);
  EXPECT_EQ(learned.worker_runs, 0u);
  EXPECT_EQ(learned_costs({}, "", "").costs.worker_ms, 0u);
}

TEST(LearnedCosts, GoByTheNewestRuns) {
  std::vector<RunTimings> runs(100, run("jest", {}, 9000, {}));
  runs.insert(runs.end(), 20, run("jest", {}, 500, {}));
  EXPECT_EQ(learned_costs(runs, "jest", "").costs.worker_ms, 500u);
}

TEST(LearnedCosts, GoByTheMachineWhereItRanOften) {
  std::vector<RunTimings> runs(10, run("pytest", {}, 900, 90));
  for (RunTimings& one : runs) one.machine = "slow";
  for (size_t here = 1; here <= 3; ++here) {
    runs.push_back(run("pytest", {}, 100, 10));
    runs.back().machine = "fast";
    const LearnedCosts learned = learned_costs(runs, "pytest", "fast");
    EXPECT_EQ(learned.costs.worker_ms, here < 3 ? 900u : 100u);
    EXPECT_EQ(learned.costs.file_ms, here < 3 ? 90u : 10u);
    EXPECT_EQ(learned.file_runs, here < 3 ? 10 + here : 3u);
  }
}

TEST(LearnedCosts, TakeNothingForAStartThatIsNone) {
  const LearnedCosts learned =
      learned_costs({run("pytest", 86'400'001, 600'001, 60'001), run("pytest", 5, 6, 7)}, "pytest", "");
  EXPECT_EQ(learned.costs.node_ms, 5u);
  EXPECT_EQ(learned.costs.worker_ms, 6u);
  EXPECT_EQ(learned.costs.file_ms, 7u);
}

TEST(WithoutLoading, IsWhatAFileTakesBesides) {
  const std::vector<plan::Sample> samples = without_loading(
      {{1, 500, "", true, true}, {1, 500, "", true, false}, {1, 30, "", true, true}, {1, 0, "", true, true}},
      100);
  EXPECT_EQ(samples[0].duration_ms, 400u);
  EXPECT_EQ(samples[1].duration_ms, 500u);
  EXPECT_EQ(samples[2].duration_ms, 1u);
  EXPECT_EQ(samples[3].duration_ms, 0u);
}

TEST(MachineClass, NamesTheProcessorAndTheNumberOfCores) {
  EXPECT_EQ(
      machine_class_of("processor\t: 0\nmodel\t\t: 85\nmodel name\t: Some(R)  CPU @ 2.20GHz \nflags : x\n",
                       "x86_64", 4),
      "x86_64, Some(R) CPU @ 2.20GHz, 4 cores");
  EXPECT_EQ(machine_class_of("processor : 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "aarch64", 1),
            "aarch64, 0x41 0xd0c, 1 core");
  EXPECT_EQ(machine_class_of("", "riscv64", 0), "riscv64, 1 core");
  EXPECT_LT(machine_class_of("model name: " + std::string(10000, 'x'), "x", 2).size(), 200u);
}

TEST(MachineClass, IsTheSameEachTime) {
  EXPECT_FALSE(machine_class().empty());
  EXPECT_EQ(machine_class(), machine_class());
}

}  // namespace
}  // namespace alibi::timings
