// The contents of the project's source files that evidence rests on: DATA/sources/<2 hex>/<30 hex>.zst, named
// by the XXH3-128 of the content, so that a later revision can be compared with what ran. Used by intake and
// by transfers between stores.
//
// Written unsynced, without a list: a file's name is its checksum, so a damaged one is noticed when it is
// read.
#ifndef ALIBI_COLLECTOR_STORE_SOURCE_ARCHIVE_H_
#define ALIBI_COLLECTOR_STORE_SOURCE_ARCHIVE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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

  // A source as it lies there, checked: what transfers copy.
  Result<std::string> read_packed(const Hash128& hash) const;
  Result<void> keep_packed(const Hash128& hash, std::string_view packed) const;
  // Does it lie here? One whose length is not that of `other`'s is read to tell.
  bool has_like(const Hash128& hash, const SourceArchive& other) const;

 private:
  std::string path_of(const Hash128& hash) const;
  Result<std::string> unpack(const Hash128& hash, std::string_view packed) const;
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
