// The small programs that run inside the test frameworks (collector/run/WORKERS.md, listing of tests), as
// texts in this program: the runner writes what it needs into its scratch folder, so that nothing has to be
// installed beside it. Any thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_DRIVERS_DRIVERS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_DRIVERS_DRIVERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/framework/disk.h"
#include "tracer/base/result.h"

namespace alibi::framework {

// By file name ("alibi_pytest_worker.py"); empty: there is none.
std::string_view driver_text(std::string_view name);

// The driver's file, then those that it loads from beside it.
std::vector<std::string_view> driver_files(std::string_view name);

// Writes the driver to `path` and beside it what it loads: all these paths, the driver's first. What is there
// already is not written again: somebody may be reading it.
Result<std::vector<std::string>> write_driver(const Disk& disk, std::string_view name,
                                              const std::string& path);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_DRIVERS_DRIVERS_H_
