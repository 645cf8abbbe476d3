// Writes the shard of one process through a shared mapping: each store is in the page cache at once and
// outlives a SIGKILL. Used by recording::Session, under its caller's lock. Never holds a descriptor open
// between segments (tests close descriptors they do not know, and a foreign file must never be grown in place
// of ours), never reads back, never retries: after an error its owner stops using it. Destroying it unmaps
// and writes nothing.
#ifndef ALIBI_TRACER_SHARD_WRITER_H_
#define ALIBI_TRACER_SHARD_WRITER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tracer/base/clock.h"
#include "tracer/base/file_system.h"
#include "tracer/base/process_identity.h"
#include "tracer/base/result.h"
#include "tracer/shard/format.h"
#include "tracer/shard/nursery.h"
#include "tracer/shard/record_codec.h"
#include "tracer/shard/session_directory.h"
#include "tracer/shard/stream_state.h"

namespace alibi::shard {

// Where the inline append path looks: entries go to **next until it equals **limit. Both are pointed at
// nothing (next == limit) whenever there is no open hit block.
struct HitCursor {
  uint32_t** next = nullptr;
  uint32_t** limit = nullptr;

  void disarm() const { *limit = *next; }
};

struct WriterOptions {
  std::string directory;  // absolute and existing
  uint64_t session_id = 0;
  // Of segments and hit blocks: the first, then each twice the one before up to the largest.
  uint32_t first_segment_bytes = kDefaultSegmentBytes;
  uint32_t segment_bytes = kDefaultSegmentBytes;
  uint32_t first_block_entries = kHitBlockEntries;
  const FileSystem* files = &FileSystem::real();
  const Clock* clock = &Clock::real();
};

class ShardWriter {
 public:
  // The file gets its final name (the place, if there is one, its header) once the process record and the
  // origin (null: not a started process) are in it. `identity` names the shard: in a place, its random is the
  // place's.
  static Result<std::unique_ptr<ShardWriter>> create(const WriterOptions& options,
                                                     const ProcessIdentity& identity, const HitCursor& cursor,
                                                     const model::ProcessRecord& process,
                                                     const model::OriginRecord* origin = nullptr,
                                                     const Place* place = nullptr);

  Result<void> append(RecordType type, PayloadView payload);
  // One entry when the inline path found no room: opens the next block when there is none or it is full.
  // Allocates nothing but a segment.
  Result<void> append_hit(uint32_t entry);
  // Vouches for all entries so far.
  Result<void> commit_hits();
  // Commits and writes the last record. Needs no new space: every segment keeps a reserve for it.
  Result<void> close(uint64_t contexts_defined);
  // Evidence is lost from here on: one drop record into the reserve, so that even a full disk says so.
  void write_last_words(const model::DropRecord& drop);

  // What the stream said before the entry at `next`, in this process or, right after fork(), in its parent:
  // the mapping is only read, and only below `next`, where the parent stores nothing any more.
  StreamState stream_state(const uint32_t* next) const;

  const std::string& file_name() const { return file_name_; }
  std::string path() const { return options_.directory + "/" + file_name_; }
  uint64_t bytes_written() const { return segment_offset_ + used_; }  // where the next record will start

 private:
  enum class Reserve : bool { kKeep, kMayUse };

  ShardWriter(const WriterOptions& options, const HitCursor& cursor) : options_(options), cursor_(cursor) {}
  ProcessName process_name() const;
  std::string temporary_path() const;
  FileHeader new_header(uint32_t version) const;
  Result<void> create_file();
  Result<MappedFile> begin_file(const UniqueFd& file, uint64_t bytes);
  void begin_place(const Place& place);
  void publish_place();
  Result<void> move_out();
  Result<void> next_segment(uint64_t offset, uint64_t record_bytes, const UniqueFd& file);
  uint64_t segment_bytes(uint64_t wanted, uint64_t record_bytes) const;
  void begin_segment(MappedFile mapped, uint64_t offset);
  Result<UniqueFd> reopen() const;
  Result<std::byte*> room_for(uint64_t record_bytes, Reserve reserve);
  void store_record(std::byte* at, RecordType type, PayloadView payload);
  Result<void> open_block();
  Result<void> commit(Reserve reserve);
  uint32_t block_used() const;

  const WriterOptions options_;
  const HitCursor cursor_;
  ProcessIdentity identity_;
  std::string file_name_;
  uint64_t device_ = 0;  // of our file, to notice when the path names another one
  uint64_t inode_ = 0;

  std::byte* place_ = nullptr;  // in a nursery, while the shard lies there

  MappedFile segment_;  // takes records
  uint64_t segment_offset_ = 0;
  uint64_t segment_index_ = 0;
  uint64_t used_ = 0;

  MappedFile block_segment_;  // the older segment that still holds the open block, if it does
  uint32_t* block_ = nullptr;
  uint64_t block_offset_ = 0;   // of its payload in the file
  uint32_t block_entries_ = 0;  // of the open block, or of the one before it
  uint32_t committed_ = 0;      // entries of the block vouched for
  uint64_t earlier_entries_ = 0;
  StreamState state_at_block_;
};

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_WRITER_H_
