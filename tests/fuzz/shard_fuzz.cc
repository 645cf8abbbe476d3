// Fuzzes the shard reader. Random bytes hardly ever carry valid checksums, so the target repairs them: what
// is fuzzed are the fields behind them, not XXH3.
#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "tracer/base/hash.h"
#include "tracer/shard/reader.h"

namespace {

using namespace alibi::shard;  // NOLINT: one purpose
using Bytes = std::vector<std::byte>;

template <typename Header>
void with_header_at(Bytes* bytes, size_t offset, auto&& change) {
  Header header;
  std::memcpy(&header, bytes->data() + offset, sizeof header);
  change(header);
  std::memcpy(bytes->data() + offset, &header, sizeof header);
}

void repair_records(Bytes* bytes, size_t begin, size_t end) {
  size_t at = begin;
  while (at + sizeof(RecordHeader) <= end) {
    size_t next = end;
    with_header_at<RecordHeader>(bytes, at, [&](RecordHeader& header) {
      const size_t payload = at + sizeof(RecordHeader);
      if (header.payload_bytes == 0 || header.payload_bytes > end - payload) return;
      const bool hits = header.type == static_cast<uint32_t>(RecordType::kHits);
      header.checksum = hits ? 0 : alibi::hash64(bytes->data() + payload, header.payload_bytes, header.type);
      next = payload + (header.payload_bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
    });
    at = next;
  }
}

void repair(Bytes* bytes) {
  uint64_t session = 0;
  uint32_t version = 0;
  with_header_at<FileHeader>(bytes, 0, [&](FileHeader& header) {
    header.magic = kFileMagic;
    if (header.version != kNurseryVersion) header.version = kFormatVersion;
    version = header.version;
    header.header_bytes = sizeof(FileHeader);
    header.checksum = alibi::hash64(&header, offsetof(FileHeader, checksum));
    session = header.session_id;
  });
  size_t at = version == kNurseryVersion ? kPlacedSegment : kSegmentAlignment;
  while (at + sizeof(SegmentHeader) <= bytes->size()) {
    size_t segment = 0;
    with_header_at<SegmentHeader>(bytes, at, [&](SegmentHeader& header) {
      header.checksum = alibi::hash64(&header, offsetof(SegmentHeader, checksum), session);
      segment = header.bytes;
    });
    const size_t end = std::min(bytes->size(), at + std::max<size_t>(segment, kSegmentAlignment));
    repair_records(bytes, at + sizeof(SegmentHeader), end);
    at = (end + kSegmentAlignment - 1) / kSegmentAlignment * kSegmentAlignment;
  }
}

// Touches everything that a shard delivers, so that a sanitizer sees borrowed memory that is not there.
uint64_t walk(const Shard& shard) {
  uint64_t sum = shard.losses.torn_bytes + shard.process.root.size();
  const auto add = [&sum](std::string_view text) {
    for (const char byte : text) sum += static_cast<unsigned char>(byte);
  };
  for (const HitRange& range : shard.hits) {
    for (const uint32_t entry : range.entries) {
      if (entry == 0) __builtin_trap();
      sum += entry;
    }
  }
  for (const auto& file : shard.files) add(file.path);
  for (const auto& code : shard.codes) add(code.qualified_name);
  for (const auto& names : shard.names) {
    for (const auto& name : names.names) add(name.name);
  }
  for (const auto& context : shard.contexts) add(context.name), add(context.scope);
  for (const auto& input : shard.inputs) add(input.subject), add(input.detail);
  for (const auto& end : shard.test_ends) add(end.reason);
  for (const auto& write : shard.state_writes) add(write.name), add(write.attribute);
  for (const auto& collected : shard.collected) add(collected.test_id);
  for (const auto& imported : shard.imported) add(imported.module), add(imported.path);
  return sum + shard.definitions_before(shard.file_bytes / 2).codes;
}

volatile uint64_t sink;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto raw = std::as_bytes(std::span(data, size));
  if (const auto shard = Shard::from_bytes(raw); shard.ok()) sink = walk(*shard);
  if (size < sizeof(FileHeader)) return 0;
  Bytes bytes(raw.begin(), raw.end());
  repair(&bytes);
  if (const auto shard = Shard::from_bytes(bytes); shard.ok()) sink = walk(*shard);
  return 0;
}
