#include "process_inputs.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "observed_path.h"

namespace alibi::ruby {
namespace {

constexpr std::string_view kInvitation = "ALIBI_SESSION=";
constexpr std::string_view kPreload = "LD_PRELOAD=";

alibi_text text_view(const std::string& text) {
  return {text.data(), text.size()};
}

std::string_view setting_of(char* const* settings, std::string_view name) {
  for (char* const* each = settings; each != nullptr && *each != nullptr; ++each) {
    if ((*each)[0] == name[0] && std::strncmp(*each, name.data(), name.size()) == 0) return *each;
  }
  return {};
}

}  // namespace

void look_at_environment(char* const* settings, Observation* start) {
  const std::string_view given = setting_of(settings, kInvitation);
  start->invited = !given.empty() && given == setting_of(environ, kInvitation);
  start->preloaded = setting_of(settings, kPreload).find("libalibi_preload.so") != std::string_view::npos;
}

void join_arguments(char* const* arguments, char* text, size_t size) {
  size_t length = 0;
  for (char* const* each = arguments; each != nullptr && *each != nullptr; ++each) {
    if (length != 0 && length + 1 < size) text[length++] = ' ';
    const size_t part = strnlen(*each, size - 1 - length);
    std::memcpy(text + length, *each, part);
    length += part;
  }
  text[length] = '\0';
}

void ProcessInputs::forked(const Callers::Caller& caller) {
  if (caller.asks) log_->record(caller, ALIBI_INPUT_PROCESS, ALIBI_NO_VALUE, {0, 0}, "fork", "observed");
}

void ProcessInputs::started(const Callers::Caller& caller, const Observation& seen) {
  if (!caller.asks) return;
  const std::string path = absolute_path(seen.folder, seen.path);
  const std::string command = seen.other != nullptr ? seen.other : "";
  if (::access(path.c_str(), X_OK) != 0) {
    // It would be started in place of another one.
    if (!is_noise(path)) log_->record_file(caller, path);
    return;
  }
  if (alibi_is_blind_program(text_view(path), text_view(command)) != 0) return;
  const char* variable = ::getenv("PATH");
  const std::string folders = variable != nullptr ? variable : "/bin:/usr/bin";
  const alibi_program program = alibi_classify_program(text_view(path), text_view(folders));
  const bool records =
      program.runs == ALIBI_PROGRAM_INTERPRETER || (program.runs == ALIBI_PROGRAM_DYNAMIC && seen.preloaded);
  const int32_t recording = seen.invited && records ? ALIBI_RECORDING_EXPECTED : ALIBI_RECORDING_NONE;
  if (program.kind == ALIBI_PROGRAM_SCRIPT && !is_noise(path)) log_->record_file(caller, path);
  const auto write = [&](uint32_t context) {
    alibi_record_started(log_->session(), context, static_cast<uint32_t>(seen.number), recording,
                         text_view(path), text_view(command));
  };
  if (log_->contexts().on_several_threads()) return log_->contexts().each_of(rb_thread_current(), write);
  write(log_->contexts().current());
}

}  // namespace alibi::ruby
