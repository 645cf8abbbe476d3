#include "tests/support/mounts.h"

#include <sched.h>
#include <sys/mount.h>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace alibi::testing {

bool mount_small(const std::string& directory, size_t bytes) {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const std::string options = "size=" + std::to_string(bytes);
  return ::mount("tmpfs", directory.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

bool remount_read_only(const std::string& directory) {
  return ::mount("none", directory.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

bool mounts_are_possible() {
  const TemporaryDirectory directory;
  return run_in_child([&] { return mount_small(directory.path(), 65536) ? 0 : 1; }) == 0;
}

}  // namespace alibi::testing
