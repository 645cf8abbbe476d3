#include "collector/payload/test_cycle_encoder.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "collector/payload/event_rules.h"

namespace alibi::payload {
namespace {

void pack_tags(const Tags& tags, Packer* out) {
  out->map(tags.size());
  for (const auto& [key, value] : tags) {
    out->text(key, kMostTagCharacters);
    out->text(value, kMostTagCharacters);
  }
}

// JSON, into which intakes turn events, has no word for the others.
size_t finite_in(const Metrics& metrics) {
  return static_cast<size_t>(
      std::ranges::count_if(metrics, [](const auto& metric) { return std::isfinite(metric.second); }));
}

void pack_metrics(const Metrics& metrics, size_t finite, Packer* out) {
  out->map(finite);
  for (const auto& [key, value] : metrics) {
    if (!std::isfinite(value)) continue;
    out->text(key, kMostTagCharacters);
    out->real(value);
  }
}

std::string head_of(const Metadata& metadata) {
  Packer out;
  out.map(3);
  out.literal("version");
  out.number(1);
  out.literal("metadata");
  out.map(metadata.by_type.size());
  for (const auto& [type, tags] : metadata.by_type) {
    out.text(type);
    pack_tags(tags, &out);
  }
  out.literal("events");
  return std::string(out.bytes());
}

void pack_field(std::string_view name, uint64_t value, Packer* out) {
  out->literal(name);
  out->number(value);
}

void pack_field(std::string_view name, std::string_view value, Packer* out) {
  out->literal(name);
  out->text(value);
}

// In the order in which they are written; those that the type does not have are 0.
struct Ids {
  std::pair<std::string_view, uint64_t> of[5];
  size_t count() const {
    return static_cast<size_t>(std::ranges::count_if(of, [](const auto& id) { return id.second != 0; }));
  }
};

Ids ids_of(const Event& event) {
  const bool runs = event.type == EventType::kTest || event.type == EventType::kSpan;
  const bool in_session = event.type != EventType::kSpan;
  const bool in_module = in_session && event.type != EventType::kSession;
  const bool in_suite = in_module && event.type != EventType::kModule;
  return {{{"test_session_id", in_session ? event.session_id : 0},
           {"test_module_id", in_module ? event.module_id : 0},
           {"test_suite_id", in_suite ? event.suite_id : 0},
           {"trace_id", runs ? event.trace_id : 0},
           {"span_id", runs ? event.span_id : 0}}};
}

void pack_type(const Event& event, Packer* out) {
  out->literal("type");
  if (event.type != EventType::kSpan)
    out->literal(type_name(event.type));
  else if (event.span_type.empty())
    out->nothing();
  else
    out->text(event.span_type);
}

void pack_content(const Event& event, size_t finite_metrics, Packer* out) {
  constexpr size_t kAlwaysThere = 9;
  const Ids ids = ids_of(event);
  const bool correlated = !event.correlation_id.empty();
  out->map(kAlwaysThere + ids.count() + (event.parent_id ? 1 : 0) + (correlated ? 1 : 0));
  for (const auto& [name, id] : ids.of) {
    if (id != 0) pack_field(name, id, out);
  }
  if (event.parent_id) pack_field("parent_id", *event.parent_id, out);
  pack_field("name", event.name, out);
  pack_field("resource", event.resource, out);
  pack_field("service", event.service, out);
  pack_field("error", uint64_t{event.error}, out);
  pack_field("start", event.start_ns, out);
  pack_field("duration", event.duration_ns, out);
  out->literal("meta");
  pack_tags(event.meta, out);
  out->literal("metrics");
  pack_metrics(event.metrics, finite_metrics, out);
  pack_type(event, out);
  if (correlated) pack_field("itr_correlation_id", event.correlation_id, out);
}

}  // namespace

TestCycleEncoder::TestCycleEncoder(const Metadata& metadata, BodySink sink, size_t most_bytes)
    : batches_(head_of(metadata), std::move(sink), most_bytes) {}

void TestCycleEncoder::add(const Event& event) {
  if (const std::string_view fault = fault_of(event); !fault.empty()) return batches_.leave_out(fault);
  const size_t finite = finite_in(event.metrics);
  if (finite != event.metrics.size())
    batches_.leave_out_parts("metric that is no finite number", event.metrics.size() - finite);
  Packer& out = batches_.packer();
  out.map(3);
  out.literal("type");
  out.literal(type_name(event.type));
  pack_field("version", uint64_t{version_of(event)}, &out);
  out.literal("content");
  pack_content(event, finite, &out);
  batches_.event_ended();
}

Encoded TestCycleEncoder::finish() {
  return batches_.finish();
}

EncodedBodies encode_test_cycle(const TestCycle& cycle, size_t most_bytes) {
  EncodedBodies encoded;
  TestCycleEncoder encoder(
      cycle.metadata, [&](std::string_view body, size_t) { encoded.bodies.emplace_back(body); }, most_bytes);
  for (const Event& event : cycle.events) encoder.add(event);
  encoded.counts = encoder.finish();
  return encoded;
}

}  // namespace alibi::payload
