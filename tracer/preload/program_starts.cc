// The part of ProgramRecorder that is about programs being started.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "tracer/preload/observed_paths.h"
#include "tracer/preload/program_recorder.h"
#include "tracer/preload/real_functions.h"
#include "tracer/preload/vfork_starts.h"

namespace alibi::preload {
namespace {

constexpr size_t kLongestCommand = 300;
// What execvp takes when PATH is not set.
constexpr char kDefaultPath[] = "/bin:/usr/bin";

alibi_text text(std::string_view from) {
  return {from.data() == nullptr ? "" : from.data(), from.size()};
}

const char* search_path() {
  const char* const path = std::getenv("PATH");
  return path != nullptr ? path : kDefaultPath;
}

}  // namespace

std::string command_text(char* const* arguments) {
  std::string command;
  for (char* const* each = arguments; each != nullptr && *each != nullptr; ++each) {
    if (each != arguments) command += ' ';
    command.append(*each, ::strnlen(*each, kLongestCommand));
    if (command.size() >= kLongestCommand) break;
  }
  command.resize(std::min(command.size(), kLongestCommand));
  return command;
}

ProgramRecorder::Start ProgramRecorder::look_at(std::string program, std::string command,
                                                ProgramEnvironment environment) {
  Start start;
  start.program = std::move(program);
  start.command = std::move(command);
  if (start.program.empty()) return start;
  start.is_there = ::access(start.program.c_str(), X_OK) == 0;
  if (!start.is_there) {
    const bool is_file = ::access(start.program.c_str(), F_OK) == 0;
    is_file ? record_access(start.program, X_OK, false) : record_absent_file(start.program);
    return start;
  }
  record_link(start.program);  // it may lead to another program one day
  const Program found = classify_program(FileSystem::real(), start.program, search_path());
  // The others record themselves what they are.
  if (found.kind != ProgramKind::kDynamic && found.kind != ProgramKind::kInterpreter)
    record_file(start.program);
  if (found.kind == ProgramKind::kScript && found.runs != ProgramKind::kInterpreter)
    record_file(found.interpreter);
  if (environment.makes_record(found)) start.recording = ALIBI_RECORDING_EXPECTED;
  return start;
}

void ProgramRecorder::finish(const Start& start, pid_t process) {
  if (!start.is_there) return;
  alibi_record_started(session_, 0, static_cast<uint32_t>(process), start.recording, text(start.program),
                       text(start.command));
}

void ProgramRecorder::record_unobserved(std::string_view program, std::string_view command) {
  alibi_record_started(session_, 0, 0, ALIBI_RECORDING_NONE, text(program.empty() ? program_ : program),
                       text(command));
}

std::string ProgramRecorder::program_on_path(const char* name) {
  if (std::strchr(name, '/') != nullptr) return path_of({AT_FDCWD, name});
  const char* const set = std::getenv("PATH");
  record_variable("PATH", set);
  std::string_view folders = set != nullptr ? set : kDefaultPath;
  for (;;) {
    const size_t end = folders.find(':');
    const std::string folder(folders.substr(0, end));
    const std::string candidate = path_of({AT_FDCWD, ((folder.empty() ? "." : folder) + '/' + name).c_str()});
    const bool found = ::access(candidate.c_str(), X_OK) == 0;
    if (found) return candidate;
    record_access(candidate, X_OK, false);
    if (end == std::string_view::npos) return {};
    folders.remove_prefix(end + 1);
  }
}

void ProgramRecorder::take_vfork_starts() {
  VforkStarts::take([this](const VforkStart& noted) {
    const Start start = look_at(absolute_path(noted.program, {}), noted.command, noted.environment);
    finish(start, noted.process);
  });
  if (const uint32_t lost = VforkStarts::take_losses()) lose(lost);
}

}  // namespace alibi::preload
