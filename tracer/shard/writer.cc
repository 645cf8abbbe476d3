#include "tracer/shard/writer.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "tracer/base/hash.h"
#include "tracer/shard/session_directory.h"

namespace alibi::shard {
namespace {

constexpr uint64_t align_up(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}
constexpr uint64_t record_bytes(uint64_t payload_bytes) {
  return align_up(sizeof(RecordHeader) + payload_bytes, kRecordAlignment);
}

constexpr uint64_t kCommitPayload = 8 + 4 + 4 + 8;
constexpr uint64_t kDropPayload = 4 + 4 + 8;
constexpr uint64_t kClosedPayload = 8 + 8;
// Kept free at the end of each segment for what is written when no new segment can be had.
constexpr uint64_t kReserveBytes =
    record_bytes(kCommitPayload) + record_bytes(kDropPayload) + record_bytes(kClosedPayload);

// Mapped stores survive SIGKILL in program order; the release store keeps the compiler from moving the
// payload behind the words that make it visible.
void publish(std::byte* at, uint32_t low, uint32_t high) {
  std::atomic_ref<uint64_t> word(*reinterpret_cast<uint64_t*>(at));
  word.store(uint64_t{high} << 32 | low, std::memory_order_release);
}

}  // namespace

Result<std::unique_ptr<ShardWriter>> ShardWriter::create(
    const WriterOptions& options, const ProcessIdentity& identity, const HitCursor& cursor,
    const model::ProcessRecord& process, const model::OriginRecord* origin, const Place* place) {
  std::unique_ptr<ShardWriter> writer(new ShardWriter(options, cursor));
  writer->identity_ = identity;
  writer->file_name_ = shard_name(writer->process_name());

  Payload payload;
  const RecordType type = encode(process, &payload);
  // What would leave next to nothing of a place has a file from the start.
  const bool fits = place != nullptr && payload.size() <= kPlaceBytes / 2;
  Result<void> made;
  if (fits)
    writer->begin_place(*place);
  else
    made = writer->create_file();
  if (made.ok()) made = writer->append(type, payload);
  if (made.ok() && origin != nullptr) {
    const RecordType origin_type = encode(*origin, &payload);
    made = writer->append(origin_type, payload);
  }
  if (made.ok() && fits)
    writer->publish_place();
  else if (made.ok())
    made = options.files->rename(writer->temporary_path(), writer->path());
  if (made.ok()) return writer;
  options.files->remove(writer->temporary_path());
  Error error = std::move(made).error();
  if (error.code != ErrorCode::kDiskFull && error.code != ErrorCode::kOutOfMemory)
    error.code = ErrorCode::kCannotCreate;
  error.message = "cannot create a shard in " + options.directory + ": " + error.message;
  return error;
}

ProcessName ShardWriter::process_name() const {
  return {identity_.pid, identity_.start_ticks, identity_.random};
}

std::string ShardWriter::temporary_path() const {
  return options_.directory + "/" + temporary_name(process_name());
}

FileHeader ShardWriter::new_header(uint32_t version) const {
  FileHeader header{};
  header.magic = kFileMagic;
  header.version = version;
  header.header_bytes = sizeof(FileHeader);
  header.process_id = identity_.pid;
  header.process_start = identity_.start_ticks;
  header.session_id = options_.session_id;
  header.created_unix_ns = options_.clock->unix_ns();
  header.checksum = hash64(&header, offsetof(FileHeader, checksum));
  return header;
}

Result<MappedFile> ShardWriter::begin_file(const UniqueFd& file, uint64_t bytes) {
  const Result<FileStatus> status = options_.files->status(file);
  if (!status.ok()) return status.error();
  device_ = status->device;
  inode_ = status->inode;
  if (auto space = options_.files->allocate(file, 0, bytes); !space.ok()) return std::move(space).error();
  return options_.files->map(file, 0, bytes);
}

Result<void> ShardWriter::create_file() {
  const Result<UniqueFd> file = options_.files->create(temporary_path());
  if (!file.ok()) return file.error();
  const uint64_t bytes = segment_bytes(options_.first_segment_bytes, 0);
  Result<MappedFile> page = begin_file(*file, kSegmentAlignment + bytes);
  if (!page.ok()) return std::move(page).error();
  const FileHeader header = new_header(kFormatVersion);
  std::memcpy(page->bytes(), &header, sizeof header);
  page->drop_front(kSegmentAlignment);
  begin_segment(std::move(page).value(), kSegmentAlignment);
  return {};
}

void ShardWriter::begin_place(const Place& place) {
  place_ = place.bytes.data();
  begin_segment(MappedFile::part_of(place.bytes.subspan(kPlacedSegment)), kPlacedSegment);
}

void ShardWriter::publish_place() {
  const FileHeader header = new_header(kNurseryVersion);
  std::memcpy(place_ + sizeof header.magic, &header.version, sizeof header - sizeof header.magic);
  publish(place_, static_cast<uint32_t>(header.magic), static_cast<uint32_t>(header.magic >> 32));
}

// Into a file of its own, which holds for its readers as soon as it is there. Nothing is recorded meanwhile:
// whatever writes entries is serialised by the caller, as this is.
Result<void> ShardWriter::move_out() {
  const Result<UniqueFd> file = options_.files->create(temporary_path());
  if (!file.ok()) return file.error();
  Result<MappedFile> moved = begin_file(*file, kPlaceBytes);
  Result<void> made = moved.ok() ? Result<void>() : Result<void>(std::move(moved).error());
  if (made.ok()) {
    std::memcpy(moved->bytes(), place_, kPlaceBytes);
    made = options_.files->rename(temporary_path(), path());
  }
  if (!made.ok()) {
    options_.files->remove(temporary_path());
    return made;
  }
  if (block_ != nullptr) {
    const auto in_file = [&](const uint32_t* entry) {
      return reinterpret_cast<uint32_t*>(moved->bytes() +
                                         (reinterpret_cast<const std::byte*>(entry) - place_));
    };
    block_ = in_file(block_);
    *cursor_.next = in_file(*cursor_.next);
    *cursor_.limit = in_file(*cursor_.limit);
  }
  moved->drop_front(kPlacedSegment);
  segment_ = std::move(moved).value();
  place_ = nullptr;
  return {};
}

Result<UniqueFd> ShardWriter::reopen() const {
  Result<UniqueFd> file = options_.files->open_to_write(path());
  if (!file.ok()) return file;
  const Result<FileStatus> status = options_.files->status(*file);
  if (!status.ok()) return status.error();
  if (status->device != device_ || status->inode != inode_) {
    return Error{ErrorCode::kCannotCreate, 0, "another file took the place of the shard " + path()};
  }
  return file;
}

Result<void> ShardWriter::next_segment(uint64_t offset, uint64_t record_bytes, const UniqueFd& file) {
  const uint64_t bytes = segment_bytes(2 * segment_.length(), record_bytes);
  if (auto space = options_.files->allocate(file, offset, bytes); !space.ok()) return space;
  Result<MappedFile> mapped = options_.files->map(file, offset, bytes);
  if (!mapped.ok()) return mapped.error();
  begin_segment(std::move(mapped).value(), offset);
  return {};
}

uint64_t ShardWriter::segment_bytes(uint64_t wanted, uint64_t record_bytes) const {
  const uint64_t needed = align_up(sizeof(SegmentHeader) + record_bytes + kReserveBytes, kSegmentAlignment);
  wanted = align_up(std::min<uint64_t>(wanted, options_.segment_bytes), kSegmentAlignment);
  return std::max(wanted, needed);
}

void ShardWriter::begin_segment(MappedFile mapped, uint64_t offset) {
  const size_t bytes = mapped.length();
  // The open block stays where it is until it is full: at most two segments are mapped.
  if (block_ != nullptr && !block_segment_.valid()) block_segment_ = std::move(segment_);
  segment_index_ = segment_.valid() || block_segment_.valid() ? segment_index_ + 1 : 0;
  segment_ = std::move(mapped);
  segment_offset_ = offset;
  used_ = sizeof(SegmentHeader);

  SegmentHeader header{kSegmentMagic, static_cast<uint32_t>(bytes), segment_index_, 0};
  header.checksum = hash64(&header, offsetof(SegmentHeader, checksum), options_.session_id);
  std::byte* const at = segment_.bytes();
  std::memcpy(at + sizeof(uint64_t), reinterpret_cast<const std::byte*>(&header) + sizeof(uint64_t),
              sizeof header - sizeof(uint64_t));
  publish(at, header.magic, header.bytes);
}

Result<std::byte*> ShardWriter::room_for(uint64_t record_bytes, Reserve reserve) {
  const uint64_t kept = reserve == Reserve::kKeep ? kReserveBytes : 0;
  if (used_ + record_bytes + kept > segment_.length()) {
    if (place_ != nullptr) {
      if (auto moved = move_out(); !moved.ok()) return std::move(moved).error();
    }
    const Result<UniqueFd> file = reopen();
    if (!file.ok()) return file.error();
    const uint64_t end = segment_offset_ + segment_.length();
    if (auto made = next_segment(end, record_bytes, *file); !made.ok()) return std::move(made).error();
  }
  std::byte* const at = segment_.bytes() + used_;
  used_ += record_bytes;
  return at;
}

void ShardWriter::store_record(std::byte* at, RecordType type, PayloadView payload) {
  const uint64_t checksum = hash64(payload.data(), payload.size(), static_cast<uint64_t>(type));
  std::memcpy(at + offsetof(RecordHeader, checksum), &checksum, sizeof checksum);
  std::memcpy(at + sizeof(RecordHeader), payload.data(), payload.size());
  publish(at, static_cast<uint32_t>(payload.size()), static_cast<uint32_t>(type));
}

Result<void> ShardWriter::append(RecordType type, PayloadView payload) {
  if (payload.size() > kMaxPayloadBytes) return Error{ErrorCode::kInvalidArgument, 0, "record too large"};
  Result<std::byte*> at = room_for(record_bytes(payload.size()), Reserve::kKeep);
  if (!at.ok()) return std::move(at).error();
  store_record(*at, type, payload);
  return {};
}

uint32_t ShardWriter::block_used() const {
  return block_ == nullptr ? 0 : static_cast<uint32_t>(*cursor_.next - block_);
}

Result<void> ShardWriter::open_block() {
  if (block_ != nullptr) {
    if (auto committed = commit(Reserve::kKeep); !committed.ok()) return committed;
    state_at_block_.advance({block_, block_used()});
    earlier_entries_ += block_used();
    block_ = nullptr;
    *cursor_.next = nullptr;
    *cursor_.limit = nullptr;
    block_segment_ = MappedFile();
  }
  block_entries_ =
      block_entries_ == 0 ? options_.first_block_entries : std::min(2 * block_entries_, kHitBlockEntries);
  const auto payload_bytes = static_cast<uint32_t>(block_entries_ * sizeof(uint32_t));
  Result<std::byte*> at = room_for(record_bytes(payload_bytes), Reserve::kKeep);
  if (!at.ok()) return std::move(at).error();
  publish(*at, payload_bytes, static_cast<uint32_t>(RecordType::kHits));
  block_ = reinterpret_cast<uint32_t*>(*at + sizeof(RecordHeader));
  block_offset_ = segment_offset_ + static_cast<uint64_t>(*at - segment_.bytes()) + sizeof(RecordHeader);
  committed_ = 0;
  *cursor_.next = block_;
  *cursor_.limit = block_ + block_entries_;
  return {};
}

Result<void> ShardWriter::append_hit(uint32_t entry) {
  if (*cursor_.next == *cursor_.limit) {
    if (auto opened = open_block(); !opened.ok()) return opened;
  }
  *(*cursor_.next)++ = entry;
  return {};
}

Result<void> ShardWriter::commit_hits() {
  return commit(Reserve::kKeep);
}

Result<void> ShardWriter::commit(Reserve reserve) {
  const uint32_t used = block_used();
  if (used == committed_) return {};
  Result<std::byte*> at = room_for(record_bytes(kCommitPayload), reserve);
  if (!at.ok()) return std::move(at).error();
  struct {
    uint64_t offset;
    uint32_t first;
    uint32_t count;
    uint64_t checksum;
  } const payload{block_offset_, committed_, used - committed_,
                  hash64(block_ + committed_, (used - committed_) * sizeof(uint32_t))};
  static_assert(sizeof payload == kCommitPayload);
  store_record(*at, RecordType::kCommit, std::as_bytes(std::span(&payload, 1)));
  committed_ = used;
  return {};
}

Result<void> ShardWriter::close(uint64_t contexts_defined) {
  if (auto committed = commit(Reserve::kMayUse); !committed.ok()) return committed;
  Result<std::byte*> at = room_for(record_bytes(kClosedPayload), Reserve::kMayUse);
  if (!at.ok()) return std::move(at).error();
  const uint64_t payload[] = {earlier_entries_ + block_used(), contexts_defined};
  store_record(*at, RecordType::kClosed, std::as_bytes(std::span(payload)));
  return {};
}

void ShardWriter::write_last_words(const model::DropRecord& drop) {
  if (!segment_.valid() || used_ + record_bytes(kDropPayload) > segment_.length()) return;
  struct {
    uint32_t context;
    uint32_t reason;
    uint64_t count;
  } const payload{drop.context.value, drop.reason, drop.count};
  static_assert(sizeof payload == kDropPayload);
  std::byte* const at = segment_.bytes() + used_;
  used_ += record_bytes(kDropPayload);
  store_record(at, RecordType::kDrop, std::as_bytes(std::span(&payload, 1)));
}

StreamState ShardWriter::stream_state(const uint32_t* next) const {
  StreamState state = state_at_block_;
  if (block_ != nullptr) state.advance({block_, static_cast<size_t>(next - block_)});
  return state;
}

}  // namespace alibi::shard
