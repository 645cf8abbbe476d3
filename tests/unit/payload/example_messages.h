// A small JSON message of each kind with something in every member, for tests, golden files and seeds.
#ifndef ALIBI_TESTS_UNIT_PAYLOAD_EXAMPLE_MESSAGES_H_
#define ALIBI_TESTS_UNIT_PAYLOAD_EXAMPLE_MESSAGES_H_

#include <vector>

#include "collector/payload/known_tests.h"
#include "collector/payload/settings.h"
#include "collector/payload/skippable.h"
#include "collector/payload/suite_durations.h"
#include "collector/payload/test_management.h"
#include "tests/unit/payload/example_events.h"

namespace alibi::testing {

inline payload::RunFacts example_facts() {
  return {"3e41245f-4136-4eac-9de8-275e99dbe286",
          "demo",
          "ci",
          "https://github.com/acme/demo.git",
          "0123456789abcdef0123456789abcdef01234567",
          "master",
          payload::TestLevel::kSuite,
          {{"os.platform", "linux-gnu"}, {"runtime.name", "ruby"}},
          {{"disk", "ssd"}}};
}

inline payload::Settings example_settings() {
  payload::Settings settings;
  settings.itr_enabled = settings.code_coverage = settings.tests_skipping = settings.require_git = true;
  settings.early_flake_detection = settings.test_management = true;
  settings.slow_test_retries = {{5, 3}, {90, 2}, {300, 1}};
  settings.faulty_session_threshold = 20;
  settings.attempt_to_fix_retries = 7;
  return settings;
}

inline payload::Skippable example_skippable() {
  using payload::TestLevel;
  return {
      "corr123",
      {{TestLevel::kTest, "tests.unit", "test_a.py", "test_x[1]", std::nullopt},
       {TestLevel::kTest, std::nullopt, "Calc at ./spec/calc_spec.rb", "adds \"1\"", "{\"arguments\":{}}"},
       {TestLevel::kSuite, "rspec", "Calc at ./spec/calc_spec.rb", "", std::nullopt}},
      {{"lib/a.py", {1, 8, 300}}, {"lib/b.py", {}}}};
}

inline payload::KnownTestsPage example_known_tests() {
  return {{{"m", "s", {"a", "b"}}, {"m", "t", {}}, {"n", "s", {"\xC3\xA9"}}}, "c2", 3};
}

inline payload::SuiteDurationsPage example_suite_durations() {
  return {{{"m", "s", "tests/test_s.py", 1'200'000'000, 2'000'000'000}, {"n", "t", "", {}, {}}}, "t"};
}

inline std::vector<payload::ManagedTest> example_managed_tests() {
  return {{"m", "s", "a", true, false, false, true},
          {"m", "s", "b", false, true, false, false},
          {"n", "s", "a", false, false, true, false}};
}

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_UNIT_PAYLOAD_EXAMPLE_MESSAGES_H_
