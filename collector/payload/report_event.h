// What a coverage report of a whole run is of: the JSON beside it in a cicovreprt form. Both directions, any
// thread; any JSON is survived.
#ifndef ALIBI_COLLECTOR_PAYLOAD_REPORT_EVENT_H_
#define ALIBI_COLLECTOR_PAYLOAD_REPORT_EVENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/test_events.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct ReportEvent {
  std::string format;              // "lcov"
  uint64_t timestamp_ms = 0;       // since 1970; 0: none
  std::vector<std::string> flags;  // more than 32: none are sent
  Tags tags;                       // those of git, of the CI provider and of the pull request
};

std::string encode_report_event(const ReportEvent& event);
Result<ReportEvent> parse_report_event(std::string_view json);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_REPORT_EVENT_H_
