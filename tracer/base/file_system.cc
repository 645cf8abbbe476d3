#include "tracer/base/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace alibi {
namespace {

constexpr int kFirstOwnDescriptor = 3;

ErrorCode write_error_code(int error_number) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  return full ? ErrorCode::kDiskFull : ErrorCode::kCannotCreate;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// -1 with errno, as open.
int open_above_standard_streams(const char* path, int flags, mode_t mode) {
  int fd = -1;
  do {
    fd = ::open(path, flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0 || fd >= kFirstOwnDescriptor) return fd;
  const UniqueFd low(fd);
  return ::fcntl(fd, F_DUPFD_CLOEXEC, kFirstOwnDescriptor);
}

FileStatus to_status(const struct stat& from) {
  constexpr int64_t kSecond = 1'000'000'000;
  FileStatus status;
  if (S_ISREG(from.st_mode)) status.type = FileType::kRegular;
  if (S_ISDIR(from.st_mode)) status.type = FileType::kDirectory;
  status.device = from.st_dev;
  status.inode = from.st_ino;
  status.size = static_cast<uint64_t>(from.st_size);
  status.modified_ns = from.st_mtim.tv_sec * kSecond + from.st_mtim.tv_nsec;
  status.changed_ns = from.st_ctim.tv_sec * kSecond + from.st_ctim.tv_nsec;
  return status;
}

}  // namespace

const FileSystem& FileSystem::real() {
  static const FileSystem files;
  return files;
}

Result<std::string> FileSystem::absolute(const std::string& path) const {
  if (path.starts_with('/')) return path;
  const std::unique_ptr<char, decltype(&std::free)> working(::getcwd(nullptr, 0), &std::free);
  if (working == nullptr)
    return os_error(ErrorCode::kCannotCreate, errno, "cannot tell the working directory");
  return std::string(working.get()) + "/" + path;
}

Result<void> FileSystem::make_directories(const std::string& path) const {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (::mkdir(prefix.c_str(), 0777) != 0 && errno != EEXIST) {
      // Read-only roots and automounts refuse mkdir on what exists with other codes than EEXIST.
      const int error_number = errno;
      struct stat existing {};
      if (::stat(prefix.c_str(), &existing) != 0 || !S_ISDIR(existing.st_mode)) {
        return os_error(write_error_code(error_number), error_number, "cannot make the directory " + prefix);
      }
    }
    if (end == std::string::npos) break;
  }
  struct stat made {};
  if (::stat(path.c_str(), &made) != 0) {
    return os_error(ErrorCode::kCannotCreate, errno, "cannot make the directory " + path);
  }
  if (!S_ISDIR(made.st_mode))
    return os_error(ErrorCode::kCannotCreate, ENOTDIR, "cannot make the directory " + path);
  return {};
}

Result<UniqueFd> FileSystem::create(const std::string& path) const {
  constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
  UniqueFd file(
      open_above_standard_streams(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, kOwnerOnly));
  if (!file.valid()) return os_error(write_error_code(errno), errno, "cannot create " + path);
  ::fchmod(file.fd(), kOwnerOnly);  // some file systems refuse; then the umask decides
  return file;
}

Result<UniqueFd> FileSystem::open_to_write(const std::string& path) const {
  UniqueFd file(open_above_standard_streams(path.c_str(), O_RDWR | O_NOFOLLOW, 0));
  if (!file.valid()) return os_error(write_error_code(errno), errno, "cannot open " + path);
  return file;
}

Result<void> FileSystem::allocate(const UniqueFd& file, uint64_t offset, uint64_t length) const {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      offset + length > limit.rlim_cur) {
    return os_error(ErrorCode::kDiskFull, EFBIG, "cannot allocate space");
  }
  int error_number = 0;
  do {
    error_number = ::posix_fallocate(file.fd(), static_cast<off_t>(offset), static_cast<off_t>(length));
  } while (error_number == EINTR);
  if (error_number != 0)
    return os_error(write_error_code(error_number), error_number, "cannot allocate space");
  return {};
}

