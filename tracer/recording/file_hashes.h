// Hashes of what tests read: file contents and directory listings, cached while the file stays the same. Used
// by Session, under its caller's lock. Never opens a pipe, a socket or a device, never blocks on one, never
// follows a file without end.
//
// Cost: a content is read once per version of the file, about 0.1 ms per MB. Files above kLargestContent are
// not hashed (state other: a test that reads one always runs) rather than stall the test that opened them.
#ifndef ALIBI_TRACER_RECORDING_FILE_HASHES_H_
#define ALIBI_TRACER_RECORDING_FILE_HASHES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tracer/base/clock.h"
#include "tracer/base/file_system.h"
#include "tracer/base/hash.h"
#include "tracer/model/records.h"
#include "tracer/recording/touched_paths.h"

namespace alibi::recording {

struct Observed {
  model::InputState state = model::InputState::kOther;
  uint64_t size = 0;  // of a file; 0 unless present
  Hash128 hash;       // 0 unless present
};

class FileHashes {
 public:
  FileHashes(const FileSystem* files, const Clock* clock) : files_(files), clock_(clock) {}

  Observed file(const std::string& path);
  // The sorted names in it, each ended by a zero byte; names that tools make as they run do not count.
  Observed directory(const std::string& path);
  // Of the names that the session found where it finds `now`; nothing when they are the same, or new ones
  // have come since.
  std::optional<Hash128> directory_as_found(const std::string& path, const Hash128& now,
                                            const TouchedPaths& touched);

  static constexpr uint64_t kLargestContent = uint64_t{4} << 30;

 private:
  struct StatusHash {
    size_t operator()(const FileStatus& status) const noexcept {
      return static_cast<size_t>(hash64(&status.inode, sizeof status.inode, status.device ^ status.size));
    }
  };
  using Cache = std::unordered_map<FileStatus, Observed, StatusHash>;
  static constexpr size_t kCached = 8192;

  Observed read_file(const std::string& path, FileStatus* status);
  void remember(const FileStatus& status, const Observed& observed);

  const FileSystem* files_;
  const Clock* clock_;
  Cache cache_;  // directories and files: an inode is one or the other, and its type is part of the key
  std::vector<std::byte> buffer_;
};

}  // namespace alibi::recording

#endif  // ALIBI_TRACER_RECORDING_FILE_HASHES_H_
