#include "tracer/shard/session_directory.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "tracer/base/file_system.h"
#include "tracer/shard/format.h"

namespace alibi::shard {
namespace {

constexpr std::string_view kShardSuffix = ".shard";
constexpr std::string_view kLostSuffix = ".lost";
constexpr std::string_view kTemporarySuffix = ".shard.new";
constexpr size_t kRandomDigits = 16;

std::string name_with(const ProcessName& process, std::string_view suffix) {
  char stem[64];
  std::snprintf(stem, sizeof stem, "%" PRIu32 "-%" PRIu64 "-%016" PRIx64, process.process_id,
                process.process_start, process.random);
  return std::string(stem).append(suffix);
}

bool all_in(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// "<digits>-<digits>-<16 hex digits>"
bool is_process_name(std::string_view stem) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t first = stem.find('-');
  const size_t last = stem.rfind('-');
  if (first == std::string_view::npos || last == first) return false;
  const std::string_view random = stem.substr(last + 1);
  return all_in(stem.substr(0, first), kDigits) &&
         all_in(stem.substr(first + 1, last - first - 1), kDigits) && random.size() == kRandomDigits &&
         all_in(random, "0123456789abcdef");
}

bool named(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) && is_process_name(name.substr(0, name.size() - suffix.size()));
}

uint32_t lost_on_board(const std::string& path) {
  const Result<UniqueFd> file = FileSystem::real().open_to_read(path);
  BoardHeader header{};
  if (!file.ok()) return 0;
  const Result<size_t> length = FileSystem::real().read(*file, std::as_writable_bytes(std::span(&header, 1)));
  return length.ok() && *length == sizeof header && header.magic == kBoardMagic ? header.lost : 0;
}

}  // namespace

std::string shard_name(const ProcessName& process) {
  return name_with(process, kShardSuffix);
}
std::string lost_name(const ProcessName& process) {
  return name_with(process, kLostSuffix);
}
std::string temporary_name(const ProcessName& process) {
  return name_with(process, kTemporarySuffix);
}

EntryKind entry_kind(std::string_view file_name) {
  if (named(file_name, kShardSuffix)) return EntryKind::kShard;
  if (named(file_name, kLostSuffix)) return EntryKind::kLost;
  return EntryKind::kForeign;
}

Result<SessionFiles> list_session(const std::string& directory) {
  Result<std::vector<std::string>> names = FileSystem::real().names_in(directory);
  if (!names.ok()) return std::move(names).error();
  SessionFiles files;
  for (std::string& name : *names) {
    switch (entry_kind(name)) {
      case EntryKind::kShard:
        files.shards.push_back(std::move(name));
        break;
      case EntryKind::kLost:
        files.lost.push_back(std::move(name));
        break;
      case EntryKind::kForeign:
        break;
    }
  }
  files.lost_unmarked = lost_on_board(directory + "/" + kBoardName);
  return files;
}

}  // namespace alibi::shard
