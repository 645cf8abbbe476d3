#include "collector/framework/framework_makers.h"

namespace alibi::framework {

std::unique_ptr<Framework> make_ruby(const Project& /*project*/, const RunProgram& /*run_program*/,
                                     const Disk& /*disk*/) {
  return nullptr;
}

}  // namespace alibi::framework
