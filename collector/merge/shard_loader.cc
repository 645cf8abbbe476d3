#include "collector/merge/shard_loader.h"

#include <utility>

#include "tracer/shard/format.h"
#include "tracer/shard/session_directory.h"

namespace alibi::collector {
namespace {

void describe(uint64_t count, const char* what, std::string* text) {
  if (count == 0) return;
  if (!text->empty()) *text += ", ";
  *text += std::to_string(count) + " " + what;
}

std::string describe(const shard::ReadLosses& losses) {
  std::string text;
  describe(losses.torn_bytes, "bytes torn", &text);
  describe(losses.missing_segments, "segments missing", &text);
  describe(losses.invalid_records, "records invalid", &text);
  describe(losses.failed_commits, "commits with a wrong checksum", &text);
  describe(losses.undefined_entries, "hits of unknown lines", &text);
  return text;
}

}  // namespace

LoadedShard::LoadedShard(shard::Shard shard, const std::string& name) : shard_(std::move(shard)) {
  content_.name = name;
  content_.process_id = shard_.header.process_id;
  content_.process = shard_.process;
  content_.files = std::move(shard_.files);
  content_.codes = std::move(shard_.codes);
  content_.names = std::move(shard_.names);
  content_.outlines = std::move(shard_.outlines);
  content_.contexts = std::move(shard_.contexts);
  content_.hits.reserve(shard_.hits.size());
  for (const shard::HitRange& range : shard_.hits) content_.hits.push_back(range.entries);
  content_.inputs = std::move(shard_.inputs);
  content_.charges = std::move(shard_.charges);
  content_.test_ends = std::move(shard_.test_ends);
  content_.state_writes = std::move(shard_.state_writes);
  content_.drops = std::move(shard_.drops);
  content_.imported = std::move(shard_.imported);
  content_.collected = std::move(shard_.collected);
  content_.notes = std::move(shard_.notes);
  content_.origin = shard_.origin;
  content_.started = std::move(shard_.started);
  content_.overlaps = std::move(shard_.overlaps);
  content_.closed = shard_.closed.has_value();
  content_.damaged = shard_.losses.damaged();
  content_.torn_bytes = shard_.losses.torn_bytes;
  content_.uncommitted_entries = shard_.losses.uncommitted_entries;
  content_.damage = describe(shard_.losses);
}

Result<ShardDirectory> ShardDirectory::open(const std::string& directory, uint64_t kept_bytes) {
  Result<shard::SessionFiles> files = shard::list_session(directory);
  if (!files) return std::move(files).error();
  ShardDirectory opened(directory, std::move(files->shards), kept_bytes);
  for (const std::string& name : files->lost) {
    opened.lost_.push_back(DamagedShard{name, "a child process could not make its shard", 0, true});
  }
  for (const auto& [name, cause] : files->lost_nurseries) {
    opened.lost_.push_back(DamagedShard{name, cause, 0, true});
  }
  if (const uint32_t count = files->lost_unmarked; count != 0) {
    opened.lost_.push_back(
        DamagedShard{shard::kBoardName,
                     std::to_string(count) + " child processes could make no shard, nor say so", 0, true});
  }
  return opened;
}

Result<const ShardContent*> ShardDirectory::read(size_t index) {
  const size_t total = names_.size();
  const bool first_look = reads_ < total;
  if (progress_) progress_(reads_ / total, reads_ % total + 1, total);
  ++reads_;
  if (const auto kept = kept_.find(index); kept != kept_.end()) return &kept->second.content();
  current_.reset();  // before the next one takes its place in memory
  Result<shard::Shard> shard = shard::Shard::read(directory_ + "/" + names_[index]);
  if (!shard) return std::move(shard).error();
  current_.emplace(std::move(*shard), names_[index]);
  if (first_look) bytes_ += current_->bytes();
  if (first_look && current_->bytes() <= room_) {
    room_ -= current_->bytes();
    const auto place = kept_.emplace(index, std::move(*current_)).first;
    current_.reset();
    return &place->second.content();
  }
  return &current_->content();
}

}  // namespace alibi::collector
