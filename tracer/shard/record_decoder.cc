#include "tracer/base/bytes.h"
#include "tracer/shard/record_codec.h"

namespace alibi::shard {
namespace {

// Enumerations count from 1; anything else is no value of this version.
template <typename Enumeration>
bool take(ByteReader* from, Enumeration last, Enumeration* value) {
  const uint8_t number = from->u8();
  *value = static_cast<Enumeration>(number);
  return number >= 1 && number <= static_cast<uint8_t>(last);
}

Hash128 take_hash(ByteReader* from) {
  const uint64_t low = from->u64();
  const uint64_t high = from->u64();
  return {low, high};
}

}  // namespace

bool decode(PayloadView payload, model::ProcessRecord* record) {
  ByteReader from(payload);
  const bool valid = take(&from, model::Role::kChild, &record->role);
  record->parent_pid = from.u32();
  record->worker = from.text();
  record->interpreter = from.text();
  record->strategy = from.text();
  record->root = from.text();
  record->parent_shard = from.text();
  record->parent_bytes = from.u64();
  return valid && from.at_end();
}

bool decode(PayloadView payload, model::FileRecord* record) {
  ByteReader from(payload);
  record->file.value = from.u32();
  const uint8_t flags = from.u8();
  record->unreadable = (flags & 1) != 0;
  record->size = from.u64();
  record->hash = take_hash(&from);
  record->path = from.text();
  return flags <= 1 && record->file.value != 0 && from.at_end();
}

bool decode(PayloadView payload, model::CodeRecord* record) {
  ByteReader from(payload);
  record->base.value = from.u32();
  record->span = from.u32();
  record->file.value = from.u32();
  record->first_line = from.u32();
  const bool valid = take(&from, model::CodeKind::kCompiledName, &record->kind);
  record->scope_line = from.u32();
  record->fingerprint = take_hash(&from);
  record->qualified_name = from.text();
  const uint64_t end = uint64_t{record->base.value} + record->span;
  const uint64_t lines_end = uint64_t{record->first_line} + record->span;
  const bool placed = model::is_name(record->kind)
                          ? record->file.value == 0 && record->first_line == 0 && record->span == 1
                          : record->file.value != 0;
  return valid && placed && from.at_end() && record->base.value >= kFirstProbe && record->span >= 1 &&
         end <= uint64_t{kNumberMask} + 1 && lines_end <= UINT32_MAX;
}

bool decode(PayloadView payload, model::NamesRecord* record) {
  ByteReader from(payload);
  record->base.value = from.u32();
  const uint32_t count = from.u32();
  constexpr size_t kSmallestName = 1 + 2 + 4;
  if (count > from.remaining() / kSmallestName) return false;  // before anything of that size is reserved
  record->names.clear();
  record->names.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    model::NameReference name;
    const bool valid = take(&from, model::NameKind::kDotted, &name.kind);
    name.level = from.u16();
    name.name = from.text();
    if (!valid || !from.ok()) return false;
    record->names.push_back(name);
  }
  return from.at_end();
}

bool decode(PayloadView payload, model::OutlineRecord* record) {
  ByteReader from(payload);
  record->file.value = from.u32();
  record->first_line = from.u32();
  record->lines = from.text();
  const uint32_t count = from.u32();
  constexpr size_t kSmallestFunction = 4 + 4;
  if (count > from.remaining() / kSmallestFunction) return false;
  record->functions.clear();
  record->functions.reserve(count);
  for (uint32_t i = 0; i < count && from.ok(); ++i) {
    const uint32_t line = from.u32();
    record->functions.push_back({line, from.text()});
  }
  const uint64_t lines_end = uint64_t{record->first_line} + 8 * uint64_t{record->lines.size()};
  return from.at_end() && lines_end <= UINT32_MAX && record->file.value != 0;
}

bool decode(PayloadView payload, model::ContextRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  const bool valid = take(&from, model::ContextKind::kCollection, &record->kind);
  record->parent.value = from.u32();
  record->name = from.text();
  record->scope = from.text();
  return valid && from.at_end() && record->context.value != kSessionContext &&
         record->context.value < kNumberMask;
}

bool decode(PayloadView payload, model::CommitRecord* record) {
  ByteReader from(payload);
  record->payload_offset = from.u64();
  record->first = from.u32();
  record->count = from.u32();
  record->checksum = from.u64();
  return from.at_end();
}

bool decode(PayloadView payload, model::InputRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  const bool valid_kind = take(&from, model::InputKind::kOption, &record->kind);
  const bool valid_state = take(&from, model::InputState::kNoValue, &record->state);
  record->hash = take_hash(&from);
  record->subject = from.text();
  record->detail = from.text();
  return valid_kind && valid_state && from.at_end();
}

bool decode(PayloadView payload, model::ChargeRecord* record) {
  ByteReader from(payload);
  record->user.value = from.u32();
  record->used.value = from.u32();
  return from.at_end();
}

bool decode(PayloadView payload, model::TestEndRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  const bool valid = take(&from, model::Outcome::kXpassed, &record->outcome);
  record->duration_ns = from.u64();
  record->reason = from.text();
  return valid && from.at_end();
}

bool decode(PayloadView payload, model::StateWriteRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  record->file.value = from.u32();
  const bool valid = take(&from, model::StateKind::kContainer, &record->kind);
  record->name = from.text();
  record->attribute = from.text();
  return valid && from.at_end();
}

bool decode(PayloadView payload, model::DropRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  record->reason = from.u32();
  record->count = from.u64();
  return from.at_end();
}

bool decode(PayloadView payload, model::ImportedRecord* record) {
  ByteReader from(payload);
  record->module = from.text();
  record->path = from.text();
  return from.at_end();
}

bool decode(PayloadView payload, model::CollectedRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  record->test_id = from.text();
  return from.at_end();
}

bool decode(PayloadView payload, model::NoteRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  record->text = from.text();
  return from.at_end();
}

bool decode(PayloadView payload, model::OriginRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  record->shard = from.text();
  record->program = from.text();
  record->command = from.text();
  return from.at_end();
}

bool decode(PayloadView payload, model::StartedRecord* record) {
  ByteReader from(payload);
  record->context.value = from.u32();
  record->process_id = from.u32();
  const bool valid = take(&from, model::Recording::kNone, &record->recording);
  record->program = from.text();
  record->command = from.text();
  return valid && from.at_end();
}

bool decode(PayloadView payload, model::OverlapRecord* record) {
  ByteReader from(payload);
  record->user_shard = from.text();
  record->user.value = from.u32();
  record->used_shard = from.text();
  return from.at_end();
}

bool decode(PayloadView payload, model::ClosedRecord* record) {
  ByteReader from(payload);
  record->hit_entries = from.u64();
  record->contexts = from.u64();
  return from.at_end();
}

}  // namespace alibi::shard
