// Records to payload bytes and back, exactly as FORMAT.md lists them. Used by recording (encode) and the
// reader (decode). Pure; decode trusts nothing: false for bytes that are too short, too long, or hold a value
// outside its enumeration. Decoded texts borrow the payload.
#ifndef ALIBI_TRACER_SHARD_RECORD_CODEC_H_
#define ALIBI_TRACER_SHARD_RECORD_CODEC_H_

#include <cstddef>
#include <span>
#include <vector>

#include "tracer/model/records.h"
#include "tracer/shard/format.h"

namespace alibi::shard {

using Payload = std::vector<std::byte>;
using PayloadView = std::span<const std::byte>;

// Each replaces what `out` holds, keeping its capacity, and returns the type to write it under.
RecordType encode(const model::ProcessRecord& record, Payload* out);
RecordType encode(const model::FileRecord& record, Payload* out);
RecordType encode(const model::CodeRecord& record, Payload* out);
RecordType encode(const model::NamesRecord& record, Payload* out);
RecordType encode(const model::OutlineRecord& record, Payload* out);
RecordType encode(const model::ContextRecord& record, Payload* out);
RecordType encode(const model::CommitRecord& record, Payload* out);
RecordType encode(const model::InputRecord& record, Payload* out);
RecordType encode(const model::ChargeRecord& record, Payload* out);
RecordType encode(const model::TestEndRecord& record, Payload* out);
RecordType encode(const model::StateWriteRecord& record, Payload* out);
RecordType encode(const model::DropRecord& record, Payload* out);
RecordType encode(const model::ImportedRecord& record, Payload* out);
RecordType encode(const model::CollectedRecord& record, Payload* out);
RecordType encode(const model::NoteRecord& record, Payload* out);
RecordType encode(const model::OriginRecord& record, Payload* out);
RecordType encode(const model::StartedRecord& record, Payload* out);
RecordType encode(const model::OverlapRecord& record, Payload* out);
RecordType encode(const model::ClosedRecord& record, Payload* out);

[[nodiscard]] bool decode(PayloadView payload, model::ProcessRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::FileRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::CodeRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::NamesRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::OutlineRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::ContextRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::CommitRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::InputRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::ChargeRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::TestEndRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::StateWriteRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::DropRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::ImportedRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::CollectedRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::NoteRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::OriginRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::StartedRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::OverlapRecord* record);
[[nodiscard]] bool decode(PayloadView payload, model::ClosedRecord* record);

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_RECORD_CODEC_H_
