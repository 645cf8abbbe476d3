// One maker per platform, for make_framework(). A framework name that the platform does not have makes
// nothing (null): factory.cc's table says which there are, so that is a fault of the table.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_FRAMEWORK_MAKERS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_FRAMEWORK_MAKERS_H_

#include <memory>
#include <string>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"

namespace alibi::framework {

// project.settings.platform and .framework are settled. The disk outlives what is made.
std::unique_ptr<Framework> make_python(const Project& project, const RunProgram& run_program,
                                       const Disk& disk);
std::unique_ptr<Framework> make_ruby(const Project& project, const RunProgram& run_program, const Disk& disk);
std::unique_ptr<Framework> make_javascript(const Project& project, const RunProgram& run_program,
                                           const Disk& disk);
std::unique_ptr<Framework> make_generic(const Project& project, const RunProgram& run_program,
                                        const Disk& disk);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_FRAMEWORK_MAKERS_H_
