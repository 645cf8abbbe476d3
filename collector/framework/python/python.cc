#include "collector/framework/framework_makers.h"
#include "collector/framework/python/pytest_framework.h"

namespace alibi::framework {

std::unique_ptr<Framework> make_python(const Project& project, const RunProgram& run_program,
                                       const Disk& disk) {
  if (project.settings.framework != "pytest") return nullptr;
  return std::make_unique<Pytest>(project, run_program, disk);
}

}  // namespace alibi::framework
