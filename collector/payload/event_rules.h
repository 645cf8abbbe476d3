// What the protocol says of every event, whoever made it: its type's name and version, and what makes it one
// that no intake takes. Used by the encoder before sending and by the decoder after reading. Pure.
#ifndef ALIBI_COLLECTOR_PAYLOAD_EVENT_RULES_H_
#define ALIBI_COLLECTOR_PAYLOAD_EVENT_RULES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "collector/payload/test_events.h"

namespace alibi::payload {

inline constexpr uint64_t kEarliestStart = 946'684'800'000'000'000;  // 2000-01-01, as the intake has it
inline constexpr uint64_t kLatestTime = INT64_MAX;                   // intakes keep signed numbers

std::string_view type_name(EventType type);  // "test_suite_end"
std::optional<EventType> type_named(std::string_view name);
uint32_t usual_version(EventType type);  // 2 of tests, 1 of the others
uint32_t version_of(const Event& event);

// Why an intake would drop the event (a literal); empty when it is as it has to be. A test of version 1 is
// one of a client that reports tests without sessions.
std::string_view fault_of(const Event& event);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_EVENT_RULES_H_
