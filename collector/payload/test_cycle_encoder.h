// Encodes test events as citestcycle bodies (version 1): metadata and as many events as fit, body after body.
//
// Used by ship, one encoder per flush and thread. Events keep their order. An event that no intake would take
// is counted, with the reason, and left out; one that is too large alone is sent alone. No network, no clock.
#ifndef ALIBI_COLLECTOR_PAYLOAD_TEST_CYCLE_ENCODER_H_
#define ALIBI_COLLECTOR_PAYLOAD_TEST_CYCLE_ENCODER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "collector/payload/body_batches.h"
#include "collector/payload/test_events.h"

namespace alibi::payload {

class TestCycleEncoder {
 public:
  TestCycleEncoder(const Metadata& metadata, BodySink sink, size_t most_bytes = kMostBodyBytes);

  void add(const Event& event);  // may hand over a body
  Encoded finish();              // hands over the last one

 private:
  BodyBatches batches_;
};

struct EncodedBodies {
  std::vector<std::string> bodies;
  Encoded counts;
};

// All at once, for few events.
EncodedBodies encode_test_cycle(const TestCycle& cycle, size_t most_bytes = kMostBodyBytes);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_TEST_CYCLE_ENCODER_H_
