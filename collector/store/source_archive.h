// The contents of the project's source files that evidence rests on: DATA/sources/<2 hex>/<30 hex>.zst, named
// by the XXH3-128 of the content, so that a later revision can be compared with what ran. Used by intake.
//
// Written unsynced, without a list: a file's name is its checksum, so a damaged one is noticed when it is
// read.
#ifndef ALIBI_COLLECTOR_STORE_SOURCE_ARCHIVE_H_
#define ALIBI_COLLECTOR_STORE_SOURCE_ARCHIVE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"
#include "tracer/base/result.h"

struct ZSTD_CCtx_s;

namespace alibi::store {

class SourceArchive {
 public:
  explicit SourceArchive(std::string data) : directory_(std::move(data) + "/sources") {}

  // Keeps the content of every file of the coverage that is still what ran; marks the others as edited and
  // takes the alibi from the tests and the session evidence that touched them (R11). Returns the first reason
  // why a content could not be kept; the evidence is good without it.
  Result<void> keep_sources(collector::SessionCoverage* coverage);

  Result<std::string> read(const Hash128& hash) const;

  struct Removed {
    uint64_t files = 0;
    uint64_t bytes = 0;
  };
  // What cannot be removed stays and is not counted.
  Removed remove_all_but(std::vector<Hash128> used) const;

 private:
  std::string path_of(const Hash128& hash) const;
  Result<void> keep(const Hash128& hash, const std::string& content);

  struct FreeContext {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  std::string directory_;
  // For all files of a session: making one costs more than packing a small file.
  std::unique_ptr<ZSTD_CCtx_s, FreeContext> compressor_;
  std::string packed_;
};

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_SOURCE_ARCHIVE_H_
