#include "collector/payload/event_rules.h"

namespace alibi::payload {
namespace {

bool has_run_ids(EventType type) {
  return type == EventType::kTest || type == EventType::kSpan;
}

std::string_view missing_id(const Event& event) {
  if (has_run_ids(event.type)) {
    if (event.trace_id == 0) return "no trace_id";
    if (event.span_id == 0) return "no span_id";
  }
  if (event.type == EventType::kSpan || (event.type == EventType::kTest && version_of(event) == 1)) return {};
  if (event.session_id == 0) return "no test_session_id";
  if (event.type == EventType::kSession) return {};
  if (event.module_id == 0) return "no test_module_id";
  if (event.type == EventType::kModule) return {};
  return event.suite_id == 0 ? "no test_suite_id" : std::string_view();
}

}  // namespace

std::string_view type_name(EventType type) {
  switch (type) {
    case EventType::kTest:
      return "test";
    case EventType::kSuite:
      return "test_suite_end";
    case EventType::kModule:
      return "test_module_end";
    case EventType::kSession:
      return "test_session_end";
    case EventType::kSpan:
      return "span";
  }
  return {};
}

std::optional<EventType> type_named(std::string_view name) {
  for (const EventType type :
       {EventType::kTest, EventType::kSuite, EventType::kModule, EventType::kSession, EventType::kSpan}) {
    if (type_name(type) == name) return type;
  }
  return std::nullopt;
}

uint32_t usual_version(EventType type) {
  return type == EventType::kTest ? 2 : 1;
}

uint32_t version_of(const Event& event) {
  return event.version == 0 ? usual_version(event.type) : event.version;
}

std::string_view fault_of(const Event& event) {
  const std::string_view missing = missing_id(event);
  if (!missing.empty()) return missing;
  if (event.name.empty()) return "no name";
  if (event.start_ns < kEarliestStart) return "start before 2000";
  if (event.start_ns > kLatestTime) return "start after 2262";
  if (event.duration_ns > kLatestTime) return "duration longer than 292 years";
  return {};
}

}  // namespace alibi::payload
