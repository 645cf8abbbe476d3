#include "path_inputs.h"

#include <unistd.h>

#include <cerrno>
#include <climits>

#include "observed_path.h"

namespace alibi::ruby {
namespace {

bool is_missing(int error) {
  return error == ENOENT || error == ENOTDIR;
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

}  // namespace

void PathInputs::start(InputLog* log, Callers* callers, ProjectFiles* files, std::string data_folder,
                       Callers::Runs runs) {
  runs_ = runs;
  log_ = log;
  callers_ = callers;
  files_ = files;
  data_folder_ = std::move(data_folder);
  loads_.clear();
}

bool PathInputs::is_noise(const std::string& path) const {
  const bool is_data = !data_folder_.empty() && path.starts_with(data_folder_) &&
                       (path.size() == data_folder_.size() || path[data_folder_.size()] == '/');
  return is_data || ruby::is_noise(path);
}

Callers::Caller PathInputs::caller_of(const std::string& path, Act act) {
  if (assumed_ != Assumed::kNothing) {
    Callers::Caller caller;
    caller.asks = assumed_ == Assumed::kYes;
    return caller;
  }
  // No lines tell of a library.
  if (act == Act::kLibraryLoaded) return callers_->who_asks(Callers::Subject::kFeature);
  return callers_->who_asks(files_->in_project(path) ? Callers::Subject::kInProject
                                                     : Callers::Subject::kElsewhere);
}

bool PathInputs::take(const Observation& seen) {
  passed_.clear();
  const std::string path = absolute_path(seen.folder, seen.path, &passed_);
  if (path.empty()) {
    log_->lose();
    return false;
  }
  if (is_noise(path)) return true;
  switch (seen.act) {
    case Act::kOpened:
      return opened(seen, path);
    case Act::kWritten:
      written(path, ALIBI_PRESENT,
              seen.before == Before::kAbsent ? "created"
              : seen.number != 0             ? "replaced"
                                             : "");
      return false;
    case Act::kRemoved:
      written(path, ALIBI_ABSENT, "");
      return false;
    case Act::kFolderMade:
      log_->record({}, ALIBI_INPUT_WRITTEN, ALIBI_PRESENT, {0, 0}, path, "folder");
      log_->paths().note_folder(path);
      return false;
    default:
      break;
  }
  const Callers::Caller caller = caller_of(path, seen.act);
  if (!caller.asks) {
    if (caller.autoloads && seen.act == Act::kListed && seen.error == 0) listed_for_autoload(path);
    return false;
  }
  record_passed(caller);
  answered(caller, seen, path);
  return caller.body == nullptr;
}

// Were one of them another thing, or a link elsewhere, the path would mean another file.
void PathInputs::record_passed(const Callers::Caller& caller) {
  for (const Passed& each : passed_) {
    if (!is_noise(each.path))
      log_->record(caller, ALIBI_INPUT_PROBE, each.state, each.hash, each.path, each.question);
  }
}

bool PathInputs::opened(const Observation& seen, const std::string& path) {
  const int flags = seen.number;
  // A file without a name, in a folder that stays as it is.
  if ((flags & O_TMPFILE) == O_TMPFILE) return false;
  const bool truncates = (flags & O_TRUNC) != 0;
  const bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) != 0;
  Callers::Caller caller;
  if (!truncates || seen.error != 0) caller = caller_of(path, seen.act);
  if (caller.asks) record_passed(caller);
  if (seen.error != 0) {
    if (caller.asks)
      failed_to_open(caller, seen, path);
    else
      looked_for_code(caller, seen, path);
    return caller.asks && caller.body == nullptr && !writes;
  }
  // Whoever does not begin with an empty file depends on what is there, or that nothing is.
  if (!truncates && caller.asks) {
    if (seen.before == Before::kAbsent)
      log_->record_absent(caller, path);
    else if (S_ISDIR(seen.mode))
      log_->record_folder(caller, path);
    else
      log_->record_file(caller, path);
  }
  if (!writes && !caller.asks) looked_for_code(caller, seen, path);
  if (!writes) return caller.asks && caller.body == nullptr;
  written(path, ALIBI_PRESENT, seen.before == Before::kAbsent ? "created" : truncates ? "replaced" : "");
  return false;
}

// What is loaded is there for all tests. A feature would be found here first; a folder that is missing says
// so for all below it.
void PathInputs::looked_for_code(const Callers::Caller& caller, const Observation& seen,
                                 const std::string& path) {
  const bool is_program = runs_ == Callers::Runs::kProgram;
  if (!files_->in_project(path) || !(caller.loads || is_program)) return;
  if (seen.error == 0) {
    if (caller.loads && S_ISREG(seen.mode) && !files_->has_code(path)) loads_.push_back(path);
    return;
  }
  if (!is_missing(seen.error)) return;
  if (is_program) return log_->record_absent({}, path);
  std::string missing = path;
  struct stat status {};
  for (std::string folder = folder_of(path); files_->in_project(folder); folder = folder_of(folder)) {
    if (::stat(folder.c_str(), &status) == 0) break;
    missing = folder;
  }
  log_->record_for(Contexts::kSession, ALIBI_INPUT_FILE, ALIBI_ABSENT, {0, 0}, missing, {});
}

void PathInputs::settle_loads() {
  for (const std::string& path : loads_) {
    if (files_->has_code(path)) continue;
    alibi_hash hash{0, 0};
    const int32_t state = alibi_hash_file(log_->session(), {path.data(), path.size()}, &hash);
    log_->record_for(Contexts::kSession, ALIBI_INPUT_FILE, state, hash, path, {});
  }
  loads_.clear();
}

// The collector asks what is new there, and who speaks of what it would be called.
void PathInputs::listed_for_autoload(const std::string& path) {
  if (!files_->in_project(path + "/")) return;
  alibi_hash hash{0, 0};
  const int32_t state = alibi_hash_directory(log_->session(), {path.data(), path.size()}, &hash);
  log_->record_for(Contexts::kSession, ALIBI_INPUT_DIRECTORY, state, hash, path,
                   callers_->loads_eagerly() ? "eager load" : "autoload");
}

void PathInputs::failed_to_open(const Callers::Caller& caller, const Observation& seen,
                                const std::string& path) {
  struct stat status {};
  switch (seen.error) {
    case ENOENT:
      return log_->record_absent(caller, path);
    case ENOTDIR:  // the file itself is there where something between two slashes is meant: Dir.glob
      if (::lstat(path.c_str(), &status) == 0) return truth(caller, path, "_path_isdir", false);
      return log_->record_absent(caller, path);
    case EACCES:
    case EPERM:
      return truth(caller, path, "access:4", false);
    case EEXIST:
    case EISDIR:
    case ELOOP:
    case ENXIO: {
      Observation again = seen;
      again.error = ::lstat(path.c_str(), &status) == 0 ? 0 : errno;
      again.mode = status.st_mode;
      again.size = static_cast<uint64_t>(status.st_size);
      return this->status(caller, path, false, again);
    }
    default:  // of this process (descriptors, memory, a signal), not of the file
      return;
  }
}

void PathInputs::answered(const Callers::Caller& caller, const Observation& seen, const std::string& path) {
  switch (seen.act) {
    case Act::kListed:
      if (seen.error == 0 || is_missing(seen.error)) log_->record_folder(caller, path);
      return;
    case Act::kStatus: {
      const bool follows = (seen.number & AT_SYMLINK_NOFOLLOW) == 0;
      const bool found = seen.error == 0;
      if (!found && !is_missing(seen.error)) return status(caller, path, follows, seen);
      // Some functions want to know less than all.
      if (follows && caller.function == "file?")
        return truth(caller, path, "_path_isfile", found && S_ISREG(seen.mode));
      const bool is_folder = found && S_ISDIR(seen.mode);
      if (follows && caller.function == "directory?") return truth(caller, path, "_path_isdir", is_folder);
      if (!follows && caller.function == "symlink?")
        return truth(caller, path, "_path_islink", found && S_ISLNK(seen.mode));
      if (follows && (caller.function == "exist?" || caller.function == "exists?")) {
        // Of File or of Dir.
        truth(caller, path, "_path_exists", found);
        return truth(caller, path, "_path_isdir", is_folder);
      }
      return status(caller, path, follows, seen);
    }
    case Act::kAccess: {
      const std::string question = "access:" + std::to_string(seen.number);
      return truth(caller, path, question.c_str(), seen.error == 0);
    }
    case Act::kLink:
      return link(caller, path);
    case Act::kRealPath:
      return real_path(caller, path, seen.other);
    case Act::kMoved:
      log_->record_file(caller, path);
      return;
    case Act::kLibraryLoaded:
      if (files_->in_project(path)) log_->record_file(caller, path);
      return;
    default:
      return;
  }
}

void PathInputs::status(const Callers::Caller& caller, const std::string& path, bool follows,
                        const Observation& seen) {
  const bool found = seen.error == 0;
  const uint64_t kind = found ? seen.mode & S_IFMT : 0;
  // The size of a directory depends on its history.
  const uint64_t facts[2] = {kind, found && S_ISREG(kind) ? seen.size : 0};
  const alibi_hash hash = found ? alibi_hash_bytes(facts, sizeof facts, 0) : alibi_hash{0, 0};
  const int32_t state = found ? ALIBI_PRESENT : is_missing(seen.error) ? ALIBI_ABSENT : ALIBI_OTHER_STATE;
  log_->record(caller, ALIBI_INPUT_PROBE, state, hash, path, follows ? "stat" : "lstat");
}

void PathInputs::truth(const Callers::Caller& caller, const std::string& path, const char* question,
                       bool holds) {
  const uint64_t facts[2] = {holds ? 1u : 0u, 0};
  log_->record(caller, ALIBI_INPUT_PROBE, ALIBI_PRESENT, alibi_hash_bytes(facts, sizeof facts, 0), path,
               question);
}

void PathInputs::link(const Callers::Caller& caller, const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  const int32_t state = length >= 0 ? ALIBI_PRESENT : is_missing(errno) ? ALIBI_ABSENT : ALIBI_OTHER_STATE;
  const alibi_hash hash =
      length >= 0 ? alibi_hash_bytes(target, static_cast<size_t>(length), 0) : alibi_hash{0, 0};
  log_->record(caller, ALIBI_INPUT_PROBE, state, hash, path, "readlink");
}

// Each part of the way may be a link one day, and so may what it leads to.
void PathInputs::real_path(const Callers::Caller& caller, const std::string& path, const char* result) {
  const auto each_part = [&](const std::string& whole) {
    for (size_t end = whole.find('/', 1);; end = whole.find('/', end + 1)) {
      link(caller, whole.substr(0, end));
      if (end == std::string::npos) return;
    }
  };
  each_part(path);
  if (result != nullptr && path != result) each_part(result);
}

// Whoever wrote it: what the session made is no input, also when the test runner made it.
void PathInputs::written(const std::string& path, int32_t state, const char* word) {
  log_->record({}, ALIBI_INPUT_WRITTEN, state, {0, 0}, path, word);
  if (*word != '\0' || state == ALIBI_ABSENT) log_->paths().note(path);
}

}  // namespace alibi::ruby
