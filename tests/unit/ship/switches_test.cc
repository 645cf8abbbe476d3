#include "collector/ship/switches.h"

#include <gtest/gtest.h>

namespace alibi::ship {
namespace {

TEST(Switches, WithoutVariablesEverythingIsOnButImpactedTests) {
  const Switches made = read_switches({});
  EXPECT_TRUE(made.test_impact_analysis && made.flaky_test_retries && made.early_flake_detection &&
              made.test_management);
  EXPECT_FALSE(made.impacted_tests || made.attempt_to_fix_retries || made.coverage_report_upload);
  EXPECT_EQ(made.retries_per_test, 5u);
  EXPECT_EQ(made.retried_tests, 1000u);
  EXPECT_TRUE(made.problems.empty());
}

TEST(Switches, EachFeatureHasItsSwitch) {
  const Switches made = read_switches({{"DD_CIVISIBILITY_ITR_ENABLED", "FALSE"},
                                       {"DD_CIVISIBILITY_FLAKY_RETRY_ENABLED", "0"},
                                       {"DD_CIVISIBILITY_EARLY_FLAKE_DETECTION_ENABLED", "off"},
                                       {"DD_TEST_MANAGEMENT_ENABLED", "no"},
                                       {"DD_CIVISIBILITY_IMPACTED_TESTS_DETECTION_ENABLED", "True"},
                                       {"DD_CIVISIBILITY_CODE_COVERAGE_REPORT_UPLOAD_ENABLED", "1"}});
  EXPECT_FALSE(made.test_impact_analysis || made.flaky_test_retries || made.early_flake_detection ||
               made.test_management);
  EXPECT_TRUE(made.impacted_tests);
  EXPECT_EQ(made.coverage_report_upload, std::optional<bool>(true));
  EXPECT_EQ(read_switches({{"DD_CIVISIBILITY_CODE_COVERAGE_REPORT_UPLOAD_ENABLED", "false"}})
                .coverage_report_upload,
            std::optional<bool>(false));
}

TEST(Switches, CountsAreTaken) {
  const Switches made = read_switches({{"DD_CIVISIBILITY_FLAKY_RETRY_COUNT", "2"},
                                       {"DD_CIVISIBILITY_TOTAL_FLAKY_RETRY_COUNT", "0"},
                                       {"DD_TEST_MANAGEMENT_ATTEMPT_TO_FIX_RETRIES", "9"}});
  EXPECT_EQ(made.retries_per_test, 2u);
  EXPECT_EQ(made.retried_tests, 0u);
  EXPECT_EQ(made.attempt_to_fix_retries, std::optional<uint32_t>(9));
}

TEST(Switches, ANumberThatIsNoneIsNamedAndIgnored) {
  const Switches made = read_switches({{"DD_CIVISIBILITY_FLAKY_RETRY_COUNT", "five"},
                                       {"DD_CIVISIBILITY_TOTAL_FLAKY_RETRY_COUNT", "-1"},
                                       {"DD_TEST_MANAGEMENT_ATTEMPT_TO_FIX_RETRIES", "99999999999"}});
  EXPECT_EQ(made.retries_per_test, 5u);
  EXPECT_EQ(made.retried_tests, 1000u);
  EXPECT_FALSE(made.attempt_to_fix_retries);
  ASSERT_EQ(made.problems.size(), 3u);
  EXPECT_NE(made.problems[0].find("DD_CIVISIBILITY_FLAKY_RETRY_COUNT is \"five\""), std::string::npos);
}

TEST(Switches, FlagsAreSeparatedByCommas) {
  EXPECT_EQ(read_switches({{"DD_CODE_COVERAGE_FLAGS", " unit, linux,,"}}).coverage_flags,
            (std::vector<std::string>{"unit", "linux"}));
  std::string many;
  for (int flag = 0; flag < 33; ++flag) many += "f" + std::to_string(flag) + ",";
  EXPECT_EQ(read_switches({{"DD_CODE_COVERAGE_FLAGS", many}}).problems.size(), 1u);
}

}  // namespace
}  // namespace alibi::ship
