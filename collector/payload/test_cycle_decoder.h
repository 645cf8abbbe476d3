// Reads a citestcycle body that anybody may have sent. Nothing in it is believed: depth and counts are
// checked against the bytes before memory is reserved, unknown keys are skipped, an event that is not as it
// has to be is counted with the reason and left out, and never costs another.
//
// Used by `alibi serve`, any thread. All texts that come out are valid UTF-8 (they may hold NUL). Memory: at
// most about 40 times the body, which the caller therefore bounds.
#ifndef ALIBI_COLLECTOR_PAYLOAD_TEST_CYCLE_DECODER_H_
#define ALIBI_COLLECTOR_PAYLOAD_TEST_CYCLE_DECODER_H_

#include <string_view>

#include "collector/payload/left_out.h"
#include "collector/payload/test_events.h"
#include "tracer/base/result.h"

namespace alibi::payload {

struct DecodedTestCycle {
  TestCycle cycle;
  LeftOut left_out;       // events
  LeftOut tags_left_out;  // tags and metrics of the wrong type, of events that were taken
};

// After gunzip. An error: the body as a whole is none (kNotPayload) or of another version (kPayloadVersion).
Result<DecodedTestCycle> decode_test_cycle(std::string_view body);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_TEST_CYCLE_DECODER_H_
