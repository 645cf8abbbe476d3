// The variables of a worker: the parent's, the launch's over them, the user's per worker over those, and who
// it is (test-session name, manifest). Used by the runner before it starts a process. Pure.
#ifndef ALIBI_COLLECTOR_RUN_WORKER_ENVIRONMENT_H_
#define ALIBI_COLLECTOR_RUN_WORKER_ENVIRONMENT_H_

#include <map>
#include <string>
#include <string_view>

#include "collector/run/runner.h"

namespace alibi::run {

// {{nodeIndex}} and {{workerIndex}} in a text.
std::string with_indexes(std::string text, uint32_t node, uint32_t worker);

std::map<std::string, std::string> worker_environment(const RunRequest& request,
                                                      const framework::Launch& launch, uint32_t worker);

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_WORKER_ENVIRONMENT_H_
