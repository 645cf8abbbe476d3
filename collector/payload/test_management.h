// The message that says which tests are quarantined, disabled or to be proved fixed
// (…/test-management/tests), both directions. Any thread; any JSON is survived.
#ifndef ALIBI_COLLECTOR_PAYLOAD_TEST_MANAGEMENT_H_
#define ALIBI_COLLECTOR_PAYLOAD_TEST_MANAGEMENT_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/left_out.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct TestManagementRequest {
  std::string request_id;
  std::string repository_url;
  std::string commit_sha;  // the head of a pull request, if known
  std::string commit_message;
  std::string branch;
};

struct ManagedTest {
  std::string module;
  std::string suite;
  std::string name;
  bool quarantined = false;
  bool disabled = false;
  bool attempt_to_fix = false;
  bool active = false;
};

std::string encode_test_management_request(const TestManagementRequest& request);
Result<TestManagementRequest> parse_test_management_request(std::string_view json);

std::string encode_test_management(const std::vector<ManagedTest>& tests);

struct ParsedTestManagement {
  std::vector<ManagedTest> tests;
  LeftOut left_out;  // modules, suites and tests of the wrong type
};
Result<ParsedTestManagement> parse_test_management(std::string_view json);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_TEST_MANAGEMENT_H_
