#include "collector/payload/document_shape.h"

#include <optional>
#include <string>

#include "collector/model/error_codes.h"
#include "collector/payload/msgpack_walk.h"

namespace alibi::payload {
namespace {

Error not_payload(std::string what) {
  return Error{collector::kNotPayload, 0, std::move(what)};
}

Result<void> check_version(std::string_view raw, std::string_view list, uint64_t expected) {
  const UnpackedValue version(raw);
  const std::optional<uint64_t> number = version.root() ? number_of(*version.root()) : std::nullopt;
  if (number == expected) return {};
  const std::string found = number ? "version " + std::to_string(*number) : "a version that is no number";
  return Error{collector::kPayloadVersion, 0,
               "a body of \"" + std::string(list) + "\" has " + found + "; only version " +
                   std::to_string(expected) + " is known"};
}

}  // namespace

Result<DocumentShape> document_shape(std::string_view document, std::string_view list, uint64_t version) {
  const std::string named = "a body of \"" + std::string(list) + "\" ";
  MsgpackWalk walk(document);
  const std::optional<uint64_t> members = walk.map();
  if (!members) return not_payload(named + "does not begin as a msgpack map");
  DocumentShape shape;
  std::string_view version_bytes;
  for (uint64_t member = 0; member < *members; ++member) {
    const std::optional<std::string_view> key_bytes = walk.value();
    const std::optional<std::string_view> value = walk.value();
    if (!key_bytes || !value) return not_payload(named + "is cut short or damaged");
    const std::optional<std::string_view> key = MsgpackWalk(*key_bytes).text();
    if (key == "version") version_bytes = *value;
    if (key == "metadata") shape.metadata = *value;
    if (key == list) shape.events = *value;
  }
  if (!walk.at_end()) return not_payload(named + "is followed by something else");
  if (version_bytes.empty()) return not_payload(named + "has no version");
  if (const Result<void> checked = check_version(version_bytes, list, version); !checked)
    return checked.error();
  if (!MsgpackWalk(shape.events).array()) return not_payload(named + "has no list of that name");
  return shape;
}

void each_event(std::string_view events, const std::function<void(std::string_view)>& take) {
  MsgpackWalk walk(events);
  const uint64_t count = walk.array().value_or(0);
  for (uint64_t event = 0; event < count; ++event) {
    const std::optional<std::string_view> bytes = walk.value();
    if (!bytes) return;
    take(*bytes);
  }
}

}  // namespace alibi::payload
