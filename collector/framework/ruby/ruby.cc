#include "collector/framework/framework_makers.h"
#include "collector/framework/ruby/cucumber.h"
#include "collector/framework/ruby/minitest.h"
#include "collector/framework/ruby/rspec.h"

namespace alibi::framework {

std::unique_ptr<Framework> make_ruby(const Project& project, const RunProgram& run_program,
                                     const Disk& disk) {
  const std::string& name = project.settings.framework;
  if (name == "rspec") return std::make_unique<Rspec>(project, run_program, disk);
  if (name == "minitest") return std::make_unique<Minitest>(project, run_program, disk);
  if (name == "cucumber") return std::make_unique<CucumberRuby>(project, run_program, disk);
  return nullptr;
}

}  // namespace alibi::framework
