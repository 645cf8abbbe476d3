#include "collector/transport/spool_disk.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "collector/model/error_codes.h"

namespace alibi::transport {
namespace {

Error cannot(const char* what, const std::string& path, int error_number = errno) {
  return os_error(collector::kCannotWrite, error_number, std::string("cannot ") + what + " " + path);
}

}  // namespace

Result<void> SpoolDisk::make_folder(const std::string& path) {
  return FileSystem::real().make_directories(path);
}

Result<UniqueFd> SpoolDisk::create(const std::string& path) {
  return FileSystem::real().create(path);
}

Result<void> SpoolDisk::write(const UniqueFd& file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.fd(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return cannot("write", path, written == 0 ? ENOSPC : errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<void> SpoolDisk::sync(const UniqueFd& file, const std::string& path) {
  if (::fsync(file.fd()) != 0 && errno != EINVAL) return cannot("write to the disk", path);
  return {};
}

Result<void> SpoolDisk::rename(const std::string& from, const std::string& to) {
  return FileSystem::real().rename(from, to);
}

Result<void> SpoolDisk::sync_folder(const std::string& path) {
  const UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot sync a folder (EINVAL); their renames are as durable as they get.
  if (!folder.valid() || (::fsync(folder.fd()) != 0 && errno != EINVAL))
    return cannot("write to the disk", path);
  return {};
}

Result<void> SpoolDisk::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return cannot("remove", path);
  return {};
}

Result<void> SpoolDisk::write_number(const UniqueFd& file, uint64_t offset, uint32_t number,
                                     const std::string& path) {
  if (::pwrite(file.fd(), &number, sizeof number, static_cast<off_t>(offset)) !=
      static_cast<ssize_t>(sizeof number))
    return cannot("write", path);
  return {};
}

Result<std::vector<std::string>> SpoolDisk::names_in(const std::string& folder) {
  return FileSystem::real().names_in(folder);
}

Result<FileStatus> SpoolDisk::status(const std::string& path) {
  return FileSystem::real().status(path);
}

Result<std::optional<UniqueFd>> SpoolDisk::open(const std::string& path) {
  Result<UniqueFd> file = FileSystem::real().open_to_write(path);
  if (!file) {
    if (file.error().os_error == ENOENT) return std::optional<UniqueFd>();
    return std::move(file).error();
  }
  const Result<FileStatus> status = FileSystem::real().status(*file);
  if (!status) return status.error();
  if (status->type != FileType::kRegular)
    return Error{ErrorCode::kCannotRead, 0, "cannot read " + path + ": not a regular file"};
  return std::optional<UniqueFd>(std::move(*file));
}

Result<std::optional<UniqueFd>> SpoolDisk::lock(const std::string& path) {
  Result<std::optional<UniqueFd>> file = open(path);
  if (!file || !file->has_value()) return file;
  if (::flock((*file)->fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<UniqueFd>();
    return cannot("lock", path);
  }
  // Whoever had it before may have removed it, or set it aside, since it was opened.
  const Result<FileStatus> opened = FileSystem::real().status(**file);
  const Result<FileStatus> named = FileSystem::real().status(path);
  if (!opened || !named || named->inode != opened->inode || named->device != opened->device)
    return std::optional<UniqueFd>();
  return file;
}

Result<std::string> SpoolDisk::read(const UniqueFd& file, uint64_t length, const std::string& path) {
  std::string bytes(length, '\0');
  size_t filled = 0;
  while (filled < bytes.size()) {
    const Result<size_t> more =
        FileSystem::real().read_at(file, filled, std::as_writable_bytes(std::span(bytes).subspan(filled)));
    if (!more) return Error{more.error().code, more.error().os_error, "cannot read " + path};
    if (*more == 0) break;
    filled += *more;
  }
  bytes.resize(filled);
  return bytes;
}

SpoolDisk& SpoolDisk::real() {
  static SpoolDisk disk;
  return disk;
}

}  // namespace alibi::transport
