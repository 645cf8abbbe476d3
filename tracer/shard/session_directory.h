// The directory that the processes of one session share: which files in it are shards. Used by the writer for
// names and by the collector for listing. Reads and names only, never deletes.
#ifndef ALIBI_TRACER_SHARD_SESSION_DIRECTORY_H_
#define ALIBI_TRACER_SHARD_SESSION_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <string_view>
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
std::string temporary_name(const ProcessName& process);  // the same with ".shard.new": not complete yet

enum class EntryKind { kShard, kLost, kForeign };
EntryKind entry_kind(std::string_view file_name);

struct SessionFiles {
  std::vector<std::string> shards;  // file names, sorted
  std::vector<std::string> lost;    // as above
  uint32_t lost_unmarked = 0;  // that could not even leave a mark (another user, a chroot, no descriptors)
};
Result<SessionFiles> list_session(const std::string& directory);

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_SESSION_DIRECTORY_H_
