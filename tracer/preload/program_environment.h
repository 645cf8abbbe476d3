// What the environment that a program is started with lets it do: join the session, and load this library.
// Pure; allocates nothing, because children of vfork ask as well.
#ifndef ALIBI_TRACER_PRELOAD_PROGRAM_ENVIRONMENT_H_
#define ALIBI_TRACER_PRELOAD_PROGRAM_ENVIRONMENT_H_

#include <cstring>
#include <string_view>

#include "tracer/base/program_kind.h"

namespace alibi::preload {

struct ProgramEnvironment {
  bool has_invitation = false;  // of this session
  bool has_library = false;

  // Will what is started with it record by itself?
  bool makes_record(const Program& program) const {
    if (!has_invitation) return false;
    if (program.runs == ProgramKind::kInterpreter) return true;
    return program.runs == ProgramKind::kDynamic && program.same_machine && has_library;
  }
};

inline ProgramEnvironment environment_of(char* const* settings, std::string_view invitation) {
  constexpr std::string_view kInvitation = "ALIBI_SESSION=";
  constexpr std::string_view kPreload = "LD_PRELOAD=";
  constexpr std::string_view kLibrary = "libalibi_preload.so";
  ProgramEnvironment environment;
  for (char* const* each = settings; each != nullptr && *each != nullptr; ++each) {
    if ((*each)[0] != 'A' && (*each)[0] != 'L') continue;
    const std::string_view setting(*each);
    if (setting.starts_with(kInvitation) && setting.substr(kInvitation.size()) == invitation)
      environment.has_invitation = true;
    if (setting.starts_with(kPreload) && setting.find(kLibrary) != std::string_view::npos)
      environment.has_library = true;
  }
  return environment;
}

}  // namespace alibi::preload

#endif  // ALIBI_TRACER_PRELOAD_PROGRAM_ENVIRONMENT_H_
