#include "collector/payload/report_event.h"

#include "collector/model/error_codes.h"
#include "collector/payload/json_text.h"

namespace alibi::payload {
namespace {

constexpr const char* kType = "coverage_report";
constexpr size_t kMostFlags = 32;  // with more the intake would have none of them
constexpr const char* kOwnMembers[] = {"type", "format", "timestamp", "report.flags"};

bool is_own(const std::string& key) {
  for (const char* own : kOwnMembers) {
    if (key == own) return true;
  }
  return false;
}

}  // namespace

std::string encode_report_event(const ReportEvent& event) {
  Json json = {{"type", kType}, {"format", event.format}};
  if (event.timestamp_ms != 0) json["timestamp"] = event.timestamp_ms;
  if (!event.flags.empty() && event.flags.size() <= kMostFlags) json["report.flags"] = event.flags;
  for (const auto& [key, value] : event.tags) {
    if (!is_own(key)) json[key] = value;
  }
  return json_text(json);
}

Result<ReportEvent> parse_report_event(std::string_view json) {
  constexpr const char* kWhat = "the event of a coverage report";
  const Result<Json> object = parse_object(json, kWhat);
  if (!object) return object.error();
  if (text_or_empty(*object, "type") != kType) {
    return Error{collector::kNotPayload, 0,
                 std::string(kWhat) + " cannot be understood: its type is another"};
  }
  ReportEvent event;
  event.format = text_or_empty(*object, "format");
  const Json& timestamp = member(*object, "timestamp");
  if (timestamp.is_number_unsigned()) event.timestamp_ms = timestamp.get<uint64_t>();
  const Json& flags = member(*object, "report.flags");
  if (flags.is_array()) {
    for (const Json& flag : flags) {
      if (flag.is_string() && event.flags.size() < kMostFlags) event.flags.push_back(flag.get<std::string>());
    }
  }
  for (auto& [key, value] : tags_of(*object)) {
    if (!is_own(key)) event.tags.emplace_back(key, value);
  }
  return event;
}

}  // namespace alibi::payload
