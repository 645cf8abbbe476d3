// The message that says how long suites take (…/ci/ddtest/test_suite_durations), page by page, both
// directions. Any thread; any JSON is survived.
#ifndef ALIBI_COLLECTOR_PAYLOAD_SUITE_DURATIONS_H_
#define ALIBI_COLLECTOR_PAYLOAD_SUITE_DURATIONS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/left_out.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct SuiteDuration {
  std::string module, suite;
  std::string source_file;                 // relative to the repository; empty: not known
  std::optional<uint64_t> p50_ns, p90_ns;  // never 0
};

struct SuiteDurationsRequest {
  std::string request_id;
  std::string service;
  std::string repository_url;
  uint32_t page_size = 500;
  std::optional<std::string> page_state;  // none: the first page
};

struct SuiteDurationsPage {
  std::vector<SuiteDuration> suites;
  std::optional<std::string> next;  // page_state of the request for the next page
};

std::string encode_suite_durations_request(const SuiteDurationsRequest& request);
Result<SuiteDurationsRequest> parse_suite_durations_request(std::string_view json);

std::string encode_suite_durations(const SuiteDurationsPage& page);

struct ParsedSuiteDurations {
  SuiteDurationsPage page;
  bool next_is_missing = false;  // more pages are announced without saying how to ask for them
  LeftOut left_out;              // modules, suites and durations that mean nothing
};
// An error when there are no suites.
Result<ParsedSuiteDurations> parse_suite_durations(std::string_view json);

// Asks page after page: what to ask next, and when to stop. Unlike of known tests a part is of use: of the
// other suites nothing is known.
class SuiteDurationsPages {
 public:
  static constexpr uint32_t kMostPages = 10'000;
  static constexpr size_t kMostSuites = 2'000'000;

  // Takes the answer to the last request. An error: no other page is to be asked for.
  Result<void> take(std::string_view json);
  bool complete() const { return complete_; }
  const std::optional<std::string>& next() const { return next_; }  // for the next request
  std::vector<SuiteDuration>& suites() { return suites_; }
  const LeftOut& left_out() const { return left_out_; }

 private:
  std::vector<SuiteDuration> suites_;
  std::set<std::string> asked_;  // page_states
  std::optional<std::string> next_;
  LeftOut left_out_;
  uint32_t pages_ = 0;
  bool complete_ = false;
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_SUITE_DURATIONS_H_
