#include "tracer/shard/parser.h"

#include <algorithm>
#include <cstring>

#include "tracer/base/hash.h"

namespace alibi::shard {
namespace {

constexpr uint64_t kLargestHits = kHitBlockEntries * sizeof(uint32_t);

bool is_hits(const RecordHeader& header) {
  return static_cast<RecordType>(header.type) == RecordType::kHits && header.payload_bytes != 0 &&
         header.payload_bytes <= kLargestHits && header.payload_bytes % sizeof(uint32_t) == 0;
}

RecordHeader header_at(std::span<const std::byte> bytes, uint64_t offset) {
  RecordHeader header;
  std::memcpy(&header, bytes.data() + offset, sizeof header);
  return header;
}

uint64_t aligned(uint64_t bytes) {
  return (bytes + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
}

}  // namespace

void ShardParser::parse() {
  uint64_t offset = kSegmentAlignment;
  if (shard_.header.version == kNurseryVersion) {
    parse_placed();
    offset = kPlaceBytes;
  }
  while (offset < bytes_.size()) {
    if (const SegmentHeader* const header = segment_at(offset)) {
      parse_segment(offset, *header);
      offset += header->bytes;
      continue;
    }
    const uint64_t next = next_segment_from(offset + kSegmentAlignment);
    // Zeros up to the end are space that was allocated and never used.
    if (next < bytes_.size() || any_nonzero(behind_header_begun(offset), bytes_.size())) {
      shard_.losses.torn_bytes += std::min<uint64_t>(next, bytes_.size()) - offset;
    }
    offset = next;
  }
  finish();
}

// The first segment of a shard that began in a nursery: it has the size that is left of a place.
void ShardParser::parse_placed() {
  const SegmentHeader* const header = segment_at(kPlacedSegment);
  if (header != nullptr && header->bytes == kPlaceBytes - kPlacedSegment && header->index == 0)
    parse_segment(kPlacedSegment, *header);
  else
    shard_.losses.torn_bytes += kPlaceBytes - kPlacedSegment;
}

// Null when there is none. The pointer is into the bytes, which are aligned.
const SegmentHeader* ShardParser::segment_at(uint64_t offset) const {
  if (offset > bytes_.size() || bytes_.size() - offset < sizeof(SegmentHeader)) return nullptr;
  const auto* const header = reinterpret_cast<const SegmentHeader*>(bytes_.data() + offset);
  const uint32_t end = offset == kPlacedSegment ? header->bytes + kPlacedSegment : header->bytes;
  if (header->magic != kSegmentMagic || header->bytes == 0 || end % kSegmentAlignment != 0) return nullptr;
  const uint64_t checksum = hash64(header, offsetof(SegmentHeader, checksum), shard_.header.session_id);
  return checksum == header->checksum ? header : nullptr;
}

// A segment header's first word is stored last: the writer may have been killed just before.
uint64_t ShardParser::behind_header_begun(uint64_t offset) const {
  const bool whole = bytes_.size() - offset >= sizeof(SegmentHeader);
  return whole && !any_nonzero(offset, offset + sizeof(uint64_t)) ? offset + sizeof(SegmentHeader) : offset;
}

uint64_t ShardParser::next_segment_from(uint64_t offset) const {
  while (offset < bytes_.size() && segment_at(offset) == nullptr) offset += kSegmentAlignment;
  return offset;
}

void ShardParser::parse_segment(uint64_t offset, const SegmentHeader& header) {
  ReadLosses& losses = shard_.losses;
  const uint64_t stated_end = offset + header.bytes;
  if (header.index < next_index_) {  // a copy of an earlier one
    losses.torn_bytes += header.bytes;
    return;
  }
  losses.missing_segments += header.index - next_index_;
  next_index_ = header.index + 1;
  // What follows the last record of a full segment is zeros: only the last segment can have a record in the
  // making.
  losses.torn_bytes += tail_.end - tail_.begin;
  tail_ = {};

  const uint64_t end = std::min<uint64_t>(stated_end, bytes_.size());
  losses.torn_bytes += stated_end - end;
  uint64_t at = offset + sizeof(SegmentHeader);
  while (end - at >= sizeof(RecordHeader)) {
    const RecordHeader record = header_at(bytes_, at);
    if (record.payload_bytes == 0 && record.type == 0) break;
    if (!parse_record(at, end, &at)) {
      losses.torn_bytes += end - at;
      return;
    }
  }
  if (any_nonzero(at, end)) tail_ = {at, end};
}

// False: it does not hold, and nothing after it in this segment can be found.
bool ShardParser::parse_record(uint64_t offset, uint64_t end, uint64_t* next) {
  const RecordHeader header = header_at(bytes_, offset);
  const uint64_t payload_offset = offset + sizeof(RecordHeader);
  const uint64_t room = end - payload_offset;
  const auto type = static_cast<RecordType>(header.type);
  if (is_hits(header) && header.checksum == 0) {
    // Of a file cut short, what is left of the block still counts as executed.
    const uint64_t left = std::min<uint64_t>(room, header.payload_bytes);
    deliver_hits(bytes_.subspan(payload_offset, left), payload_offset);
    if (left < header.payload_bytes) return false;
  } else {
    if (header.payload_bytes == 0 || header.payload_bytes > room) return false;
    const PayloadView payload = bytes_.subspan(payload_offset, header.payload_bytes);
    if (!holds(header, payload)) return false;
    deliver(type, payload, offset);
  }
  *next = std::min(end, payload_offset + aligned(header.payload_bytes));
  return true;
}

bool ShardParser::holds(const RecordHeader& header, PayloadView payload) const {
  return hash64(payload.data(), payload.size(), header.type) == header.checksum;
}

bool ShardParser::any_nonzero(uint64_t begin, uint64_t end) const {
  const auto rest = bytes_.subspan(begin, end - begin);
  if (rest.empty() || rest.front() != std::byte{0}) return !rest.empty();
  return std::memcmp(rest.data(), rest.data() + 1, rest.size() - 1) != 0;  // each byte equals its neighbour
}

// A complete record behind a gap cannot be one in the making: a page went missing in between. A tail that
// would take too much hashing to tell counts as damaged.
bool ShardParser::record_follows(const Tail& tail) const {
  uint64_t budget = 8 * (tail.end - tail.begin);
  for (uint64_t at = tail.begin; tail.end - at >= sizeof(RecordHeader); at += kRecordAlignment) {
    const RecordHeader header = header_at(bytes_, at);
    const uint64_t room = tail.end - at - sizeof(RecordHeader);
    if (header.type == 0 || header.payload_bytes == 0 || header.payload_bytes > room) continue;
    if (header.payload_bytes > budget) return true;
    budget -= header.payload_bytes;
    if (holds(header, bytes_.subspan(at + sizeof(RecordHeader), header.payload_bytes))) return true;
    if (is_hits(header)) return true;
  }
  return false;
}

void ShardParser::deliver_hits(PayloadView payload, uint64_t offset) {
  const auto* const first = reinterpret_cast<const uint32_t*>(payload.data());
  const std::span<const uint32_t> entries(first, payload.size() / sizeof(uint32_t));
  const auto end = std::find(entries.begin(), entries.end(), 0u);
  const auto used = static_cast<size_t>(end - entries.begin());
  // Entries are stored one after the other: one behind a gap means that a page between was lost.
  const auto last = std::find_if(entries.rbegin(), entries.rend(), [](uint32_t entry) { return entry != 0; });
  const auto reach = static_cast<size_t>(entries.rend() - last);
  shard_.losses.torn_bytes += (reach - used) * sizeof(uint32_t);
  blocks_.push_back({offset, entries.first(used), 0});
}

void ShardParser::deliver_commit(PayloadView payload) {
  model::CommitRecord commit;
  if (!decode(payload, &commit)) {
    ++shard_.losses.invalid_records;
    return;
  }
  const auto block =
      std::lower_bound(blocks_.begin(), blocks_.end(), commit.payload_offset,
                       [](const Block& candidate, uint64_t offset) { return candidate.offset < offset; });
  const bool found = block != blocks_.end() && block->offset == commit.payload_offset;
  if (!found || commit.first != block->committed || commit.count > block->entries.size() - commit.first ||
      hash64(block->entries.data() + commit.first, commit.count * sizeof(uint32_t)) != commit.checksum) {
    ++shard_.losses.failed_commits;
    return;
  }
  block->committed += commit.count;
}

template <typename Record>
void ShardParser::deliver_to(std::vector<Record>* records, PayloadView payload) {
  Record record;
  if (decode(payload, &record) && is_valid(record)) {
    records->push_back(std::move(record));
  } else {
    ++shard_.losses.invalid_records;
  }
}

template <typename Record>
void ShardParser::define_in(std::vector<Record>* records, PayloadView payload, uint64_t offset) {
  const size_t before = records->size();
  deliver_to(records, payload);
  if (records->size() > before) records->back().offset = offset;
}

void ShardParser::deliver(RecordType type, PayloadView payload, uint64_t offset) {
  if (shard_.closed.has_value()) ++shard_.losses.invalid_records;  // nothing may follow
  switch (type) {
    case RecordType::kProcess: {
      model::ProcessRecord process;
      if (decode(payload, &process)) {
        shard_.process = process;
        process_seen_ = true;
      } else {
        ++shard_.losses.invalid_records;
      }
      return;
    }
    case RecordType::kFile:
      return define_in(&shard_.files, payload, offset);
    case RecordType::kCode:
      return define_in(&shard_.codes, payload, offset);
    case RecordType::kNames:
      return define_in(&shard_.names, payload, offset);
    case RecordType::kOutline:
      return deliver_to(&shard_.outlines, payload);
    case RecordType::kContext:
      return define_in(&shard_.contexts, payload, offset);
    case RecordType::kCommit:
      return deliver_commit(payload);
    case RecordType::kInput:
      return deliver_to(&shard_.inputs, payload);
    case RecordType::kCharge:
      return deliver_to(&shard_.charges, payload);
    case RecordType::kTestEnd:
      return deliver_to(&shard_.test_ends, payload);
    case RecordType::kStateWrite:
      return deliver_to(&shard_.state_writes, payload);
    case RecordType::kDrop:
      return deliver_to(&shard_.drops, payload);
    case RecordType::kImported:
      return deliver_to(&shard_.imported, payload);
    case RecordType::kCollected:
      return deliver_to(&shard_.collected, payload);
    case RecordType::kNote:
      return deliver_to(&shard_.notes, payload);
    case RecordType::kOrigin: {
      model::OriginRecord origin;
      if (decode(payload, &origin)) {
        shard_.origin = origin;
      } else {
        ++shard_.losses.invalid_records;
      }
      return;
    }
    case RecordType::kStarted:
      return deliver_to(&shard_.started, payload);
    case RecordType::kOverlap:
      return deliver_to(&shard_.overlaps, payload);
    case RecordType::kClosed: {
      model::ClosedRecord closed;
      if (decode(payload, &closed)) {
        shard_.closed = closed;
      } else {
        ++shard_.losses.invalid_records;
      }
      return;
    }
    case RecordType::kHits:
      break;  // of another size than this version writes
  }
  ++shard_.losses.invalid_records;
}

void ShardParser::finish() {
  ReadLosses& losses = shard_.losses;
  if (tail_.begin != tail_.end && (shard_.closed.has_value() || record_follows(tail_))) {
    losses.torn_bytes += tail_.end - tail_.begin;
  }
  if (!process_seen_) ++losses.invalid_records;
  deliver_ranges();
  if (!shard_.closed.has_value()) return;
  uint64_t entries = 0;
  for (const Block& block : blocks_) entries += block.entries.size();
  if (shard_.closed->hit_entries != entries) ++losses.count_mismatches;
  if (shard_.closed->contexts != shard_.contexts.size()) ++losses.count_mismatches;
}

void ShardParser::deliver_ranges() {
  for (const Block& block : blocks_) {
    const auto committed = block.entries.first(block.committed);
    const auto rest = block.entries.subspan(block.committed);
    if (!committed.empty()) {
      shard_.hits.push_back({committed, true, block.offset});
      shard_.losses.undefined_entries += undefined_in(committed);
    }
    if (!rest.empty()) {
      shard_.hits.push_back({rest, false, block.offset + committed.size_bytes()});
      shard_.losses.uncommitted_entries += rest.size();
    }
  }
}

}  // namespace alibi::shard
