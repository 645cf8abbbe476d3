#include "tracer/preload/program_recorder.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tracer/base/hash.h"
#include "tracer/preload/observed_paths.h"
#include "tracer/preload/real_functions.h"
#include "tracer/preload/watch.h"
#include "tracer/recording/invitation.h"

namespace alibi::preload {
namespace {

// Past it repetitions are written again, which costs space and means nothing.
constexpr size_t kMostSeen = 1 << 16;
// A process that makes more than this charges the rest to the disk: more runs, never fewer.
constexpr size_t kMostMade = 1 << 16;

alibi_text text(std::string_view from) {
  return {from.data() == nullptr ? "" : from.data(), from.size()};
}

std::string link_target(const char* link) {
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlink(link, target.data(), target.size());
  target.resize(length > 0 ? static_cast<size_t>(length) : 0);
  return target;
}

std::string own_program() {
  return link_target("/proc/self/exe");
}

// Python records itself where Alibi is installed, Ruby where it was told to.
bool has_own_recorder(const std::string& program) {
  const std::string_view name = std::string_view(program).substr(program.rfind('/') + 1);
  if (!is_interpreter_name(name)) return false;
  if (name.starts_with("python")) return true;
  const char* options = std::getenv("RUBYOPT");
  return options != nullptr && std::strstr(options, "/testalibi/started_process.rb") != nullptr;
}

std::string own_command() {
  const FileSystem& files = FileSystem::real();
  const Result<UniqueFd> file = files.open_to_read("/proc/self/cmdline");
  if (!file.ok()) return {};
  std::string command(300, '\0');
  const Result<size_t> length = files.read(*file, std::as_writable_bytes(std::span(command)));
  command.resize(length.ok() ? *length : 0);
  while (command.ends_with('\0')) command.pop_back();
  for (char& letter : command) {
    if (letter == '\0') letter = ' ';
  }
  return command;
}

std::string own_library_path() {
  Dl_info found{};
  return ::dladdr(reinterpret_cast<void*>(&own_program), &found) != 0 && found.dli_fname != nullptr
             ? std::string(found.dli_fname)
             : std::string();
}

}  // namespace

ProgramRecorder* ProgramRecorder::start(const char* invitation) {
  if (::getauxval(AT_SECURE) != 0) return nullptr;
  try {
    auto* const recorder = new ProgramRecorder;  // for as long as the process lives
    if (recorder->open(invitation)) return recorder;
  } catch (...) {  // memory is short
  }
  return nullptr;
}

bool ProgramRecorder::open(const char* given) {
  const auto invitation = recording::parse_invitation(given);
  if (!invitation.has_value()) return false;
  program_ = own_program();
  if (program_.empty() || has_own_recorder(program_)) return false;
  invitation_ = given;
  directory_ = invitation->directory;
  own_library_ = own_library_path();
  outside_ = OutsideValues::read(FileSystem::real(), directory_);
  root_ = outside_.setting("root");
  const std::string command = own_command();
  alibi_session_options options{};
  options.directory = text(directory_);
  options.root = text(root_);
  options.interpreter = text("program");
  options.session_id = invitation->session_id;
  options.role = ALIBI_CHILD;
  options.invitation = text(invitation_);
  options.program = text(program_);
  options.command = text(command);
  if (alibi_session_open(&options, &session_, nullptr) != ALIBI_OK) return false;
  if (!begin_watching(this)) {
    lose();
    return false;
  }
  const Section section;
  record_start();
  return true;
}

void ProgramRecorder::record_start() {
  record_loaded_objects();
  if (!is_of_machine(program_)) record_file(program_);
  if (!reads_whole_environment(program_)) return;
  if (const std::string_view all = outside_.setting("environment"); all.size() == 32) {
    const auto half = [&](size_t at) {
      return std::strtoull(std::string(all.substr(at, 16)).c_str(), nullptr, 16);
    };
    write(ALIBI_INPUT_ENVIRONMENT, ALIBI_PRESENT, {half(16), half(0)}, "*", "");
  }
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view setting(*each);
    const size_t equals = setting.find('=');
    if (equals != std::string_view::npos) record_variable(setting.substr(0, equals), *each + equals + 1);
  }
}

void ProgramRecorder::close() {
  record_loaded_objects();
  alibi_session_close(session_, nullptr);
  session_ = nullptr;
}

void ProgramRecorder::lose(uint64_t count) {
  alibi_drop(session_, 0, ALIBI_DROP_INPUT, count);
}

// -- paths

