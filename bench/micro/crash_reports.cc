// What being ready for a crash costs a run in which none happens: naming the test that runs, and installing.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "tracer/abi/alibi_crash.h"

namespace {

constexpr std::string_view kShard = "/tmp/1-2-0123456789abcdef.shard";
constexpr std::string_view kTest = "tests/unit/test_codec.py::TestDecode::test_of_ordinary_length[utf-8]";

alibi_crash_options options_with(uint64_t hang_ms) {
  alibi_crash_options options = {};
  options.shard_path = {kShard.data(), kShard.size()};
  options.hang_ms = hang_ms;
  return options;
}

// Twice per test: begin and end. The argument: milliseconds of --alibi-hang.
void enter_and_leave(benchmark::State& state) {
  const alibi_crash_options options = options_with(static_cast<uint64_t>(state.range(0)));
  alibi_crash_start(&options, nullptr);
  for (auto _ : state) {
    alibi_crash_enter(ALIBI_CONTEXT_TEST, {kTest.data(), kTest.size()});
    alibi_crash_leave();
  }
  alibi_crash_stop();
}
BENCHMARK(enter_and_leave)->Arg(0)->Arg(60'000);

void start_and_stop(benchmark::State& state) {
  const alibi_crash_options options = options_with(0);
  for (auto _ : state) {
    alibi_crash_start(&options, nullptr);
    alibi_crash_stop();
  }
}
BENCHMARK(start_and_stop);

}  // namespace
