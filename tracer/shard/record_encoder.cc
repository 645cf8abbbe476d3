#include "tracer/base/bytes.h"
#include "tracer/shard/record_codec.h"

namespace alibi::shard {
namespace {

ByteWriter fresh(Payload* out) {
  out->clear();
  return ByteWriter(out);
}

template <typename Enumeration>
uint8_t byte_of(Enumeration value) {
  return static_cast<uint8_t>(value);
}

void put(ByteWriter* out, const Hash128& hash) {
  out->u64(hash.low);
  out->u64(hash.high);
}

}  // namespace

RecordType encode(const model::ProcessRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u8(byte_of(record.role));
  to.u32(record.parent_pid);
  to.text(record.worker);
  to.text(record.interpreter);
  to.text(record.strategy);
  to.text(record.root);
  to.text(record.parent_shard);
  to.u64(record.parent_bytes);
  return RecordType::kProcess;
}

RecordType encode(const model::FileRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.file.value);
  to.u8(record.unreadable ? 1 : 0);
  to.u64(record.size);
  put(&to, record.hash);
  to.text(record.path);
  return RecordType::kFile;
}

RecordType encode(const model::CodeRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.base.value);
  to.u32(record.span);
  to.u32(record.file.value);
  to.u32(record.first_line);
  to.u8(byte_of(record.kind));
  to.u32(record.scope_line);
  put(&to, record.fingerprint);
  to.text(record.qualified_name);
  return RecordType::kCode;
}

RecordType encode(const model::NamesRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.base.value);
  to.u32(static_cast<uint32_t>(record.names.size()));
  for (const model::NameReference& name : record.names) {
    to.u8(byte_of(name.kind));
    to.u16(name.level);
    to.text(name.name);
  }
  return RecordType::kNames;
}

RecordType encode(const model::OutlineRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.file.value);
  to.u32(record.first_line);
  to.text(record.lines);
  to.u32(static_cast<uint32_t>(record.functions.size()));
  for (const model::OutlineFunction& function : record.functions) {
    to.u32(function.line);
    to.text(function.name);
  }
  return RecordType::kOutline;
}

RecordType encode(const model::ContextRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.u8(byte_of(record.kind));
  to.u32(record.parent.value);
  to.text(record.name);
  to.text(record.scope);
  return RecordType::kContext;
}

RecordType encode(const model::CommitRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u64(record.payload_offset);
  to.u32(record.first);
  to.u32(record.count);
  to.u64(record.checksum);
  return RecordType::kCommit;
}

RecordType encode(const model::InputRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.u8(byte_of(record.kind));
  to.u8(byte_of(record.state));
  put(&to, record.hash);
  to.text(record.subject);
  to.text(record.detail);
  return RecordType::kInput;
}

RecordType encode(const model::ChargeRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.user.value);
  to.u32(record.used.value);
  return RecordType::kCharge;
}

RecordType encode(const model::TestEndRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.u8(byte_of(record.outcome));
  to.u64(record.duration_ns);
  to.text(record.reason);
  return RecordType::kTestEnd;
}

RecordType encode(const model::StateWriteRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.u32(record.file.value);
  to.u8(byte_of(record.kind));
  to.text(record.name);
  to.text(record.attribute);
  return RecordType::kStateWrite;
}

RecordType encode(const model::DropRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.u32(record.reason);
  to.u64(record.count);
  return RecordType::kDrop;
}

RecordType encode(const model::ImportedRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.text(record.module);
  to.text(record.path);
  return RecordType::kImported;
}

RecordType encode(const model::CollectedRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.text(record.test_id);
  return RecordType::kCollected;
}

RecordType encode(const model::NoteRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.text(record.text);
  return RecordType::kNote;
}

RecordType encode(const model::OriginRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.text(record.shard);
  to.text(record.program);
  to.text(record.command);
  return RecordType::kOrigin;
}

RecordType encode(const model::StartedRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u32(record.context.value);
  to.u32(record.process_id);
  to.u8(byte_of(record.recording));
  to.text(record.program);
  to.text(record.command);
  return RecordType::kStarted;
}

RecordType encode(const model::OverlapRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.text(record.user_shard);
  to.u32(record.user.value);
  to.text(record.used_shard);
  return RecordType::kOverlap;
}

RecordType encode(const model::ClosedRecord& record, Payload* out) {
  ByteWriter to = fresh(out);
  to.u64(record.hit_entries);
  to.u64(record.contexts);
  return RecordType::kClosed;
}

}  // namespace alibi::shard
