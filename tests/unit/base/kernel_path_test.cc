#include "tracer/base/kernel_path.h"

#include <gtest/gtest.h>

namespace alibi {
namespace {

TEST(KernelPath, WhatTheKernelMakesUp) {
  for (const char* path : {"/proc", "/proc/self/maps", "/sys/class/net", "/dev", "/dev/null", "/dev/pts/0"})
    EXPECT_TRUE(is_kernel_path(path)) << path;
}

TEST(KernelPath, UsersKeepFilesInSharedMemory) {
  for (const char* path :
       {"/dev/shm", "/dev/shm/project/data.yml", "/devices", "/system", "/process/x", "/", ""})
    EXPECT_FALSE(is_kernel_path(path)) << path;
  EXPECT_TRUE(is_kernel_path("/dev/shmem"));
}

}  // namespace
}  // namespace alibi
