// How many processors this process may use, and how many threads share a core: for the number of workers
// (plan::physical_cores decides). Linux; what is not known or makes no sense is left out.
//
// The machine comes in through a MachineView, so that tests need none. Any thread. Never more than it may
// use.
#ifndef ALIBI_COLLECTOR_PROCESS_PROCESSORS_H_
#define ALIBI_COLLECTOR_PROCESS_PROCESSORS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace alibi::process {

struct Processors {  // as plan::ProcessorFacts
  uint32_t usable = 1;
  uint32_t threads_per_core = 0;  // 0 unknown
  uint32_t logical = 0, physical = 0;
};

struct MachineView {
  std::function<std::optional<std::string>(const std::string& path)> read;  // nothing: it cannot be read
  uint32_t affinity = 0;   // processors of the process's mask, 0 unknown
  std::string gomaxprocs;  // the variable: whoever set it for the peer means us, too
};

// GOMAXPROCS when it is a number; else the mask, and of the cgroup and those above it the least quota,
// rounded up.
Processors processors(const MachineView& machine);
MachineView this_machine(const std::string& gomaxprocs);

}  // namespace alibi::process

#endif  // ALIBI_COLLECTOR_PROCESS_PROCESSORS_H_
