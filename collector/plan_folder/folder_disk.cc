#include "collector/plan_folder/folder_disk.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "tracer/base/unique_fd.h"

namespace alibi::plan_folder {
namespace {

int result_of(int result) {
  return result == 0 ? 0 : errno;
}

}  // namespace

int FolderDisk::make_directory(const std::string& path) const {
  return result_of(::mkdir(path.c_str(), 0777));
}

int FolderDisk::write(const std::string& path, std::string_view bytes) const {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
  if (!file.valid()) return errno;
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written == 0 ? ENOSPC : errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

int FolderDisk::sync(const std::string& path) const {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return errno;
  // Some file systems cannot sync a directory: their renames are as durable as they get.
  return ::fsync(file.fd()) == 0 || errno == EINVAL ? 0 : errno;
}

int FolderDisk::exchange(const std::string& a, const std::string& b) const {
  return result_of(
      static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE)));
}

int FolderDisk::rename(const std::string& from, const std::string& to) const {
  return result_of(::rename(from.c_str(), to.c_str()));
}

int FolderDisk::link(const std::string& from, const std::string& to) const {
  return result_of(::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0));
}

const FolderDisk& FolderDisk::real() {
  static const FolderDisk disk;
  return disk;
}

}  // namespace alibi::plan_folder
