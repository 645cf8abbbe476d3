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
  const plan::FixedCosts costs = learned_costs({run("pytest", 10000, 300, 20), run("pytest", 90000, 100, {}),
                                                run("rspec", 1, 1, 1), run("pytest", 12000, 200, 40)},
                                               "pytest");
  EXPECT_EQ(costs.node_ms, 12000u);
  EXPECT_EQ(costs.worker_ms, 200u);
  EXPECT_EQ(costs.file_ms, 30u);
}

TEST(LearnedCosts, AreNothingWhereNothingWasMeasured) {
  const plan::FixedCosts costs = learned_costs({run("pytest", {}, {}, {})}, "pytest");
  EXPECT_EQ(costs.node_ms + costs.worker_ms + costs.file_ms, 0u);
  EXPECT_EQ(learned_costs({}, "").worker_ms, 0u);
}

TEST(LearnedCosts, GoByTheNewestRuns) {
  std::vector<RunTimings> runs(100, run("jest", {}, 9000, {}));
  runs.insert(runs.end(), 20, run("jest", {}, 500, {}));
  EXPECT_EQ(learned_costs(runs, "jest").worker_ms, 500u);
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
