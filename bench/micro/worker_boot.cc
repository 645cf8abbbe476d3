// What the runner adds to a worker: processes that do nothing, started by fork and exec alone and by
// run_units(); and what a unit costs a persistent worker that does nothing.
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "collector/run/node_share.h"
#include "collector/run/runner.h"

extern char** environ;

namespace alibi::run {
namespace {

class Nothing : public framework::Framework {
 public:
  explicit Nothing(bool persistent) : persistent_(persistent) {}
  std::string_view platform() const override { return "none"; }
  std::string_view name() const override { return "none"; }
  std::string pattern() const override { return ""; }
  framework::Abilities abilities() const override { return {false, false, persistent_, false}; }
  Result<void> check() override { return {}; }
  Result<std::map<std::string, std::string>> runtime_tags() override {
    return std::map<std::string, std::string>();
  }
  Result<framework::Discovery> list_files() override { return framework::Discovery{}; }
  Result<framework::Discovery> list_tests() override { return framework::Discovery{}; }
  bool is_unskippable(const std::string&) const override { return false; }
  std::string file_of_suite(const std::string&, const std::string&) const override { return ""; }
  Result<std::vector<framework::Launch>> launches(const std::vector<plan::Unit>&, const std::string&,
                                                  const std::string&) override {
    framework::Launch launch;
    launch.command = {"/bin/true"};
    return std::vector{launch};
  }
  Result<std::optional<framework::Launch>> persistent_launch(const std::vector<plan::Unit>&,
                                                             const std::string&,
                                                             const std::string&) override {
    framework::Launch launch;
    launch.command = {"/proc/self/exe"};
    launch.environment = {{"ALIBI_BENCHMARK_DRIVER", "1"}};
    return std::optional(launch);
  }
  framework::Ending ending(int status) const override {
    return status == 0 ? framework::Ending::kPassed : framework::Ending::kFailed;
  }

 private:
  bool persistent_;
};

void run(bool persistent, size_t units, uint32_t workers) {
  Nothing framework(persistent);
  std::vector<plan::Unit> all(units);
  std::vector<std::vector<size_t>> share(workers);
  for (size_t i = 0; i < units; ++i) {
    all[i].file = std::string("f").append(std::to_string(i));
    share[i % workers].push_back(i);
  }
  NodeShare source(all, share, Stealing{});
  RunRequest request;
  request.directory = request.scratch = "/tmp";
  request.workers = workers;
  request.persistent = persistent;
  const Result<RunOutcome> outcome = run_units(request, &framework, &source, share);
  if (!outcome || outcome->exit_status != 0 || outcome->units.size() != units) std::abort();
}

void fork_and_exec(benchmark::State& state) {
  const auto workers = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    std::vector<pid_t> children(workers);
    for (pid_t& child : children) {
      std::string word = "/bin/true";
      char* arguments[] = {word.data(), nullptr};
      if (::posix_spawn(&child, word.c_str(), nullptr, nullptr, arguments, environ) != 0) std::abort();
    }
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
  }
  state.counters["for_1000_workers"] =
      benchmark::Counter(static_cast<double>(workers) / 1000,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(fork_and_exec)->Arg(2)->Arg(64)->UseRealTime()->Unit(benchmark::kMillisecond);

void runner_of_batches(benchmark::State& state) {
  const auto workers = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) run(false, workers, workers);
  state.counters["for_1000_workers"] = benchmark::Counter(
      workers / 1000.0, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(runner_of_batches)->Arg(2)->Arg(64)->UseRealTime()->Unit(benchmark::kMillisecond);

void runner_of_persistent_workers(benchmark::State& state) {
  const auto workers = static_cast<uint32_t>(state.range(0));
  for (auto _ : state) run(true, workers, workers);
  state.counters["for_1000_workers"] = benchmark::Counter(
      workers / 1000.0, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(runner_of_persistent_workers)->Arg(2)->Arg(64)->UseRealTime()->Unit(benchmark::kMillisecond);

void units_of_two_persistent_workers(benchmark::State& state) {
  const auto units = static_cast<size_t>(state.range(0));
  for (auto _ : state) run(true, units, 2);
  state.counters["for_1000_units"] =
      benchmark::Counter(static_cast<double>(units) / 1000,
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(units_of_two_persistent_workers)->Arg(2000)->UseRealTime()->Unit(benchmark::kMillisecond);

// This program as a driver of WORKERS.md that runs nothing.
int drive() {
  std::FILE* in = ::fdopen(3, "r");
  std::FILE* out = ::fdopen(::dup(3), "w");
  std::fputs("{\"ready\":1}\n", out);
  char line[65536];
  while (true) {
    std::fputs("{\"next\":true}\n", out);
    std::fflush(out);
    const char* id = std::fgets(line, sizeof line, in) == nullptr ? nullptr : std::strstr(line, "\"id\":");
    if (id == nullptr) return 0;
    const unsigned long unit = std::strtoul(id + 5, nullptr, 10);
    std::fprintf(out, "{\"begin\":%lu}\n{\"done\":%lu,\"outcome\":\"passed\"}\n", unit, unit);
  }
}

}  // namespace
}  // namespace alibi::run

int main(int count, char** arguments) {
  if (std::getenv("ALIBI_BENCHMARK_DRIVER") != nullptr) return alibi::run::drive();
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
