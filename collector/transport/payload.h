// A body on its way to the intake, and what became of it. Made by ship, sent by intake_client, kept by spool.
// Values; what the bytes mean is the payload layer's.
#ifndef ALIBI_COLLECTOR_TRANSPORT_PAYLOAD_H_
#define ALIBI_COLLECTOR_TRANSPORT_PAYLOAD_H_

#include <cstdint>
#include <string>

#include "collector/transport/routes.h"
#include "tracer/base/error_code.h"

namespace alibi::transport {

enum class Encoding : uint8_t { kPlain = 0, kGzip = 1 };

struct Payload {
  Route route = Route::kTestCycle;
  std::string content_type;
  Encoding encoding = Encoding::kPlain;  // of `body` as it is here; sending packs or unpacks it as needed
  std::string body;
};

enum class Fate : uint8_t {
  kDelivered,   // the intake said so
  kTryLater,    // worth keeping in the spool
  kNeverTaken,  // the intake does not want this body: sending it again changes nothing
};

struct Delivery {
  Fate fate = Fate::kTryLater;
  ErrorCode code{};    // unless delivered
  int status = 0;      // the last one; 0: there was none
  uint32_t tries = 0;  // requests made
  std::string reason;  // one line, without any key; empty when delivered
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_PAYLOAD_H_