Result<MappedFile> FileSystem::map(const UniqueFd& file, uint64_t offset, size_t length) const {
  void* const bytes =
      ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd(), static_cast<off_t>(offset));
  if (bytes == MAP_FAILED) {
    const ErrorCode code = errno == ENOMEM ? ErrorCode::kOutOfMemory : ErrorCode::kCannotCreate;
    return os_error(code, errno, "cannot map");
  }
  return MappedFile(static_cast<std::byte*>(bytes), length);
}

Result<void> FileSystem::rename(const std::string& from, const std::string& to) const {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return os_error(write_error_code(errno), errno, "cannot rename " + from);
  }
  return {};
}

void FileSystem::remove(const std::string& path) const {
  ::unlink(path.c_str());
}

bool FileSystem::mark(const std::string& path) const {
  return ::mknod(path.c_str(), S_IFREG | S_IRUSR | S_IWUSR, 0) == 0;
}

Result<FileStatus> FileSystem::status(const std::string& path) const {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    return os_error(ErrorCode::kCannotRead, errno, "cannot stat " + path);
  return to_status(found);
}

Result<FileStatus> FileSystem::status(const UniqueFd& file) const {
  struct stat found {};
  if (::fstat(file.fd(), &found) != 0)
    return os_error(ErrorCode::kCannotRead, errno, "cannot stat an open file");
  return to_status(found);
}

Result<UniqueFd> FileSystem::open_to_read(const std::string& path) const {
  UniqueFd file(open_above_standard_streams(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY, 0));
  if (!file.valid()) return os_error(ErrorCode::kCannotRead, errno, "cannot open " + path);
  return file;
}

Result<size_t> FileSystem::read(const UniqueFd& file, std::span<std::byte> into) const {
  ssize_t length = -1;
  do {
    length = ::read(file.fd(), into.data(), into.size());
  } while (length < 0 && errno == EINTR);
  if (length < 0) return os_error(ErrorCode::kCannotRead, errno, "cannot read");
  return static_cast<size_t>(length);
}

Result<size_t> FileSystem::read_at(const UniqueFd& file, uint64_t offset, std::span<std::byte> into) const {
  ssize_t length = -1;
  do {
    length = ::pread(file.fd(), into.data(), into.size(), static_cast<off_t>(offset));
  } while (length < 0 && errno == EINTR);
  if (length < 0) return os_error(ErrorCode::kCannotRead, errno, "cannot read");
  return static_cast<size_t>(length);
}

bool FileSystem::is_synthetic(const UniqueFd& file) const {
  struct statfs found {};
  if (::fstatfs(file.fd(), &found) != 0) return false;
  switch (static_cast<unsigned long>(found.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case SECURITYFS_MAGIC:
    case SELINUX_MAGIC:
      return true;
    default:
      return false;
  }
}

Result<std::vector<std::string>> FileSystem::names_in(const std::string& directory) const {
  const std::unique_ptr<DIR, CloseDirectory> open(::opendir(directory.c_str()));
  if (open == nullptr) return os_error(ErrorCode::kCannotRead, errno, "cannot list " + directory);
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* const entry = ::readdir(open.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return os_error(ErrorCode::kCannotRead, errno, "cannot list " + directory);
  std::sort(names.begin(), names.end());
  return names;
}

Result<bool> FileSystem::is_privileged(const std::string& path) const {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0)
    return os_error(ErrorCode::kCannotRead, errno, "cannot stat " + path);
  if ((found.st_mode & (S_ISUID | S_ISGID)) != 0) return true;
  return ::getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
}

bool FileSystem::is_executable(const std::string& path) const {
  return ::access(path.c_str(), X_OK) == 0;
}

std::string FileSystem::resolved(const std::string& path) const {
  std::string found(PATH_MAX, '\0');
  if (::realpath(path.c_str(), found.data()) == nullptr) return {};
  found.resize(std::char_traits<char>::length(found.c_str()));
  return found;
}

}  // namespace alibi
