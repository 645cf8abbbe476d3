#include "tracer/base/process_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>
#include <string>

#include "tests/support/child_process.h"

namespace alibi {
namespace {

std::string stat_of(const std::string& name) {
  std::ostringstream text;
  text << "4242 (" << name << ") S";
  for (int field = 4; field <= 21; ++field) text << ' ' << field;
  text << " 987654 1 2 3\n";
  return text.str();
}

TEST(ProcessIdentity, TakesTheStartFromField22) {
  EXPECT_EQ(start_ticks_of(stat_of("python3")), 987654u);
}

TEST(ProcessIdentity, IsNotFooledByTheNameOfTheProgram) {
  EXPECT_EQ(start_ticks_of(stat_of("a b) R 1 2 3 (c")), 987654u);
  EXPECT_EQ(start_ticks_of(stat_of(")")), 987654u);
}

TEST(ProcessIdentity, HasNoStartWhereTheTextIsCutShort) {
  const std::string whole = stat_of("x");
  for (size_t length = 0; length < whole.find(" 987654"); ++length) {
    EXPECT_EQ(start_ticks_of(std::string_view(whole).substr(0, length)), 0u) << length;
  }
}

TEST(ProcessIdentity, OfThisProcessHasItsPidAndAStart) {
  const ProcessIdentity identity = ProcessIdentitySource::real().current();
  EXPECT_EQ(identity.pid, static_cast<uint32_t>(::getpid()));
  EXPECT_EQ(identity.parent_pid, static_cast<uint32_t>(::getppid()));
  EXPECT_GT(identity.start_ticks, 0u);
}

TEST(ProcessIdentity, DiffersInAForkedChild) {
  const ProcessIdentity parent = ProcessIdentitySource::real().current();
  EXPECT_EQ(
      testing::run_in_child([&] {
        const ProcessIdentity child = ProcessIdentitySource::real().current();
        return child.pid != parent.pid && child.parent_pid == parent.pid && child.random != parent.random ? 0
                                                                                                          : 1;
      }),
      0);
}

}  // namespace
}  // namespace alibi
