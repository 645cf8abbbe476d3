// What recording itself costs, without an interpreter: one hit, one test's end, one definition.
#include <benchmark/benchmark.h>

#include <string>

#include "bench/micro/recorded_session.h"

namespace alibi::bench {
namespace {

// The inline append and, every 4,092 entries, the next block. Long runs would fill the disk, so the count is
// fixed.
void append_hit(benchmark::State& state) {
  RecordedSession session;
  const uint32_t base = session.define_code(session.define_file("a.py"), 1, 1000, "f");
  uint32_t offset = 0;
  for (auto _ : state) {
    alibi_append_hit(session.abi(), session.stream(), base + offset);
    if (++offset == 1000) offset = 0;
  }
}
BENCHMARK(append_hit)->Iterations(4'000'000);

// Define, switch, hit and commit: a whole test.
void test_of_lines(benchmark::State& state) {
  RecordedSession session;
  const auto lines = static_cast<uint32_t>(state.range(0));
  const uint32_t base = session.define_code(session.define_file("a.py"), 1, 1000, "f");
  uint64_t number = 0;
  for (auto _ : state) session.run_test("tests/test_a.py::test_" + std::to_string(number++), base, lines);
}
BENCHMARK(test_of_lines)->Arg(0)->Arg(50)->Arg(500)->Iterations(5'000);

void define_code(benchmark::State& state) {
  RecordedSession session;
  const uint32_t file = session.define_file("a.py");
  uint32_t line = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(session.define_code(file, line, 20, "package.module.Class.method"));
    line += 20;
  }
}
BENCHMARK(define_code)->Iterations(100'000);

void record_input(benchmark::State& state) {
  RecordedSession session;
  const uint32_t test = session.define_test("tests/test_a.py::test");
  const std::string subject = "/home/user/project/tests/data/example.json";
  alibi_input input = {};
  input.context = test;
  input.kind = ALIBI_INPUT_FILE;
  input.state = ALIBI_PRESENT;
  input.subject = text_of(subject);
  for (auto _ : state) {
    ++input.hash.low;  // a repetition is recognised and costs less
    alibi_record_input(session.abi(), &input);
  }
}
BENCHMARK(record_input)->Iterations(100'000);

}  // namespace
}  // namespace alibi::bench
