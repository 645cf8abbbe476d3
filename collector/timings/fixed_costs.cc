// What runs cost besides the tests, and what kind of machine this is.
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "collector/timings/timings.h"

namespace alibi::timings {
namespace {

constexpr size_t kRunsLookedAt = 20;
constexpr size_t kEnoughRuns = 3;  // of this machine, to look at no others
// What is longer is no start (a machine that slept, a debugger).
constexpr uint64_t kLongestNodeMs = 86'400'000, kLongestBootMs = 600'000, kLongestFileMs = 60'000;

uint64_t median_of(std::vector<uint64_t> numbers) {
  if (numbers.empty()) return 0;
  std::sort(numbers.begin(), numbers.end());
  const uint64_t low = numbers[(numbers.size() - 1) / 2], high = numbers[numbers.size() / 2];
  return low + (high - low) / 2;
}

// "model name	: Intel(R) Xeon(R) CPU" -> "Intel(R) Xeon(R) CPU", of the first processor that has the line.
std::string line_of(std::string_view cpuinfo, std::string_view name) {
  constexpr size_t kLongest = 100;
  while (!cpuinfo.empty()) {
    std::string_view line = cpuinfo.substr(0, cpuinfo.find('\n'));
    cpuinfo.remove_prefix(std::min(line.size() + 1, cpuinfo.size()));
    const size_t colon = line.find(':');
    if (!line.starts_with(name) || colon == std::string_view::npos) continue;
    if (line.substr(name.size(), colon - name.size()).find_first_not_of(" \t") != std::string_view::npos)
      continue;
    std::string value;
    for (const char letter : line.substr(colon + 1)) {
      const bool is_space = letter == ' ' || letter == '\t';
      if (is_space && (value.empty() || value.back() == ' ')) continue;
      if (value.size() < kLongest && (is_space || (letter > ' ' && letter < '\x7f')))
        value.push_back(is_space ? ' ' : letter);
    }
    while (!value.empty() && value.back() == ' ') value.pop_back();
    return value;
  }
  return {};
}

}  // namespace

LearnedCosts learned_costs(const std::vector<RunTimings>& runs, const std::string& framework,
                           const std::string& machine) {
  const auto learned = [&](std::optional<uint64_t> RunTimings::*cost, uint64_t most, size_t* count) {
    std::vector<uint64_t> here, everywhere;
    for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
      const std::optional<uint64_t>& measured = (*run).*cost;
      if (run->framework != framework || !measured || *measured > most) continue;
      if (everywhere.size() < kRunsLookedAt) everywhere.push_back(*measured);
      if (run->machine == machine && here.size() < kRunsLookedAt) here.push_back(*measured);
    }
    std::vector<uint64_t>& of = here.size() >= kEnoughRuns ? here : everywhere;
    *count = of.size();
    return median_of(std::move(of));
  };
  LearnedCosts found;
  found.costs.node_ms = learned(&RunTimings::node_ms, kLongestNodeMs, &found.node_runs);
  found.costs.worker_ms = learned(&RunTimings::boot_ms, kLongestBootMs, &found.worker_runs);
  found.costs.file_ms = learned(&RunTimings::file_ms, kLongestFileMs, &found.file_runs);
  return found;
}

std::vector<plan::Sample> without_loading(std::vector<plan::Sample> samples, uint64_t file_ms) {
  for (plan::Sample& sample : samples) {
    if (!sample.with_loading) continue;
    sample.duration_ms -= std::min(file_ms, sample.duration_ms - std::min<uint64_t>(sample.duration_ms, 1));
    sample.with_loading = false;
  }
  return samples;
}

std::string machine_class_of(std::string_view cpuinfo, std::string_view architecture, long cores) {
  std::string model = line_of(cpuinfo, "model name");
  if (model.empty() && !line_of(cpuinfo, "CPU part").empty())  // ARM
    model = line_of(cpuinfo, "CPU implementer") + " " + line_of(cpuinfo, "CPU part");
  std::string name(architecture);
  if (!model.empty()) name += (name.empty() ? "" : ", ") + model;
  return name + ", " + std::to_string(std::max(cores, 1L)) + (cores > 1 ? " cores" : " core");
}

std::string machine_class() {
  struct utsname system {};
  const std::string architecture = ::uname(&system) == 0 ? system.machine : "";
  // The first processor stands for all. Files of /proc have no size that could be read to its end.
  std::string cpuinfo;
  if (FILE* file = std::fopen("/proc/cpuinfo", "re"); file != nullptr) {
    cpuinfo.resize(8192);
    cpuinfo.resize(std::fread(cpuinfo.data(), 1, cpuinfo.size(), file));
    std::fclose(file);
  }
  return machine_class_of(cpuinfo, architecture, ::sysconf(_SC_NPROCESSORS_ONLN));
}

}  // namespace alibi::timings
