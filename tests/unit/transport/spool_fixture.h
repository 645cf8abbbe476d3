// A spool in a folder of its own, with the time in the test's hands. Used by the tests of the spool.
#ifndef ALIBI_TESTS_UNIT_TRANSPORT_SPOOL_FIXTURE_H_
#define ALIBI_TESTS_UNIT_TRANSPORT_SPOOL_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "collector/transport/spool.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/transport/fakes.h"

namespace alibi::transport {

inline Payload payload_of(std::string body) {
  return {Route::kTestCycle, "application/msgpack", Encoding::kPlain, std::move(body)};
}

class SpoolFixture : public ::testing::Test {
 protected:
  Spool spool_of(SpoolLimits limits = {}, SpoolDisk& disk = SpoolDisk::real()) {
    return Spool(folder(), limits, pace_, disk);
  }
  std::string folder() const { return directory_ / "spool"; }
  std::string aside() const { return folder() + "/set-aside"; }

  // Stored a millisecond after each other.
  void put(Spool* spool, const std::string& body) {
    pace_.pass(std::chrono::milliseconds(1));
    const Result<GivenUp> put = spool->put(payload_of(body));
    ASSERT_TRUE(put.ok()) << put.error().message;
  }

  static std::vector<std::string> names(Spool* spool) {
    Result<std::vector<std::string>> found = spool->waiting();
    EXPECT_TRUE(found.ok());
    return found.ok() ? *found : std::vector<std::string>();
  }

  // Of all that waits, oldest first.
  static std::vector<std::string> bodies(Spool* spool) {
    std::vector<std::string> found;
    for (const std::string& name : names(spool)) {
      Result<ClaimAnswer> answer = spool->claim(name);
      EXPECT_TRUE(answer.ok());
      if (answer.ok() && answer->claim) found.push_back(answer->claim->payload().body);
    }
    return found;
  }

  testing::TemporaryDirectory directory_;
  FakePace pace_;
};

}  // namespace alibi::transport

#endif  // ALIBI_TESTS_UNIT_TRANSPORT_SPOOL_FIXTURE_H_
