#include "collector/store/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "collector/model/error_codes.h"

namespace alibi::store {
namespace {

constexpr int kLockPollMicroseconds = 20'000;

UniqueFd open_file(const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return UniqueFd(fd);
}

Error write_error(const std::string& path) {
  return os_error(collector::kCannotWrite, errno, "cannot write " + path);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::string> read_file(const std::string& path) {
  // Never blocks on a pipe that lies where a file should.
  const UniqueFd file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  if (!file.valid() || ::fstat(file.fd(), &status) != 0) {
    return os_error(ErrorCode::kCannotRead, errno, "cannot read " + path);
  }
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::kCannotRead, 0, "cannot read " + path + ": not a regular file"};
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::read(file.fd(), bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return os_error(ErrorCode::kCannotRead, errno, "cannot read " + path);
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

Result<std::string> absolute_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.empty() ? "." : path.c_str(), nullptr), &std::free);
  if (found == nullptr) return os_error(ErrorCode::kCannotRead, errno, "cannot find " + path);
  return std::string(found.get());
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

Result<void> write_file(const std::string& path, std::string_view bytes, Durability durability) {
  // Two processes may write the same path at once (content-addressed sources): each has its own temporary.
  const std::string temporary = path + ".new." + std::to_string(::getpid());
  const UniqueFd file = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
  if (!file.valid()) return write_error(path);
  const bool synced = durability == Durability::kSynced;
  if (!write_all(file.fd(), bytes) || (synced && ::fsync(file.fd()) != 0) ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    Error error = write_error(path);
    ::unlink(temporary.c_str());
    return error;
  }
  if (synced) return sync_directory(parent_of(path));
  return {};
}

Result<void> sync_directory(const std::string& path) {
  const UniqueFd directory = open_file(path, O_RDONLY | O_DIRECTORY);
  // Some file systems cannot sync a directory (EINVAL); their renames are as durable as they get.
  if (!directory.valid() || (::fsync(directory.fd()) != 0 && errno != EINVAL)) return write_error(path);
  return {};
}

Result<void> make_directories(const std::string& path) {
  // Nearly always only the last part is missing, or none.
  if (::mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
  for (size_t slash = 0; slash != std::string::npos;) {
    slash = path.find('/', slash + 1);
    const std::string part = path.substr(0, slash);
    if (::mkdir(part.c_str(), 0777) == 0 || errno == EEXIST || errno == EISDIR) continue;
    if (slash == std::string::npos || !exists(part)) {
      return os_error(collector::kCannotWrite, errno, "cannot make the directory " + part);
    }
  }
  return {};
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool remove_tree(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return errno == ENOENT;
  if (!S_ISDIR(status.st_mode)) return ::unlink(path.c_str()) == 0;
  bool removed = true;
  for (const std::string& name : names_in(path)) removed = remove_tree(path + "/" + name) && removed;
  return ::rmdir(path.c_str()) == 0 && removed;
}

Result<DirectoryLock> DirectoryLock::take(const std::string& path, int patience_ms) {
  UniqueFd file = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
  if (!file.valid()) return write_error(path);
  for (int waited = 0;; waited += kLockPollMicroseconds / 1000) {
    if (::flock(file.fd(), LOCK_EX | LOCK_NB) == 0) return DirectoryLock(std::move(file));
    if (errno != EWOULDBLOCK && errno != EINTR) return write_error(path);
    if (waited >= patience_ms) {
      return Error{collector::kBusy, 0,
                   "another alibi merge is using " + parent_of(path) + "; it has held " + path + " for " +
                       std::to_string(patience_ms / 1000) + " s"};
    }
    ::usleep(kLockPollMicroseconds);
  }
}

bool lock_is_free(const std::string& path) {
  const UniqueFd file = open_file(path, O_RDONLY | O_NOFOLLOW);
  return file.valid() && ::flock(file.fd(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace alibi::store
