#include "collector/store/hashed_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "collector/store/disk.h"
#include "tracer/model/fingerprint.h"

namespace alibi::store {
namespace {

// One file is copied in seconds; clocks of machines that share a folder differ by minutes at most.
constexpr time_t kTemporaryLifetimeSeconds = 3600;
constexpr size_t kFolderDigits = 2;
constexpr size_t kHashDigits = 32;

bool is_abandoned(const struct stat& status) {
  return status.st_mtime + kTemporaryLifetimeSeconds < std::time(nullptr);
}

}  // namespace

std::string hashed_path(const std::string& folder, const Hash128& hash, const char* suffix) {
  const std::string digits = model::to_hex(hash);
  return folder + "/" + digits.substr(0, kFolderDigits) + "/" + digits.substr(kFolderDigits) + suffix;
}

void remove_files(const std::string& directory, const std::function<bool(const std::string&)>& is_used,
                  Removal removal, RemovedFiles* removed) {
  for (const std::string& name : names_in(directory)) {
    if (!is_temporary_name(name) && is_used(name)) continue;
    const std::string path = directory + "/" + name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) continue;
    if (is_temporary_name(name) && !is_abandoned(status)) continue;
    if (removal == Removal::kRemove && ::unlink(path.c_str()) != 0) continue;
    removed->files += 1;
    removed->bytes += static_cast<uint64_t>(status.st_size);
  }
}

RemovedFiles remove_unused(const std::string& folder, const std::vector<Hash128>& used, Removal removal) {
  std::vector<std::string> kept;
  kept.reserve(used.size());
  for (const Hash128& hash : used) kept.push_back(model::to_hex(hash));
  std::sort(kept.begin(), kept.end());
  RemovedFiles removed;
  for (const std::string& part : names_in(folder)) {
    const auto is_used = [&](const std::string& name) {
      const std::string digits = (part + name).substr(0, kHashDigits);
      return part.size() == kFolderDigits && std::binary_search(kept.begin(), kept.end(), digits);
    };
    remove_files(folder + "/" + part, is_used, removal, &removed);
  }
  return removed;
}

void remove_old_temporaries(const std::string& directory) {
  for (const std::string& name : names_in(directory)) {
    if (!is_temporary_name(name)) continue;
    const std::string path = directory + "/" + name;
    struct stat status {};
    if (::lstat(path.c_str(), &status) == 0 && is_abandoned(status)) ::unlink(path.c_str());
  }
}

void remove_old_temporaries_below(const std::string& folder) {
  for (const std::string& part : names_in(folder)) remove_old_temporaries(folder + "/" + part);
}

}  // namespace alibi::store
