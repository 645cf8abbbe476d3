// The message that switches features on and off (…/libraries/tests/services/setting), both directions: the
// client encodes the request and parses the answer, the server the reverse. Any thread; any JSON is survived.
#ifndef ALIBI_COLLECTOR_PAYLOAD_SETTINGS_H_
#define ALIBI_COLLECTOR_PAYLOAD_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/run_facts.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct SlowTestRetries {
  uint32_t up_to_seconds = 0;  // of the first run
  uint32_t retries = 0;
  friend bool operator==(const SlowTestRetries&, const SlowTestRetries&) = default;
};

// Everything off, as when the request failed.
struct Settings {
  bool itr_enabled = false;
  bool code_coverage = false;
  bool tests_skipping = false;
  bool require_git = false;
  bool flaky_test_retries = false;
  bool known_tests = false;
  bool impacted_tests = false;
  bool coverage_report_upload = false;
  bool early_flake_detection = false;
  // By rising durations; a test that takes longer than the last is not retried.
  std::vector<SlowTestRetries> slow_test_retries = {{5, 10}, {10, 5}, {30, 3}, {300, 2}};
  uint32_t faulty_session_threshold = 30;  // percent of tests that are new
  bool test_management = false;
  std::optional<uint32_t> attempt_to_fix_retries;  // none: what the environment says, else 20
};

std::string encode_settings_request(const RunFacts& facts);
Result<RunFacts> parse_settings_request(std::string_view json);

std::string encode_settings(const Settings& settings);
// An error when there are no attributes at all. Single members that are missing or of no usable type have the
// value above.
Result<Settings> parse_settings(std::string_view json);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_SETTINGS_H_
