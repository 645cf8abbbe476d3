// The message that names the tests that were seen before (…/ci/libraries/tests), page by page, both
// directions. Any thread; any JSON is survived.
#ifndef ALIBI_COLLECTOR_PAYLOAD_KNOWN_TESTS_H_
#define ALIBI_COLLECTOR_PAYLOAD_KNOWN_TESTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/left_out.h"
#include "collector/payload/run_facts.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct KnownSuite {
  std::string module;
  std::string suite;
  std::vector<std::string> tests;
};

struct KnownTestsPage {
  std::vector<KnownSuite> suites;
  std::optional<std::string> next;  // page_state of the request for the next page
  uint64_t size = 0;                // tests of this page, as its maker counts
};

struct KnownTestsRequest {
  RunFacts facts;
  std::optional<std::string> page_state;  // none: the first page
};

std::string encode_known_tests_request(const KnownTestsRequest& request);
Result<KnownTestsRequest> parse_known_tests_request(std::string_view json);

std::string encode_known_tests(const KnownTestsPage& page);

struct ParsedKnownTests {
  KnownTestsPage page;
  LeftOut left_out;  // modules, suites and names of the wrong type
};
// An error when there are no tests, and when more pages are announced without saying how to ask for them.
Result<ParsedKnownTests> parse_known_tests(std::string_view json);

// Asks page after page: what to ask next, and when to give up. Half a list would make old tests new, so that
// after any error nothing of it may be used.
class KnownTestsPages {
 public:
  static constexpr uint32_t kMostPages = 10'000;

  // Takes the answer to the last request. An error: give up.
  Result<void> take(std::string_view json);
  bool complete() const { return complete_; }
  const std::optional<std::string>& next() const { return next_; }   // for the next request
  const std::vector<KnownSuite>& suites() const { return suites_; }  // a suite may come in several pieces
  const LeftOut& left_out() const { return left_out_; }

 private:
  std::vector<KnownSuite> suites_;
  std::optional<std::string> next_;
  LeftOut left_out_;
  uint32_t pages_ = 0;
  bool complete_ = false;
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_KNOWN_TESTS_H_
