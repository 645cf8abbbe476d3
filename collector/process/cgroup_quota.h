// The processors that the control groups of this process leave it: version 1 or 2, the group itself and all
// above it. Internal to processors.cc; pure but for the view it is given.
#ifndef ALIBI_COLLECTOR_PROCESS_CGROUP_QUOTA_H_
#define ALIBI_COLLECTOR_PROCESS_CGROUP_QUOTA_H_

#include <optional>

#include "collector/process/processors.h"

namespace alibi::process {

// Of a processor's time, 1.5 for one and a half; nothing: no limit, or none that can be read.
std::optional<double> cgroup_quota(const MachineView& machine);

}  // namespace alibi::process

#endif  // ALIBI_COLLECTOR_PROCESS_CGROUP_QUOTA_H_
