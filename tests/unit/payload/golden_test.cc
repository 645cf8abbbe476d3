// The bytes of each message are kept: whoever changes one sees it here, and what was once sent stays
// readable.
#include <gtest/gtest.h>

#include "collector/payload/coverage_decoder.h"
#include "collector/payload/coverage_encoder.h"
#include "collector/payload/forms.h"
#include "collector/payload/test_cycle_decoder.h"
#include "collector/payload/test_cycle_encoder.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/payload/example_messages.h"

namespace alibi::payload {
namespace {

using namespace testing;  // NOLINT: the examples

struct Golden {
  const char* name;
  std::string bytes;
};

std::vector<Golden> golden_messages() {
  const std::string coverage = encode_coverage(example_coverage()).documents.at(0);
  return {{"v1-cycle.citestcycle", encode_test_cycle(example_cycle()).bodies.at(0)},
          {"v2-coverage.citestcov", coverage},
          {"v2-coverage.form", *coverage_form(coverage, "b0")},
          {"settings-request.json", encode_settings_request(example_facts())},
          {"settings.json", encode_settings(example_settings())},
          {"skippable-request.json", encode_skippable_request(example_facts())},
          {"skippable.json", encode_skippable(example_skippable())},
          {"known-tests-request.json", encode_known_tests_request({example_facts(), "c2"})},
          {"known-tests.json", encode_known_tests(example_known_tests())},
          {"suite-durations-request.json",
           encode_suite_durations_request({"id", "demo", "https://github.com/acme/demo.git", 500, "t"})},
          {"suite-durations.json", encode_suite_durations(example_suite_durations())},
          {"test-management.json", encode_test_management(example_managed_tests())}};
}

class GoldenMessage : public ::testing::TestWithParam<Golden> {};

TEST_P(GoldenMessage, KeepsItsBytes) {
  ALIBI_EXPECT_GOLDEN(as_bytes(GetParam().bytes), std::string("payload/") + GetParam().name);
}

std::string name_of(const ::testing::TestParamInfo<Golden>& info) {
  std::string name;
  for (const char c : std::string(info.param.name)) {
    if (std::isalnum(static_cast<unsigned char>(c))) name += c;
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Payload, GoldenMessage, ::testing::ValuesIn(golden_messages()), name_of);

TEST(GoldenMessage, StaysReadable) {
  const std::vector<std::byte> cycle = read_bytes(golden_path("payload/v1-cycle.citestcycle"));
  const auto decoded = decode_test_cycle({reinterpret_cast<const char*>(cycle.data()), cycle.size()});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->cycle.events.size(), 5U);
  const std::vector<std::byte> coverage = read_bytes(golden_path("payload/v2-coverage.citestcov"));
  const auto covered = decode_coverage({reinterpret_cast<const char*>(coverage.data()), coverage.size()});
  ASSERT_TRUE(covered);
  EXPECT_EQ(covered->events.size(), 2U);
}

}  // namespace
}  // namespace alibi::payload
