#include "collector/framework/detection.h"
#include "collector/framework/framework_makers.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {

Result<std::unique_ptr<Framework>> make_framework(const Project& project, const RunProgram& run_program) {
  const Disk& disk = Disk::real();
  const Result<Choice> choice = chosen_framework(project, disk);
  if (!choice) return choice.error();
  Project settled = project;
  settled.settings.platform = choice->platform;
  settled.settings.framework = choice->framework;
  std::unique_ptr<Framework> made;
  if (choice->platform == "python") made = make_python(settled, run_program, disk);
  if (choice->platform == "ruby") made = make_ruby(settled, run_program, disk);
  if (choice->platform == "javascript") made = make_javascript(settled, run_program, disk);
  if (choice->platform == "generic") made = make_generic(settled, run_program, disk);
  if (made != nullptr) return made;
  return Error{collector::kPlanFramework, 0,
               "framework '" + choice->framework + "' of platform '" + choice->platform +
                   "' cannot be used by this build"};
}

}  // namespace alibi::framework