std::string ProgramRecorder::path_of_descriptor(int descriptor) {
  char link[40] = "/proc/self/fd/";
  size_t length = std::strlen(link);
  char digits[12];
  size_t count = 0;
  for (unsigned rest = static_cast<unsigned>(descriptor); count == 0 || rest != 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  while (count > 0) link[length++] = digits[--count];
  std::string target = link_target(link);
  // "pipe:[123]", and what has no name any more.
  if (!target.starts_with('/') || target.ends_with(" (deleted)")) return {};
  return target;
}

std::string ProgramRecorder::path_of(Place place) {
  if (place.path == nullptr || place.path[0] == '\0') return {};
  std::vector<PassedFolder> passed;
  std::string folder;
  if (place.path[0] == '/') {
    std::string path = absolute_path(place.path, {}, &passed);
    record_passed(passed);
    return path;
  }
  if (place.folder == AT_FDCWD) {
    folder.resize(PATH_MAX);
    folder.resize(::getcwd(folder.data(), folder.size()) != nullptr ? std::strlen(folder.c_str()) : 0);
  } else {
    folder = path_of_descriptor(place.folder);
  }
  if (!folder.starts_with('/')) {
    lose();
    return {};
  }
  std::string path = absolute_path(place.path, folder, &passed);
  record_passed(passed);
  return path;
}

// Were one of them another thing, or a link elsewhere, the path would mean another file.
void ProgramRecorder::record_passed(const std::vector<PassedFolder>& passed) {
  for (const PassedFolder& each : passed) {
    if (each.target.empty())
      record_status(each.path, false, each.error == 0 ? &each.status : nullptr, each.error);
    else
      record_link(each.path);
  }
}

bool ProgramRecorder::is_of_machine(std::string_view path) const {
  const bool in_session =
      path.starts_with(directory_) && (path.size() == directory_.size() || path[directory_.size()] == '/');
  return in_session || path == own_library_ || preload::is_of_machine(path, root_);
}

// -- what is written

bool ProgramRecorder::is_made_here(std::string_view path) const {
  if (made_.empty() && made_folders_.empty()) return false;
  std::string folder(path);
  if (made_.contains(folder)) return true;
  while (!made_folders_.empty() && !folder.empty()) {
    if (made_folders_.contains(folder)) return true;
    const size_t slash = folder.rfind('/');
    folder.resize(slash == std::string::npos ? 0 : slash);
  }
  return false;
}

std::string ProgramRecorder::details_of(std::string_view path, std::string_view word) const {
  std::string details(word);
  if (is_made_here(path)) details += details.empty() ? "session" : "\nsession";
  return details;
}

bool ProgramRecorder::is_new(int32_t kind, std::string_view subject, std::string_view detail) {
  std::string key(subject);
  key += '\0';
  key += detail;
  if (seen_.size() >= kMostSeen) seen_.clear();
  return seen_.insert(hash64(key.data(), key.size(), static_cast<uint64_t>(kind))).second;
}

void ProgramRecorder::write(int32_t kind, int32_t state, const alibi_hash& hash, std::string_view subject,
                            std::string_view detail) {
  const alibi_input input{0, kind, state, hash, text(subject), text(detail)};
  alibi_record_input(session_, &input);
}

void ProgramRecorder::record_file(const std::string& path) {
  if (path.empty() || is_of_machine(path)) return;
  const std::string details = details_of(path, "");
  if (!is_new(ALIBI_INPUT_FILE, path, details)) return;
  alibi_hash hash{};
  const int32_t state = alibi_hash_file(session_, text(path), &hash);
  write(ALIBI_INPUT_FILE, state, hash, path, details);
}

void ProgramRecorder::record_open_file(const std::string& path, int descriptor) {
  record_file(path);
  const std::string resolved = path_of_descriptor(descriptor);
  if (resolved != path) record_file(resolved);
}

void ProgramRecorder::record_absent_file(const std::string& path) {
  if (path.empty() || is_of_machine(path)) return;
  const std::string details = details_of(path, "");
  if (is_new(ALIBI_INPUT_FILE, path, details)) write(ALIBI_INPUT_FILE, ALIBI_ABSENT, {}, path, details);
}

void ProgramRecorder::record_directory(const std::string& path) {
  if (path.empty() || is_of_machine(path)) return;
  const std::string details = details_of(path, "");
  if (!is_new(ALIBI_INPUT_DIRECTORY, path, details)) return;
  alibi_hash hash{};
  const int32_t state = alibi_hash_directory(session_, text(path), &hash);
  write(ALIBI_INPUT_DIRECTORY, state, hash, path, details);
}

void ProgramRecorder::record_answer(const std::string& path, std::string_view question, int32_t state,
                                    uint64_t first, uint64_t second) {
  if (path.empty() || is_of_machine(path)) return;
  const std::string details = details_of(path, question);
  if (!is_new(ALIBI_INPUT_PROBE, path, details)) return;
  const uint64_t facts[2] = {first, second};
  const alibi_hash hash = state == ALIBI_PRESENT ? alibi_hash_bytes(facts, sizeof facts, 0) : alibi_hash{};
  write(ALIBI_INPUT_PROBE, state, hash, path, details);
}

void ProgramRecorder::record_status(const std::string& path, bool follows, const struct stat* status,
                                    int error_number) {
  const bool missing = error_number == ENOENT || error_number == ENOTDIR;
  const int32_t state = status != nullptr ? ALIBI_PRESENT : missing ? ALIBI_ABSENT : ALIBI_OTHER_STATE;
  const uint64_t kind = status != nullptr ? status->st_mode & S_IFMT : 0;
  // The size of a directory depends on its history.
  const uint64_t size = status != nullptr && S_ISREG(kind) ? static_cast<uint64_t>(status->st_size) : 0;
  record_answer(path, follows ? "stat" : "lstat", state, kind, size);
}

void ProgramRecorder::record_access(const std::string& path, int mode, bool allowed) {
  record_answer(path, "access:" + std::to_string(mode), ALIBI_PRESENT, allowed ? 1 : 0, 0);
}

void ProgramRecorder::record_link(const std::string& path) {
  if (path.empty() || is_of_machine(path)) return;
  const std::string details = details_of(path, "readlink");
  if (!is_new(ALIBI_INPUT_PROBE, path, details)) return;
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  const bool missing = length < 0 && (errno == ENOENT || errno == ENOTDIR);
  const int32_t state = length >= 0 ? ALIBI_PRESENT : missing ? ALIBI_ABSENT : ALIBI_OTHER_STATE;
  const alibi_hash hash =
      length >= 0 ? alibi_hash_bytes(target.data(), static_cast<size_t>(length), 0) : alibi_hash{};
  write(ALIBI_INPUT_PROBE, state, hash, path, details);
}

void ProgramRecorder::record_written(const std::string& path, Before before) {
  if (path.empty() || is_of_machine(path)) return;
  const char* const word = before == Before::kAbsent     ? "created"
                           : before == Before::kReplaced ? "replaced"
                                                         : "";
  if (is_new(ALIBI_INPUT_WRITTEN, path, word)) write(ALIBI_INPUT_WRITTEN, ALIBI_PRESENT, {}, path, word);
  if (before != Before::kKept && made_.size() < kMostMade) made_.insert(path);
}

void ProgramRecorder::record_removed(const std::string& path) {
  if (path.empty() || is_of_machine(path)) return;
  if (is_new(ALIBI_INPUT_WRITTEN, path, "removed")) write(ALIBI_INPUT_WRITTEN, ALIBI_ABSENT, {}, path, "");
  if (made_.size() < kMostMade) made_.insert(path);
}

void ProgramRecorder::record_folder_made(const std::string& path) {
  if (path.empty() || is_of_machine(path)) return;
  if (is_new(ALIBI_INPUT_WRITTEN, path, "folder"))
    write(ALIBI_INPUT_WRITTEN, ALIBI_PRESENT, {}, path, "folder");
  if (made_folders_.size() < kMostMade) made_folders_.insert(path);
}

void ProgramRecorder::record_variable(std::string_view name, const char* value) {
  if (name.empty() || is_noise_variable(name)) return;
  if (!is_new(ALIBI_INPUT_ENVIRONMENT, name, "")) return;
  const Hash128 found = value != nullptr ? hash128(value, std::strlen(value)) : Hash128{};
  const bool is_outside = outside_.has_variable(name, value != nullptr ? &found : nullptr);
  write(ALIBI_INPUT_ENVIRONMENT, value != nullptr ? ALIBI_PRESENT : ALIBI_ABSENT, {found.low, found.high},
        name, is_outside ? "" : "session");
}

void ProgramRecorder::record_socket(std::string_view peer, std::string_view detail) {
  if (is_new(ALIBI_INPUT_SOCKET, peer, detail)) write(ALIBI_INPUT_SOCKET, ALIBI_NO_VALUE, {}, peer, detail);
}

void ProgramRecorder::record_loaded_objects() {
  const auto look = [](dl_phdr_info* object, size_t, void* recorder) {
    if (object->dlpi_name != nullptr && object->dlpi_name[0] == '/')
      static_cast<ProgramRecorder*>(recorder)->record_file(absolute_path(object->dlpi_name, {}));
    return 0;
  };
  ::dl_iterate_phdr(look, this);
}

}  // namespace alibi::preload
