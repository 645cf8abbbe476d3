#include "tracer/preload/observed_paths.h"

#include <gtest/gtest.h>

namespace alibi::preload {
namespace {

TEST(ObservedPaths, SpellingIsMadePlain) {
  EXPECT_EQ(absolute_path("a/./b//c", "/work"), "/work/a/b/c");
  EXPECT_EQ(absolute_path("../x", "/work/here"), "/work/x");
  EXPECT_EQ(absolute_path("/a/../../b/", "/work"), "/b");
  EXPECT_EQ(absolute_path(".", "/work"), "/work");
  EXPECT_EQ(absolute_path("..", "/work"), "/");
  EXPECT_EQ(absolute_path("", "/"), "/");
}

TEST(ObservedPaths, WhatIsLeftUpwardsIsPassed) {
  std::vector<PassedFolder> passed;
  EXPECT_EQ(absolute_path("no such folder/../x", "/", &passed), "/x");
  ASSERT_EQ(passed.size(), 1u);
  EXPECT_EQ(passed[0].path, "/no such folder");
  EXPECT_NE(passed[0].error, 0);
}

TEST(ObservedPaths, WhatTheSystemOwnsIsTheMachines) {
  for (const char* path : {"/usr/bin/git", "/usr", "/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld.so",
                           "/bin/sh", "/etc/ld.so.cache", "/proc/self/maps", "/dev/null", "/sys/x", "/proc",
                           "/home/me/p/.alibi/sessions/1/x"})
    EXPECT_TRUE(is_of_machine(path, "/work/p")) << path;
  for (const char* path : {"/", "/tmp/x", "/home/me/.gitconfig", "/usr/local/bin/tool", "/opt/x",
                           "/library/x", "/etcetera", "/devices", "/var/lib/x", "/.alibi"})
    EXPECT_FALSE(is_of_machine(path, "/work/p")) << path;
}

TEST(ObservedPaths, TheProjectIsNeverTheMachines) {
  EXPECT_FALSE(is_of_machine("/usr/src/app/data", "/usr/src/app"));
  EXPECT_FALSE(is_of_machine("/usr/src/app", "/usr/src/app"));
  EXPECT_TRUE(is_of_machine("/usr/src/application", "/usr/src/app"));
  EXPECT_TRUE(is_of_machine("/usr/src/app/.alibi/x", "/usr/src/app"));
  EXPECT_TRUE(is_of_machine("/usr/bin/x", "/"));
  EXPECT_TRUE(is_of_machine("/usr/bin/x", ""));
}

TEST(ObservedPaths, VariablesOfTheLoaderAndTheRunnerAreNoise) {
  for (const char* name :
       {"LD_PRELOAD", "ALIBI_SESSION", "PYTEST_CURRENT_TEST", "PWD", "_", "LC_ALL", "LANG"})
    EXPECT_TRUE(is_noise_variable(name)) << name;
  for (const char* name : {"PATH", "HOME", "TZ", "LDFLAGS", "", "PWDX"})
    EXPECT_FALSE(is_noise_variable(name)) << name;
}

TEST(ObservedPaths, ShellsTakeTheWholeEnvironment) {
  for (const char* program : {"/usr/bin/dash", "bash", "/bin/busybox", "/usr/bin/perl", "/usr/bin/perl5.36"})
    EXPECT_TRUE(reads_whole_environment(program)) << program;
  for (const char* program : {"/usr/bin/git", "cat", ""})
    EXPECT_FALSE(reads_whole_environment(program)) << program;
}

}  // namespace
}  // namespace alibi::preload
