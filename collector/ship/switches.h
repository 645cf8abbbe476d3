// What the environment says about the features of the service: DD_CIVISIBILITY_…_ENABLED and their numbers.
//
// Read once by `alibi ship --open`, used by opening. Pure. A number that is none is a line for the user and
// as good as not said.
#ifndef ALIBI_COLLECTOR_SHIP_SWITCHES_H_
#define ALIBI_COLLECTOR_SHIP_SWITCHES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/transport/intake_address.h"

namespace alibi::ship {

// As with an empty environment.
struct Switches {
  bool test_impact_analysis = true;
  bool flaky_test_retries = true;
  uint32_t retries_per_test = 5;
  uint32_t retried_tests = 1000;
  bool early_flake_detection = true;
  bool test_management = true;
  std::optional<uint32_t> attempt_to_fix_retries;
  bool impacted_tests = false;
  std::optional<bool> coverage_report_upload;
  std::vector<std::string> coverage_flags;
  std::vector<std::string> problems;
};

Switches read_switches(const transport::Environment& environment);

}  // namespace alibi::ship

#endif  // ALIBI_COLLECTOR_SHIP_SWITCHES_H_
