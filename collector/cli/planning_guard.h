// Owns the signals that end a command while it plans: takes along the programs that were started (a list of
// tests may take minutes) and the scratch folder, then ends as the signal says. From its making to its end;
// the runner owns them afterwards. One at a time, on the main thread.
#ifndef ALIBI_COLLECTOR_CLI_PLANNING_GUARD_H_
#define ALIBI_COLLECTOR_CLI_PLANNING_GUARD_H_

#include <csignal>
#include <thread>

#include "tracer/base/unique_fd.h"

namespace alibi::cli {

class PlanningGuard {
 public:
  PlanningGuard();
  ~PlanningGuard();  // signals are as they were before
  PlanningGuard(const PlanningGuard&) = delete;
  PlanningGuard& operator=(const PlanningGuard&) = delete;

 private:
  void watch(int signals);

  sigset_t before_{};
  UniqueFd over_;
  std::thread thread_;
};

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_PLANNING_GUARD_H_
