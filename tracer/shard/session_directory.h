// The directory that the processes of one session share: which files in it are shards. Used by the writer for
// names and by the collector for listing. Reads and names only, never deletes.
#ifndef ALIBI_TRACER_SHARD_SESSION_DIRECTORY_H_
#define ALIBI_TRACER_SHARD_SESSION_DIRECTORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::shard {

struct ProcessName {
  uint32_t process_id = 0;
  uint64_t process_start = 0;  // clock ticks since boot
  uint64_t random = 0;         // two shards of one process (closed, opened again) differ in it
};

std::string shard_name(const ProcessName& process);  // "<pid>-<start>-<16 hex digits>.shard"
// Left by a forked child that executed project code but could not make its shard: its evidence is lost.
std::string lost_name(const ProcessName& process);       // the same with ".lost"
std::string nursery_name(uint64_t random);               // "<the first 12 of 16 hex digits>.nursery"
std::string temporary_name(const ProcessName& process);  // the same with ".shard.new": not complete yet

// The last part of the name of a shard; nothing for what is no such name.
std::optional<uint64_t> random_of_shard(std::string_view file_name);
uint64_t nursery_random(std::string_view file_name);  // of a name of a nursery

enum class EntryKind { kShard, kLost, kNursery, kForeign };
EntryKind entry_kind(std::string_view file_name);

struct SessionFiles {
  // File names, sorted. Some are of no file: these shards lie in a nursery, where Shard::read finds them.
  std::vector<std::string> shards;
  std::vector<std::string> lost;  // as above
  // Nurseries that cannot be read, each with its cause: the shards in them are lost.
  std::vector<std::pair<std::string, std::string>> lost_nurseries;
  uint32_t lost_unmarked = 0;  // that could not even leave a mark (another user, a chroot, no descriptors)
};
Result<SessionFiles> list_session(const std::string& directory);

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_SESSION_DIRECTORY_H_
