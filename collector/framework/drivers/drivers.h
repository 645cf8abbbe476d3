// The small programs that run inside the test frameworks (collector/run/WORKERS.md, listing of tests), as
// texts in this program: the runner writes what it needs into its scratch folder, so that nothing has to be
// installed beside it.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_DRIVERS_DRIVERS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_DRIVERS_DRIVERS_H_

#include <string_view>

namespace alibi::framework {

// By file name ("alibi_pytest_worker.py"); empty: there is none.
std::string_view driver_text(std::string_view name);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_DRIVERS_DRIVERS_H_
