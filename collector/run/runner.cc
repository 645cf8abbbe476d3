#include "collector/run/runner.h"

#include "collector/run/run_loop.h"

namespace alibi::run {

Result<RunOutcome> run_units(const RunRequest& request, framework::Framework* framework, WorkSource* source,
                             const std::vector<std::vector<size_t>>& share) {
  return RunLoop(request, framework, source, share).run();
}

}  // namespace alibi::run
