#include "tracer/shard/session_directory.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "tracer/base/file_system.h"
#include "tracer/shard/format.h"
#include "tracer/shard/nursery.h"

namespace alibi::shard {
namespace {

constexpr std::string_view kShardSuffix = ".shard";
constexpr std::string_view kLostSuffix = ".lost";
constexpr std::string_view kTemporarySuffix = ".shard.new";
constexpr std::string_view kNurserySuffix = ".nursery";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr size_t kRandomDigits = 16;
constexpr size_t kNurseryDigits = 12;  // the rest number its places

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
         all_in(random, kHexDigits);
}

bool named(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) && is_process_name(name.substr(0, name.size() - suffix.size()));
}

uint64_t number_in_hex(std::string_view digits) {
  uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

// A shard that has outgrown its place has a file of the same name.
void add_nursery(const std::string& directory, std::string name, SessionFiles* files) {
  Result<std::vector<std::string>> placed = shards_in_nursery(directory + "/" + name);
  if (!placed.ok()) {
    files->lost_nurseries.emplace_back(std::move(name), std::move(placed).error().message);
    return;
  }
  for (std::string& shard : *placed) files->shards.push_back(std::move(shard));
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

std::string nursery_name(uint64_t random) {
  char stem[kRandomDigits + 1];
  std::snprintf(stem, sizeof stem, "%016" PRIx64, random);
  return std::string(stem, kNurseryDigits).append(kNurserySuffix);
}

std::optional<uint64_t> random_of_shard(std::string_view file_name) {
  if (entry_kind(file_name) != EntryKind::kShard) return std::nullopt;
  file_name.remove_suffix(kShardSuffix.size());
  return number_in_hex(file_name.substr(file_name.size() - kRandomDigits));
}

uint64_t nursery_random(std::string_view file_name) {
  return number_in_hex(file_name.substr(0, kNurseryDigits)) << 4 * (kRandomDigits - kNurseryDigits);
}

EntryKind entry_kind(std::string_view file_name) {
  if (named(file_name, kShardSuffix)) return EntryKind::kShard;
  if (named(file_name, kLostSuffix)) return EntryKind::kLost;
  const size_t stem = file_name.size() - std::min(file_name.size(), kNurserySuffix.size());
  if (file_name.ends_with(kNurserySuffix) && stem == kNurseryDigits &&
      all_in(file_name.substr(0, stem), kHexDigits))
    return EntryKind::kNursery;
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
      case EntryKind::kNursery:
        add_nursery(directory, std::move(name), &files);
        break;
      case EntryKind::kForeign:
        break;
    }
  }
  std::sort(files.shards.begin(), files.shards.end());
  files.shards.erase(std::unique(files.shards.begin(), files.shards.end()), files.shards.end());
  files.lost_unmarked = lost_on_board(directory + "/" + kBoardName);
  return files;
}

}  // namespace alibi::shard
