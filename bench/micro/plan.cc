// What planning a very large suite takes: files with log-normal durations over as many numbers of nodes.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "collector/plan/planner.h"

namespace alibi::bench {
namespace {

plan::PlanRequest large_request(int64_t files, double sigma) {
  std::mt19937_64 random(7);  // NOLINT: the same suite each time
  std::lognormal_distribution<double> duration(std::log(2000.0), sigma);
  plan::PlanRequest request;
  for (int64_t i = 0; i < files; ++i) {
    plan::Unit unit;
    unit.file = "tests/area_" + std::to_string(i % 97) + "/test_" + std::to_string(i) + ".py";
    unit.weight_ms = static_cast<uint64_t>(duration(random)) + 1;
    request.units.push_back(std::move(unit));
  }
  request.max_nodes = 256;
  return request;
}

void plan_suite(benchmark::State& state, plan::PlanRequest request) {
  for (auto _ : state) {
    const plan::Plan plan = plan::make_plan(request);
    benchmark::DoNotOptimize(plan.wall_ms);
    if (plan.candidates.size() != 256) state.SkipWithError("not every number of nodes was compared");
  }
}

// Arguments: files, workers of a node.
void plan_files(benchmark::State& state) {
  plan::PlanRequest request = large_request(state.range(0), 1.2);
  request.workers_per_node = static_cast<uint32_t>(state.range(1));
  plan_suite(state, std::move(request));
}
BENCHMARK(plan_files)->Args({2'000, 1})->Args({20'000, 1})->Args({20'000, 8})->Unit(benchmark::kMillisecond);

// No number of nodes is ruled out by its cost.
void plan_files_for_the_least_wall(benchmark::State& state) {
  plan::PlanRequest request = large_request(state.range(0), 1.2);
  request.objective = plan::Objective::kWall;
  plan_suite(state, std::move(request));
}
BENCHMARK(plan_files_for_the_least_wall)->Arg(20'000)->Unit(benchmark::kMillisecond);

void plan_files_as_the_peer(benchmark::State& state) {
  plan::PlanRequest request = large_request(state.range(0), 1.2);
  request.compat = true;
  plan_suite(state, std::move(request));
}
BENCHMARK(plan_files_as_the_peer)->Arg(20'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace alibi::bench
