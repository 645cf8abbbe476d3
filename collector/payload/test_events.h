// What a citestcycle body says, as plain values: one document of test, suite, module, session and span
// events.
//
// Made by ship (of a session's evidence) and by the decoder (of what clients of `alibi serve` send); encoded
// by the encoder. Source: the intake's protocol, PAYLOAD.md. No behaviour, no clock, no network.
#ifndef ALIBI_COLLECTOR_PAYLOAD_TEST_EVENTS_H_
#define ALIBI_COLLECTOR_PAYLOAD_TEST_EVENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace alibi::payload {

enum class EventType : uint8_t { kTest, kSuite, kModule, kSession, kSpan };

// In the order in which they are written; each key once.
using Tags = std::vector<std::pair<std::string, std::string>>;
using Metrics = std::vector<std::pair<std::string, double>>;

// One execution of a test, or the end of a suite, module or session. Ids are random and never 0 where the
// type has them; 0: the event has none.
struct Event {
  EventType type = EventType::kTest;
  uint32_t version = 0;  // 0: the usual one of the type, 2 of tests and 1 of the others
  uint64_t trace_id = 0;
  uint64_t span_id = 0;
  std::optional<uint64_t> parent_id;
  uint64_t session_id = 0;
  uint64_t module_id = 0;
  uint64_t suite_id = 0;
  std::string correlation_id;  // of the answer about skippable tests; empty: none
  std::string name;            // "pytest.test"
  std::string resource;
  std::string service;
  bool error = false;
  uint64_t start_ns = 0;  // since 1970
  uint64_t duration_ns = 0;
  std::string span_type;  // only of spans; of all others it follows from `type`
  Tags meta;
  Metrics metrics;
};

// Tags of many events at once: those under "*" of all, those under an event type's name of that type.
struct Metadata {
  std::vector<std::pair<std::string, Tags>> by_type;
};

struct TestCycle {
  Metadata metadata;
  std::vector<Event> events;
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_TEST_EVENTS_H_
