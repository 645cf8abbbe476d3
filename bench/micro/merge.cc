// The merge of one session: 1,000 tests of 500 lines each, from reading the shard to canonical evidence.
#include <benchmark/benchmark.h>

#include <string>
#include <utility>

#include "bench/micro/recorded_session.h"
#include "collector/merge/merger.h"
#include "collector/merge/shard_loader.h"

namespace alibi::bench {
namespace {

constexpr uint32_t kFiles = 40;
constexpr uint32_t kFunctionsPerFile = 50;
constexpr uint32_t kLinesPerFunction = 20;

// Each test runs 25 neighbouring functions of one of 40 files, as suites do.
void record(RecordedSession* session, uint32_t tests, uint32_t lines) {
  uint32_t first = 0;
  for (uint32_t file = 0; file < kFiles; ++file) {
    const uint32_t number = session->define_file("module_" + std::to_string(file) + ".py");
    for (uint32_t function = 0; function < kFunctionsPerFile; ++function) {
      const uint32_t base = session->define_code(number, 1 + function * kLinesPerFunction, kLinesPerFunction,
                                                 "function_" + std::to_string(function));
      if (first == 0) first = base;
    }
  }
  const uint32_t probes = kFiles * kFunctionsPerFile * kLinesPerFunction;
  for (uint32_t test = 0; test < tests; ++test) {
    const uint32_t start = first + (test * 7919u) % (probes - lines);
    session->run_test("tests/test_module.py::test_" + std::to_string(test), start, lines);
  }
  session->close();
}

void merge_session(benchmark::State& state) {
  RecordedSession session;
  record(&session, static_cast<uint32_t>(state.range(0)), static_cast<uint32_t>(state.range(1)));
  size_t tests = 0;
  for (auto _ : state) {
    auto shards = collector::ShardDirectory::open(session.directory());
    if (!shards.ok()) return state.SkipWithError("the shards could not be listed");
    const collector::SessionCoverage coverage = collector::merge({}, &shards.value(), shards.value().lost());
    tests = coverage.tests.size();
  }
  if (tests != static_cast<size_t>(state.range(0))) state.SkipWithError("tests were lost in the merge");
}
BENCHMARK(merge_session)
    ->Args({1000, 500})
    ->Args({1000, 50})
    ->Args({10000, 50})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace alibi::bench
