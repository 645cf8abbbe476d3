// How a persistent worker of each framework is started: its driver (collector/framework/drivers) loaded into
// the same process that a batch would be run in (collector/run/WORKERS.md). Called by the classes, one
// thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PERSISTENT_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PERSISTENT_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "collector/framework/framework.h"

namespace alibi::framework {

// base: what a batch would be started with, without the files. Nothing: this framework has no such worker
// here. worker: distinguishes temporary files.
Result<std::optional<Launch>> persistent_pytest(const Project& project, Launch base,
                                                const std::vector<plan::Unit>& units,
                                                const std::string& junit, const std::string& worker);
Result<std::optional<Launch>> persistent_rspec(const Project& project, Launch base,
                                               const std::vector<plan::Unit>& units, const std::string& junit,
                                               const std::string& worker);
// as_argument: how the command is told a file.
Result<std::optional<Launch>> persistent_minitest(
    const Project& project, Launch base, const std::vector<plan::Unit>& units, const std::string& junit,
    const std::string& worker, const std::function<std::string(const std::string& driver)>& as_argument);
// Makes a batch collect these arguments alone, whatever else its configuration names (alibi_pytest_batch.py).
Result<void> keep_pytest_to(const Project& project, const std::vector<std::string>& arguments,
                            const std::string& worker, size_t number, Launch* batch);
// abilities().persistent of those that have a driver.
bool has_persistent_pytest();
bool has_persistent_rspec();
bool has_persistent_minitest();

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PERSISTENT_H_
