// Small file systems for tests that need one full or read-only. They live in a mount namespace of the calling
// process and vanish with it: use them in a child (run_in_child). Only root can make them.
#ifndef ALIBI_TESTS_SUPPORT_MOUNTS_H_
#define ALIBI_TESTS_SUPPORT_MOUNTS_H_

#include <string>

namespace alibi::testing {

bool mounts_are_possible();  // asked in a child of its own
// Mounts an empty file system of `bytes` on the directory. False: not permitted.
bool mount_small(const std::string& directory, size_t bytes);
bool remount_read_only(const std::string& directory);

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_SUPPORT_MOUNTS_H_
