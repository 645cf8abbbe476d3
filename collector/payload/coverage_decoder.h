// Reads a citestcov document that anybody may have sent; as careful as decode_test_cycle. Files come with
// line bitmaps, with ranges of lines ("segments") or alone; a file that an event names twice is one.
//
// Used by `alibi serve`, any thread. Where lines are not known, or more than a document may have, the file
// counts as executed with its lines unknown: coverage may say too much, never too little.
#ifndef ALIBI_COLLECTOR_PAYLOAD_COVERAGE_DECODER_H_
#define ALIBI_COLLECTOR_PAYLOAD_COVERAGE_DECODER_H_

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "collector/payload/coverage_events.h"
#include "collector/payload/left_out.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct CoverageLimits {
  uint64_t most_lines = uint64_t{1} << 24;  // of one event
};

struct CoverageCounts {
  uint64_t events = 0;
  uint64_t files_without_lines = 0;  // whose lines were given up: too many
  LeftOut left_out;                  // events
  LeftOut files_left_out;            // of events that were taken
};

// Gives event after event, so that only one is in memory. An error: the document as a whole is none
// (kNotPayload) or of another version (kPayloadVersion); nothing was given then.
Result<CoverageCounts> decode_coverage(std::string_view document, const CoverageLimits& limits,
                                       const std::function<void(CoverageEvent&&)>& take);

struct DecodedCoverage {
  std::vector<CoverageEvent> events;
  CoverageCounts counts;
};

// All at once, for documents that are known to be small.
Result<DecodedCoverage> decode_coverage(std::string_view document, const CoverageLimits& limits = {});

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_COVERAGE_DECODER_H_
