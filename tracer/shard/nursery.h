// Places for the shards of forked children: one file that a process maps before it forks. A child writes its
// shard into memory that it has inherited: no file to make, to list, to open and to remove again for a child
// that runs a few lines. One that outgrows its place moves into a file of its own (ShardWriter).
//
// Used by recording::Session, under its caller's lock, and by the readers of session directories. Several
// processes claim places at the same time. Never holds a descriptor open, never writes to a place itself.
#ifndef ALIBI_TRACER_SHARD_NURSERY_H_
#define ALIBI_TRACER_SHARD_NURSERY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tracer/base/file_system.h"
#include "tracer/base/mapped_file.h"
#include "tracer/base/result.h"
#include "tracer/shard/format.h"

namespace alibi::shard {

// A place that a child may write its shard into: all zeros. Lives as long as its nursery.
struct Place {
  std::span<std::byte> bytes;
  uint64_t random = 0;  // of the shard's name, which says where it lies
};

class Nursery {
 public:
  // `random` tells it from the others of its session; the low 16 bits do not count.
  static Result<std::unique_ptr<Nursery>> create(const FileSystem& files, const std::string& directory,
                                                 uint64_t random, uint32_t places);

  std::optional<Place> claim();  // nothing: all are taken
  uint32_t places_left() const;

 private:
  Nursery(MappedFile memory, uint64_t random) : memory_(std::move(memory)), random_(random) {}
  uint32_t places() const;

  MappedFile memory_;
  uint64_t random_;
};

// Of a session directory. The names of the shards in a nursery, as far as they are complete.
Result<std::vector<std::string>> shards_in_nursery(const std::string& path);
// The bytes, a place of them, of the shard that would have this path if it had a file.
Result<std::vector<std::byte>> read_place(const std::string& shard_path);

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_NURSERY_H_
