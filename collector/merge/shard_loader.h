// The shards of a session directory, for merge. Uses the shard reader and nothing else; never writes, and a
// shard that cannot be read never costs another one.
//
// Holds one shard in memory, and besides it the first ones up to kKeptBytes: merge asks for each twice, and
// sessions that fit there are read once.
#ifndef ALIBI_COLLECTOR_MERGE_SHARD_LOADER_H_
#define ALIBI_COLLECTOR_MERGE_SHARD_LOADER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "collector/merge/shard_source.h"
#include "collector/model/loss_report.h"
#include "tracer/base/result.h"
#include "tracer/shard/reader.h"

namespace alibi::collector {

// A shard and what merge sees of it, which borrows from it.
class LoadedShard {
 public:
  LoadedShard(shard::Shard shard, const std::string& name);
  const ShardContent& content() const { return content_; }
  uint64_t bytes() const { return shard_.file_bytes; }

 private:
  shard::Shard shard_;  // its records are in content_ now
  ShardContent content_;
};

class ShardDirectory : public ShardSource {
 public:
  static constexpr uint64_t kKeptBytes = 16 << 20;

  static Result<ShardDirectory> open(const std::string& directory, uint64_t kept_bytes = kKeptBytes);

  size_t size() const override { return names_.size(); }
  const std::string& name(size_t index) const override { return names_[index]; }
  Result<const ShardContent*> read(size_t index) override;

  // Hears how many shards of how many were read, in each of merge's two looks. May be empty.
  void set_progress(std::function<void(size_t look, size_t done, size_t total)> progress) {
    progress_ = std::move(progress);
  }
  // Evidence that never reached a shard.
  const std::vector<DamagedShard>& lost() const { return lost_; }
  uint64_t bytes() const { return bytes_; }  // of all shards that could be read

 private:
  ShardDirectory(std::string directory, std::vector<std::string> names, uint64_t room)
      : directory_(std::move(directory)), names_(std::move(names)), room_(room) {}

  std::string directory_;
  std::vector<std::string> names_;
  std::vector<DamagedShard> lost_;
  absl::flat_hash_map<size_t, LoadedShard> kept_;
  std::optional<LoadedShard> current_;
  std::function<void(size_t, size_t, size_t)> progress_;
  size_t reads_ = 0;
  uint64_t bytes_ = 0;
  uint64_t room_;  // bytes of shards that may still be kept
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_SHARD_LOADER_H_
