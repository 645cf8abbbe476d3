#include "tracer/base/blind_program.h"

#include <gtest/gtest.h>

#include <string>

namespace alibi {
namespace {

TEST(BlindProgram, SaysWhatMachineThisIsOrWhatItWasTold) {
  EXPECT_TRUE(is_blind_program("/usr/bin/uname", "uname -m"));
  EXPECT_TRUE(is_blind_program("/bin/false", "false"));
  EXPECT_TRUE(is_blind_program("/bin/echo", "/bin/echo a b"));
}

TEST(BlindProgram, IsNoneThatReadsOrStartsSomething) {
  for (const char* name : {"cat", "date", "env", "sh", "test", "which", "git", "tru", ""}) {
    EXPECT_FALSE(is_blind_program("/usr/bin/" + std::string(name), name)) << name;
  }
}

TEST(BlindProgram, IsNoneOutsideOfTheSystem) {
  EXPECT_FALSE(is_blind_program("/usr/local/bin/uname", "uname"));
  EXPECT_FALSE(is_blind_program("/project/bin/true", "true"));
  EXPECT_FALSE(is_blind_program("true", "true"));
}

TEST(BlindProgram, IsLdconfigThatOnlyPrints) {
  EXPECT_TRUE(is_blind_program("/sbin/ldconfig", "ldconfig -p"));
  EXPECT_FALSE(is_blind_program("/sbin/ldconfig", "ldconfig"));
  EXPECT_FALSE(is_blind_program("/sbin/ldconfig", "ldconfig -v -p"));
}

}  // namespace
}  // namespace alibi
