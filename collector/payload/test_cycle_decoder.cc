#include "collector/payload/test_cycle_decoder.h"

#include <absl/container/flat_hash_map.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "collector/payload/document_shape.h"
#include "collector/payload/event_rules.h"
#include "collector/payload/msgpack_walk.h"
#include "collector/payload/sendable_text.h"

namespace alibi::payload {
namespace {

using Fault = std::string_view;  // a literal; empty: none

// Of keys that come twice the last counts, as it does for whoever reads a map into a dictionary.
template <typename Value>
class UniqueKeys {
 public:
  explicit UniqueKeys(size_t most) { entries_.reserve(most); }

  void set(std::string_view key, Value value) {
    std::string name = sendable_copy(key, kMostTagCharacters);
    if (const auto found = places_.find(name); found != places_.end()) {
      entries_[found->second].second = std::move(value);
      return;
    }
    entries_.emplace_back(std::move(name), std::move(value));
    places_.emplace(entries_.back().first, entries_.size() - 1);  // reserved: the text does not move
  }
  std::vector<std::pair<std::string, Value>> take() { return std::move(entries_); }

 private:
  std::vector<std::pair<std::string, Value>> entries_;
  absl::flat_hash_map<std::string_view, size_t> places_;
};

Tags tags_of(const msgpack_object_map& map, LeftOut* left_out) {
  UniqueKeys<std::string> tags(map.size);
  for (uint32_t at = 0; at < map.size; ++at) {
    const auto key = text_of(map.ptr[at].key);
    const auto value = text_of(map.ptr[at].val);
    if (!key || key->empty())
      left_out->add("tag without a name");
    else if (!value)
      left_out->add("tag that is no text");
    else
      tags.set(*key, sendable_copy(*value, kMostTagCharacters));
  }
  return tags.take();
}

std::optional<double> real_of(const msgpack_object& value) {
  switch (value.type) {
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
      return static_cast<double>(value.via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
      return static_cast<double>(value.via.i64);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
      return std::isfinite(value.via.f64) ? std::optional(value.via.f64) : std::nullopt;
    default:
      return std::nullopt;
  }
}

Metrics metrics_of(const msgpack_object_map& map, LeftOut* left_out) {
  UniqueKeys<double> metrics(map.size);
  for (uint32_t at = 0; at < map.size; ++at) {
    const auto key = text_of(map.ptr[at].key);
    const auto value = real_of(map.ptr[at].val);
    if (!key || key->empty())
      left_out->add("metric without a name");
    else if (!value)
      left_out->add("metric that is no finite number");
    else
      metrics.set(*key, *value);
  }
  return metrics.take();
}

// What was there, of the members that have to be.
struct Present {
  bool resource = false;
  bool error = false;
  bool start = false;
  bool duration = false;
};

bool is_nil(const msgpack_object& value) {
  return value.type == MSGPACK_OBJECT_NIL;
}

Fault read_text(const msgpack_object& value, std::string* text, Fault wrong) {
  const auto found = text_of(value);
  if (!found) return is_nil(value) ? Fault() : wrong;
  *text = sendable_copy(*found);
  return {};
}

Fault read_id(const msgpack_object& value, uint64_t* id) {
  const auto found = number_of(value);
  if (!found) return is_nil(value) ? Fault() : Fault("id that is no unsigned number");
  *id = *found;
  return {};
}

Fault read_time(const msgpack_object& value, uint64_t* time, bool* present) {
  const auto found = number_of(value);
  if (!found) return is_nil(value) ? Fault() : Fault("time that is no unsigned number");
  *time = *found;
  *present = true;
  return {};
}

Fault read_error(const msgpack_object& value, Event* event, Present* present) {
  if (is_nil(value)) return {};
  if (value.type == MSGPACK_OBJECT_BOOLEAN)
    event->error = value.via.boolean;
  else if (value.type == MSGPACK_OBJECT_POSITIVE_INTEGER || value.type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
    event->error = value.via.i64 != 0;
  else
    return "error that is no number";
  present->error = true;
  return {};
}

uint64_t* id_named(std::string_view key, Event* event) {
  if (key == "trace_id") return &event->trace_id;
  if (key == "span_id") return &event->span_id;
  if (key == "test_session_id") return &event->session_id;
  if (key == "test_module_id") return &event->module_id;
  if (key == "test_suite_id") return &event->suite_id;
  return nullptr;
}

Fault read_parent(const msgpack_object& value, Event* event) {
  uint64_t parent = 0;
  const Fault fault = read_id(value, &parent);
  if (fault.empty() && !is_nil(value)) event->parent_id = parent;
  return fault;
}

Fault read_maps(std::string_view key, const msgpack_object& value, Event* event, LeftOut* left_out) {
  if (is_nil(value)) return {};
  if (value.type != MSGPACK_OBJECT_MAP)
    return key == "meta" ? "meta that is no map" : "metrics that are no map";
  if (key == "meta")
    event->meta = tags_of(value.via.map, left_out);
  else
    event->metrics = metrics_of(value.via.map, left_out);
  return {};
}

Fault read_member(std::string_view key, const msgpack_object& value, Event* event, Present* present,
                  LeftOut* left_out) {
  if (uint64_t* const id = id_named(key, event)) return read_id(value, id);
  if (key == "meta" || key == "metrics") return read_maps(key, value, event, left_out);
  if (key == "start") return read_time(value, &event->start_ns, &present->start);
  if (key == "duration") return read_time(value, &event->duration_ns, &present->duration);
  if (key == "error") return read_error(value, event, present);
  if (key == "name") return read_text(value, &event->name, "name that is no text");
  if (key == "service") return read_text(value, &event->service, "service that is no text");
  if (key == "resource") {
    present->resource = !is_nil(value);
    return read_text(value, &event->resource, "resource that is no text");
  }
  if (key == "itr_correlation_id")
    return read_text(value, &event->correlation_id, "itr_correlation_id that is no text");
  if (key == "parent_id") return read_parent(value, event);
  if (key == "type" && event->type == EventType::kSpan)
    return read_text(value, &event->span_type, "span type that is no text");
  return {};
}

Fault read_content(const msgpack_object_map& content, Event* event, LeftOut* left_out) {
  Present present;
  for (uint32_t at = 0; at < content.size; ++at) {
    const auto key = text_of(content.ptr[at].key);
    if (!key) continue;
    const Fault fault = read_member(*key, content.ptr[at].val, event, &present, left_out);
    if (!fault.empty()) return fault;
  }
  if (!present.resource) return "no resource";
  if (!present.error) return "no error";
  if (!present.start) return "no start";
  if (!present.duration) return "no duration";
  return fault_of(*event);
}

Fault read_event(const msgpack_object& root, Event* event, LeftOut* left_out) {
  if (root.type != MSGPACK_OBJECT_MAP) return "event that is no map";
  const msgpack_object* content = nullptr;
  std::string_view type_text;
  for (uint32_t at = 0; at < root.via.map.size; ++at) {
    const msgpack_object& value = root.via.map.ptr[at].val;
    const auto key = text_of(root.via.map.ptr[at].key);
    if (key == "content") content = &value;
    if (key == "type") type_text = text_of(value).value_or(std::string_view());
    if (key == "version") {
      const auto number = number_of(value);
      if (!number || *number > UINT32_MAX) return "event version that is no number";
      event->version = static_cast<uint32_t>(*number);
    }
  }
  const std::optional<EventType> type = type_named(type_text);
  if (!type) return "unknown type of event";
  if (content == nullptr || content->type != MSGPACK_OBJECT_MAP) return "event without content";
  event->type = *type;
  return read_content(content->via.map, event, left_out);
}

Metadata metadata_of(std::string_view bytes, LeftOut* left_out) {
  if (bytes.empty()) return {};
  const UnpackedValue value(bytes);
  const msgpack_object* const root = value.root();
  if (root == nullptr || root->type != MSGPACK_OBJECT_MAP) {
    if (root == nullptr || !is_nil(*root)) left_out->add("metadata that is no map");
    return {};
  }
  UniqueKeys<Tags> by_type(root->via.map.size);
  for (uint32_t at = 0; at < root->via.map.size; ++at) {
    const auto type = text_of(root->via.map.ptr[at].key);
    const msgpack_object& tags = root->via.map.ptr[at].val;
    if (type && tags.type == MSGPACK_OBJECT_MAP)
      by_type.set(*type, tags_of(tags.via.map, left_out));
    else
      left_out->add("metadata that is no map");
  }
  return {by_type.take()};
}

}  // namespace

Result<DecodedTestCycle> decode_test_cycle(std::string_view body) {
  const Result<DocumentShape> shape = document_shape(body, "events", 1);
  if (!shape) return shape.error();
  DecodedTestCycle decoded;
  decoded.cycle.metadata = metadata_of(shape->metadata, &decoded.tags_left_out);
  each_event(shape->events, [&](std::string_view bytes) {
    const UnpackedValue value(bytes);
    if (value.root() == nullptr) return decoded.left_out.add("event nested too deeply or of too many values");
    Event event;
    LeftOut tags_left_out;
    if (const Fault fault = read_event(*value.root(), &event, &tags_left_out); !fault.empty())
      return decoded.left_out.add(fault);
    decoded.tags_left_out.add(tags_left_out);
    decoded.cycle.events.push_back(std::move(event));
  });
  return decoded;
}

}  // namespace alibi::payload
