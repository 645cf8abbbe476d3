// Small messages with something in every field: what golden files hold and hostile tests damage.
#ifndef ALIBI_TESTS_UNIT_PAYLOAD_EXAMPLE_EVENTS_H_
#define ALIBI_TESTS_UNIT_PAYLOAD_EXAMPLE_EVENTS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collector/payload/coverage_events.h"
#include "collector/payload/test_events.h"

namespace alibi::testing {

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  std::string digits;
  for (const char c : hex) {
    if (c != ' ' && c != '\n') digits += c;
  }
  for (size_t at = 0; at + 1 < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  return bytes;
}

inline std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
    hex += "0123456789abcdef"[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

// msgpack of another make, to judge ours and to write what ours would not.
inline nlohmann::json unpacked(std::string_view bytes) {
  return nlohmann::json::from_msgpack(bytes.begin(), bytes.end());
}
inline std::string packed(const nlohmann::json& value) {
  const std::vector<uint8_t> bytes = nlohmann::json::to_msgpack(value);
  return {bytes.begin(), bytes.end()};
}

inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline payload::Event example_event(payload::EventType type) {
  payload::Event event;
  event.type = type;
  event.trace_id = 181257710430794205U;
  event.span_id = 0xFFFFFFFFFFFFFFFEU;
  event.session_id = 3092544557440932001U;
  event.module_id = 335121599888767851U;
  event.suite_id = 200;
  event.name = "pytest.test";
  event.resource = "test_adds[1-2]";
  event.service = "demo";
  event.start_ns = 1'795'251'772'793'576'885U;
  event.duration_ns = 1'468'344;
  event.meta = {{"span.kind", "test"}, {"test.name", "test_adds[1-2]"}, {"test.status", "pass"}};
  event.metrics = {{"_dd.top_level", 1}, {"test.itr.tests_skipping.count", 2.5}};
  return event;
}

inline payload::TestCycle example_cycle() {
  using payload::EventType;
  payload::TestCycle cycle;
  cycle.metadata.by_type = {{"*", {{"language", "python"}, {"env", "ci"}}},
                            {"test", {{"test_session.name", "pytest"}}}};
  for (const EventType type :
       {EventType::kTest, EventType::kSpan, EventType::kSuite, EventType::kModule, EventType::kSession})
    cycle.events.push_back(example_event(type));
  payload::Event& test = cycle.events[0];
  test.parent_id = 1;
  test.correlation_id = "corr123";
  test.error = true;
  test.meta.emplace_back("error.message", "1 \xE2\x89\xA0 2");
  payload::Event& span = cycle.events[1];
  span.parent_id = 0xFFFFFFFFFFFFFFFEU;
  span.span_id = 7;
  span.name = "http.request";
  span.meta.clear();
  span.metrics.clear();
  return cycle;
}

inline std::vector<payload::CoverageEvent> example_coverage() {
  return {{1, 2, uint64_t{0x021affdc5c4c0d83}, {{"lib/a.py", {1, 3, 5, 7, 8, 9, 16}}, {"lib/b.py", {}}}},
          {1, 0xFFFFFFFFFFFFFFFFU, std::nullopt, {{"tests/test_a.py", {255, 256, 300}}}}};
}

}  // namespace alibi::testing

#endif  // ALIBI_TESTS_UNIT_PAYLOAD_EXAMPLE_EVENTS_H_
