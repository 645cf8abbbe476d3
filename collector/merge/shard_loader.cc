#include "collector/merge/shard_loader.h"

#include <utility>

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

ShardContent content_of(const shard::Shard& shard, const std::string& name) {
  ShardContent content;
  content.name = name;
  content.process_id = shard.header.process_id;
  content.process = shard.process;
  content.files = shard.files;
  content.codes = shard.codes;
  content.names = shard.names;
  content.outlines = shard.outlines;
  content.contexts = shard.contexts;
  content.hits.reserve(shard.hits.size());
  for (const shard::HitRange& range : shard.hits) content.hits.push_back(range.entries);
  content.inputs = shard.inputs;
  content.charges = shard.charges;
  content.test_ends = shard.test_ends;
  content.state_writes = shard.state_writes;
  content.drops = shard.drops;
  content.imported = shard.imported;
  content.collected = shard.collected;
  content.closed = shard.closed.has_value();
  content.damaged = shard.losses.damaged();
  content.torn_bytes = shard.losses.torn_bytes;
  content.uncommitted_entries = shard.losses.uncommitted_entries;
  content.damage = describe(shard.losses);
  return content;
}

Result<LoadedShards> load_shards(const std::string& directory,
                                 const std::function<void(size_t, size_t)>& progress) {
  Result<shard::SessionFiles> files = shard::list_session(directory);
  if (!files) return std::move(files).error();
  LoadedShards loaded;
  for (const std::string& name : files->lost) {
    loaded.lost.push_back(DamagedShard{name, "a child process could not make its shard", 0, true});
  }
  const size_t total = files->shards.size();
  loaded.shards.reserve(total);
  for (const std::string& name : files->shards) {
    Result<shard::Shard> shard = shard::Shard::read(directory + "/" + name);
    if (shard) {
      loaded.bytes += shard->file_bytes;
      loaded.shards.push_back(std::move(*shard));
      loaded.contents.push_back(content_of(loaded.shards.back(), name));
    } else {
      loaded.lost.push_back(DamagedShard{name, shard.error().message, 0, true});
    }
    if (progress) progress(loaded.shards.size() + loaded.lost.size(), total);
  }
  return loaded;
}

}  // namespace alibi::collector
