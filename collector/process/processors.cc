#include "collector/process/processors.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "collector/process/cgroup_quota.h"
#include "tracer/base/unique_fd.h"

namespace alibi::process {
namespace {

constexpr uint32_t kMostProcessors = 65'536;
constexpr uint32_t kMostThreads = 8;  // of a core; more is nonsense
constexpr size_t kLongestFile = size_t{16} << 20;

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::optional<uint32_t> number_in(const std::string& text) {
  uint32_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || number > kMostProcessors)
    return std::nullopt;
  return number;
}

// "0-3,8"
std::vector<uint32_t> listed(const std::string& text) {
  std::vector<uint32_t> numbers;
  std::istringstream parts(trimmed(text));
  for (std::string part; std::getline(parts, part, ',');) {
    const size_t dash = part.find('-');
    const std::optional<uint32_t> first = number_in(part.substr(0, dash));
    const std::optional<uint32_t> last = dash == std::string::npos ? first : number_in(part.substr(dash + 1));
    if (!first || !last || *last < *first) return {};
    for (uint32_t number = *first; number <= *last && numbers.size() < kMostProcessors; ++number) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

using Fields = std::map<std::string, std::string>;

// One for each processor of /proc/cpuinfo.
std::vector<Fields> processor_blocks(const std::string& text) {
  std::vector<Fields> blocks;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = trimmed(line.substr(0, colon));
    if (name == "processor" && blocks.size() < kMostProcessors) blocks.emplace_back();
    if (!blocks.empty()) blocks.back()[name] = trimmed(line.substr(colon + 1));
  }
  return blocks;
}

uint32_t field(const Fields& block, const char* name) {
  const auto found = block.find(name);
  return found == block.end() ? 0 : number_in(found->second).value_or(0);
}

// x86 says it all there; false: another machine.
bool read_cpuinfo(const MachineView& machine, Processors* found) {
  const std::optional<std::string> text = machine.read("/proc/cpuinfo");
  if (!text) return false;
  const std::vector<Fields> blocks = processor_blocks(*text);
  std::set<std::pair<std::string, std::string>> cores;
  for (const Fields& block : blocks) {
    if (!block.contains("physical id") || !block.contains("core id")) return false;
    cores.emplace(block.at("physical id"), block.at("core id"));
  }
  if (blocks.empty()) return false;
  found->logical = static_cast<uint32_t>(blocks.size());
  found->physical = static_cast<uint32_t>(cores.size());
  const uint32_t siblings = field(blocks.front(), "siblings");
  const uint32_t per_package = field(blocks.front(), "cpu cores");
  if (per_package > 0 && siblings % per_package == 0 && siblings / per_package <= kMostThreads) {
    found->threads_per_core = siblings / per_package;
  }
  return true;
}

void read_topology(const MachineView& machine, Processors* found) {
  const std::string base = "/sys/devices/system/cpu/";
  const std::vector<uint32_t> online = listed(machine.read(base + "online").value_or(""));
  std::set<std::vector<uint32_t>> cores;
  for (const uint32_t number : online) {
    const std::string path = base + "cpu" + std::to_string(number) + "/topology/thread_siblings_list";
    std::vector<uint32_t> siblings = listed(machine.read(path).value_or(""));
    if (siblings.empty() || siblings.size() > kMostThreads) return;
    cores.insert(std::move(siblings));
  }
  if (cores.empty()) return;
  found->logical = static_cast<uint32_t>(online.size());
  found->physical = static_cast<uint32_t>(cores.size());
  const bool are_alike = std::all_of(cores.begin(), cores.end(),
                                     [&](const auto& core) { return core.size() == cores.begin()->size(); });
  if (are_alike) found->threads_per_core = static_cast<uint32_t>(cores.begin()->size());
}

uint32_t usable_processors(const MachineView& machine, uint32_t logical) {
  const std::optional<uint32_t> told = number_in(trimmed(machine.gomaxprocs));
  if (told && *told > 0) return *told;
  uint32_t usable = machine.affinity > 0 ? machine.affinity : logical;
  usable = std::clamp(usable, 1u, kMostProcessors);
  const std::optional<double> quota = cgroup_quota(machine);
  if (quota && *quota < usable) usable = std::max(1u, static_cast<uint32_t>(std::ceil(*quota)));
  return usable;
}

std::optional<std::string> read_whole(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return std::nullopt;
  std::string text;
  char piece[8192];
  while (text.size() < kLongestFile) {
    const ssize_t count = ::read(file.fd(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    text.append(piece, static_cast<size_t>(count));
  }
  return text;
}

// 0: the kernel does not say.
uint32_t affinity() {
  for (int processors = 1024; processors <= static_cast<int>(kMostProcessors); processors *= 2) {
    cpu_set_t* const set = CPU_ALLOC(processors);
    if (set == nullptr) return 0;
    const size_t size = CPU_ALLOC_SIZE(processors);
    const int failed = ::sched_getaffinity(0, size, set);
    const uint32_t count = failed == 0 ? static_cast<uint32_t>(CPU_COUNT_S(size, set)) : 0;
    CPU_FREE(set);
    if (failed == 0) return count;
    if (errno != EINVAL) return 0;  // EINVAL: the machine has more
  }
  return 0;
}

}  // namespace

Processors processors(const MachineView& machine) {
  Processors found;
  if (!read_cpuinfo(machine, &found)) read_topology(machine, &found);
  found.usable = usable_processors(machine, found.logical);
  return found;
}

MachineView this_machine(const std::string& gomaxprocs) {
  return {read_whole, affinity(), gomaxprocs};
}

}  // namespace alibi::process
