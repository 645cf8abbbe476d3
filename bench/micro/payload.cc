// Messages of the intake protocol: what it costs to encode, pack and read them, on one core.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "collector/compression/gzip.h"
#include "collector/payload/coverage_decoder.h"
#include "collector/payload/coverage_encoder.h"
#include "collector/payload/skippable.h"
#include "collector/payload/test_cycle_decoder.h"
#include "collector/payload/test_cycle_encoder.h"

namespace alibi::bench {
namespace {

using namespace payload;  // NOLINT: one purpose

constexpr size_t kTests = 10'000;

// As many and as long tags as a client repeats in each event.
Event test_event(uint64_t number) {
  Event event;
  event.trace_id = number * 0x9E3779B97F4A7C15U | 1;
  event.span_id = number * 0xC2B2AE3D27D4EB4FU | 1;
  event.session_id = 3092544557440932001U;
  event.module_id = 335121599888767851U;
  event.suite_id = number / 50 + 1;
  event.name = "pytest.test";
  event.resource = "test_case_" + std::to_string(number) + "[first-second]";
  event.service = "demo";
  event.start_ns = 1'795'251'772'793'576'885U + number;
  event.duration_ns = 1'468'344 + number;
  event.correlation_id = "0123456789abcdef";
  event.meta = {{"span.kind", "test"},
                {"test.name", event.resource},
                {"test.suite", "test_module_" + std::to_string(number / 50) + ".py"},
                {"test.module", "tests.unit.area"},
                {"test.status", "pass"},
                {"test.final_status", "pass"},
                {"test.type", "test"},
                {"test.source.file", "tests/unit/area/test_module_" + std::to_string(number / 50) + ".py"},
                {"test.source.start", std::to_string(number % 900 + 1)},
                {"test.source.end", std::to_string(number % 900 + 12)},
                {"test.codeowners", R"(["@acme/platform"])"},
                {"test.parameters", R"({"arguments": {"a": "'first'", "b": "'second'"}, "metadata": {}})"}};
  const char* const git[] = {"git.branch",      "git.commit.sha",        "git.repository_url",
                             "ci.pipeline.id",  "ci.pipeline.url",       "git.commit.message",
                             "ci.job.url",      "ci.workspace_path",     "os.version",
                             "runtime.version", "os.architecture",       "test.framework",
                             "test.command",    "git.commit.author.name"};
  for (const char* key : git)
    event.meta.emplace_back(key, "https://ci.example.com/acme/demo/pipelines/123456");
  event.metrics = {{"_dd.top_level", 1}, {"_dd.host.vcpu_count", 2}};
  return event;
}

TestCycle large_cycle() {
  TestCycle cycle;
  cycle.metadata.by_type = {{"*", {{"language", "python"}, {"env", "ci"}, {"library_version", "0.1.0"}}}};
  for (uint64_t number = 1; number <= kTests; ++number) cycle.events.push_back(test_event(number));
  return cycle;
}

// A million covered lines: 2,000 tests of 10 files of 50 lines.
std::vector<CoverageEvent> large_coverage() {
  std::vector<CoverageEvent> events;
  for (uint64_t test = 1; test <= 2000; ++test) {
    CoverageEvent event{1, test / 50 + 1, test, {}};
    for (uint32_t file = 0; file < 10; ++file) {
      CoveredFile covered{"src/area/module_" + std::to_string((test + file) % 300) + ".py", {}};
      for (uint32_t line = 0; line < 50; ++line) covered.lines.push_back(10 + line * 9 + line % 3);
      event.files.push_back(std::move(covered));
    }
    events.push_back(std::move(event));
  }
  return events;
}

void set_megabytes(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(bytes));
}

void encode_test_events(benchmark::State& state) {
  const TestCycle cycle = large_cycle();
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    TestCycleEncoder encoder(cycle.metadata, [&](std::string_view body, size_t) { bytes += body.size(); });
    for (const Event& event : cycle.events) encoder.add(event);
    if (encoder.finish().events != kTests) return state.SkipWithError("events are missing");
  }
  set_megabytes(state, bytes);
}
BENCHMARK(encode_test_events)->Unit(benchmark::kMillisecond);

void encode_million_lines(benchmark::State& state) {
  const std::vector<CoverageEvent> events = large_coverage();
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    CoverageEncoder encoder([&](std::string_view document, size_t) { bytes += document.size(); });
    for (const CoverageEvent& event : events) encoder.add(event);
    if (encoder.finish().events != events.size()) return state.SkipWithError("events are missing");
  }
  set_megabytes(state, bytes);
}
BENCHMARK(encode_million_lines)->Unit(benchmark::kMillisecond);

void decode_test_events(benchmark::State& state) {
  const std::vector<std::string> bodies = encode_test_cycle(large_cycle()).bodies;
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const std::string& body : bodies) {
      if (!decode_test_cycle(body)) return state.SkipWithError("a body cannot be read");
      bytes += body.size();
    }
  }
  set_megabytes(state, bytes);
}
BENCHMARK(decode_test_events)->Unit(benchmark::kMillisecond);

void decode_million_lines(benchmark::State& state) {
  const std::vector<std::string> documents = encode_coverage(large_coverage()).documents;
  size_t lines = 0;
  for (auto _ : state) {
    lines = 0;
    for (const std::string& document : documents) {
      const auto counts = decode_coverage(document, {}, [&](CoverageEvent&& event) {
        for (const CoveredFile& file : event.files) lines += file.lines.size();
      });
      if (!counts) return state.SkipWithError("a document cannot be read");
    }
  }
  if (lines != 1'000'000) state.SkipWithError("lines are missing");
}
BENCHMARK(decode_million_lines)->Unit(benchmark::kMillisecond);

void gzip_test_events(benchmark::State& state) {
  const std::string body = encode_test_cycle(large_cycle()).bodies.at(0);
  size_t packed = 0;
  for (auto _ : state) packed = alibi::compression::gzip(body, static_cast<int>(state.range(0)))->size();
  set_megabytes(state, body.size());
  state.counters["percent"] = 100.0 * static_cast<double>(packed) / static_cast<double>(body.size());
}
BENCHMARK(gzip_test_events)->Arg(1)->Arg(6)->Unit(benchmark::kMillisecond);

void answer_skippable(benchmark::State& state) {
  Skippable skippable{"corr123", {}, {}};
  for (size_t test = 0; test < 100'000; ++test) {
    skippable.items.push_back({TestLevel::kTest, "tests.unit.area",
                               "test_module_" + std::to_string(test / 50) + ".py",
                               "test_case_" + std::to_string(test), std::nullopt});
  }
  for (auto _ : state) benchmark::DoNotOptimize(encode_skippable(skippable));
}
BENCHMARK(answer_skippable)->Unit(benchmark::kMillisecond);

void parse_answered_skippable(benchmark::State& state) {
  Skippable skippable{"corr123", {}, {}};
  for (size_t test = 0; test < 100'000; ++test)
    skippable.items.push_back(
        {TestLevel::kTest, "tests.unit", "test_a.py", "test_" + std::to_string(test), std::nullopt});
  const std::string answer = encode_skippable(skippable);
  for (auto _ : state) {
    if (!parse_skippable(answer)) return state.SkipWithError("the answer cannot be read");
  }
}
BENCHMARK(parse_answered_skippable)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace alibi::bench
