// The part of the C ABI about programs that are started: what they learn of the session that they join, and
// what kind of program a file is. Also where a path leads. Needs no session.
#include "tracer/recording/outside.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string_view>
#include <vector>

#include "tracer/abi/alibi.h"
#include "tracer/base/blind_program.h"
#include "tracer/base/climbed_path.h"
#include "tracer/base/kernel_path.h"
#include "tracer/base/program_kind.h"
#include "tracer/recording/invitation.h"

using alibi::FileSystem;
using alibi::Result;
using alibi::recording::Outside;

struct alibi_outside {
  Outside outside;
  std::string directory;
  uint64_t session_id = 0;
};

namespace {

std::string_view view(alibi_text text) {
  return text.length == 0 ? std::string_view() : std::string_view(text.bytes, text.length);
}

alibi_status fail(int32_t status, int os_error, const char* message, alibi_error* error) {
  if (error != nullptr) {
    error->status = status;
    error->os_error = os_error;
    std::snprintf(error->message, sizeof error->message, "%s", message);
  }
  return static_cast<alibi_status>(status);
}

// Into what is built for another machine the loader does not put our library.
int32_t number_of(alibi::ProgramKind kind, bool same_machine) {
  switch (kind) {
    case alibi::ProgramKind::kInterpreter:
      return ALIBI_PROGRAM_INTERPRETER;
    case alibi::ProgramKind::kDynamic:
      return same_machine ? ALIBI_PROGRAM_DYNAMIC : ALIBI_PROGRAM_OPAQUE;
    case alibi::ProgramKind::kScript:
      return ALIBI_PROGRAM_SCRIPT;
    default:
      return ALIBI_PROGRAM_OPAQUE;
  }
}

// In the words of the questions that can be asked again (collector/change/project_files.cc).
alibi_passed described(const alibi::PassedFolder& folder) {
  alibi_passed seen{{folder.path.data(), folder.path.size()}, ALIBI_PRESENT, {0, 0}, "lstat"};
  if (folder.error != 0) {
    const bool missing = folder.error == ENOENT || folder.error == ENOTDIR;
    seen.state = missing ? ALIBI_ABSENT : ALIBI_OTHER_STATE;
  } else if (!folder.target.empty()) {
    seen.hash = alibi_hash_bytes(folder.target.data(), folder.target.size(), 0);
    seen.question = "readlink";
  } else {
    const uint64_t kind = folder.status.st_mode & S_IFMT;
    const uint64_t facts[2] = {kind, S_ISREG(kind) ? static_cast<uint64_t>(folder.status.st_size) : 0};
    seen.hash = alibi_hash_bytes(facts, sizeof facts, 0);
  }
  return seen;
}

}  // namespace

extern "C" {

alibi_program alibi_classify_program(alibi_text path, alibi_text search_path) try {
  const std::string file(view(path));
  const alibi::Program found = alibi::classify_program(FileSystem::real(), file, view(search_path));
  const bool runs_ruby = alibi::runs_ruby(FileSystem::real(), file, found);
  return {number_of(found.kind, found.same_machine), number_of(found.runs, found.same_machine),
          runs_ruby ? 1 : 0};
} catch (const std::exception&) {
  return {ALIBI_PROGRAM_OPAQUE, ALIBI_PROGRAM_OPAQUE, 0};
}

int32_t alibi_is_kernel_path(alibi_text path) {
  return alibi::is_kernel_path(view(path)) ? 1 : 0;
}

size_t alibi_climb(alibi_text path, char* into, size_t room, alibi_see_passed see, void* whom) try {
  std::vector<alibi::PassedFolder> passed;
  const std::string end = alibi::climbed_path(view(path), see != nullptr ? &passed : nullptr);
  if (end.size() > room) return 0;
  for (const alibi::PassedFolder& each : passed) {
    const alibi_passed seen = described(each);
    see(whom, &seen);
  }
  std::memcpy(into, end.data(), end.size());
  return end.size();
} catch (const std::exception&) {
  return 0;
}

int32_t alibi_is_blind_program(alibi_text path, alibi_text command) {
  return alibi::is_blind_program(view(path), view(command)) ? 1 : 0;
}

alibi_status alibi_outside_write(alibi_text directory, const alibi_setting* settings, size_t setting_count,
                                 alibi_hash environment, const alibi_variable* variables,
                                 size_t variable_count, alibi_error* error) try {
  Outside outside;
  outside.environment = {environment.low, environment.high};
  for (size_t i = 0; i < setting_count; ++i)
    outside.settings.emplace_back(settings[i].key, view(settings[i].value));
  for (size_t i = 0; i < variable_count; ++i)
    outside.variables[std::string(view(variables[i].name))] = {variables[i].hash.low, variables[i].hash.high};
  const Result<void> written =
      alibi::recording::write_outside(FileSystem::real(), std::string(view(directory)), outside);
  if (written.ok()) return ALIBI_OK;
  return fail(ALIBI_CANNOT_CREATE, written.error().os_error, written.error().message.c_str(), error);
} catch (const std::exception& failure) {
  return fail(ALIBI_OUT_OF_MEMORY, 0, failure.what(), error);
}

alibi_outside* alibi_outside_read(alibi_text invitation) try {
  const auto parsed = alibi::recording::parse_invitation(view(invitation));
  if (!parsed.has_value()) return nullptr;
  Result<Outside> outside = alibi::recording::read_outside(FileSystem::real(), parsed->directory);
  if (!outside.ok()) return nullptr;
  return new alibi_outside{std::move(outside).value(), parsed->directory, parsed->session_id};
} catch (const std::exception&) {
  return nullptr;
}

void alibi_outside_free(alibi_outside* outside) {
  delete outside;
}

alibi_text alibi_outside_directory(const alibi_outside* outside) {
  return {outside->directory.data(), outside->directory.size()};
}

uint64_t alibi_outside_session_id(const alibi_outside* outside) {
  return outside->session_id;
}

int alibi_outside_setting(const alibi_outside* outside, const char* key, size_t position, alibi_text* value) {
  for (const auto& [each, content] : outside->outside.settings) {
    if (each != key || position-- != 0) continue;
    *value = {content.data(), content.size()};
    return 1;
  }
  return 0;
}

alibi_hash alibi_outside_environment(const alibi_outside* outside) {
  return {outside->outside.environment.low, outside->outside.environment.high};
}

size_t alibi_outside_variables(const alibi_outside* outside, alibi_variable* variables, size_t capacity) {
  size_t filled = 0;
  for (const auto& [name, hash] : outside->outside.variables) {
    if (filled == capacity) break;
    variables[filled++] = {{name.data(), name.size()}, {hash.low, hash.high}};
  }
  return outside->outside.variables.size();
}

}  // extern "C"
