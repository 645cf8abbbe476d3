#include "collector/store/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "collector/model/error_codes.h"

namespace alibi::store {
namespace {

constexpr char kTemporary[] = ".new.";  // then the number of the process and a random one
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

// Machines that share a folder have processes of the same number.
std::string temporary_name(const std::string& path) {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof number, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof number))
    number = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return path + kTemporary + std::to_string(::getpid()) + "-" + std::to_string(number);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<InputFile> InputFile::open(const std::string& path) {
  // Never blocks on a pipe that lies where a file should.
  UniqueFd file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  if (!file.valid() || ::fstat(file.fd(), &status) != 0) {
    return os_error(ErrorCode::kCannotRead, errno, "cannot read " + path);
  }
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::kCannotRead, 0, "cannot read " + path + ": not a regular file"};
  return InputFile(path, std::move(file), static_cast<uint64_t>(status.st_size));
}

Result<void> InputFile::append(uint64_t count, std::string* bytes) {
  size_t filled = bytes->size();
  bytes->resize(filled + std::min(count, left_));
  while (filled < bytes->size()) {
    const ssize_t read = ::read(file_.fd(), bytes->data() + filled, bytes->size() - filled);
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return os_error(ErrorCode::kCannotRead, errno, "cannot read " + path_);
    if (read == 0) left_ = 0;  // shorter than it was
    if (read == 0) break;
    filled += static_cast<size_t>(read);
    left_ -= static_cast<uint64_t>(read);
  }
  bytes->resize(filled);
  return {};
}

Result<std::string> read_file(const std::string& path) {
  Result<InputFile> file = InputFile::open(path);
  if (!file) return std::move(file).error();
  std::string bytes;
  if (Result<void> read = file->append(UINT64_MAX, &bytes); !read) return std::move(read).error();
  return bytes;
}

Result<std::string> absolute_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(
      ::realpath(path.empty() ? "." : path.c_str(), nullptr), &std::free);
  if (found == nullptr) return os_error(ErrorCode::kCannotRead, errno, "cannot find " + path);
  return std::string(found.get());
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

bool is_temporary_name(std::string_view name) {
  const size_t mark = name.rfind(kTemporary);
  if (mark == std::string_view::npos || mark == 0) return false;
  const std::string_view numbers = name.substr(mark + sizeof kTemporary - 1);
  return !numbers.empty() && numbers.find_first_not_of("0123456789-") == std::string_view::npos;
}

Result<void> write_file(const std::string& path, std::string_view bytes, Durability durability) {
  const std::string temporary = temporary_name(path);
  const UniqueFd file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644);
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

Result<void> make_data_folder(const std::string& data) {
  if (exists(data)) return {};
  if (Result<void> made = make_directories(data); !made) return made;
  return write_file(data + "/.gitignore", "*\n", Durability::kUnsynced);
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
  return take(open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644), path, patience_ms);
}

Result<DirectoryLock> DirectoryLock::take_folder(const std::string& path, int patience_ms) {
  return take(open_file(path, O_RDONLY | O_DIRECTORY), path, patience_ms);
}

Result<DirectoryLock> DirectoryLock::take(UniqueFd file, const std::string& path, int patience_ms) {
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
