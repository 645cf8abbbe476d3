#include "collector/watch/known_paths.h"

#include <algorithm>

namespace alibi::watch {
namespace {

// From the last dot of the name on; the whole name when it has none.
std::string ending_of(const std::string& path) {
  const std::string name = name_of(path);
  const size_t dot = name.rfind('.');
  return dot == std::string::npos || dot == 0 ? name : name.substr(dot);
}

}  // namespace

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {};
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_below(std::string_view path, std::string_view folder) {
  if (folder == "/") return path.starts_with('/');
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

void KnownPaths::add_read(std::string_view path) {
  read_.emplace(path);
}
void KnownPaths::add_listed(std::string_view folder) {
  listed_.emplace(folder);
}
void KnownPaths::add_written(std::string_view path) {
  written_.emplace(path);
}
void KnownPaths::add_written_folder(std::string_view path) {
  written_folders_.emplace(path);
}
void KnownPaths::add_test_file(std::string_view name) {
  endings_.insert(ending_of(std::string(name)));
}

bool KnownPaths::matters(const Change& change) const {
  if (read_.contains(change.path)) return true;
  return change.kind != ChangeKind::kModified && listed_.contains(folder_of(change.path));
}

bool KnownPaths::is_written(const std::string& path) const {
  if (written_.contains(path)) return true;
  for (std::string folder = path; folder.size() > 1; folder = folder_of(folder)) {
    if (written_folders_.contains(folder)) return true;
  }
  return false;
}

bool KnownPaths::may_hold_tests(const std::string& path) const {
  const std::string ending = ending_of(path);
  return ending == ".py" || endings_.contains(ending);
}

std::vector<std::string> KnownPaths::folders() const {
  absl::flat_hash_set<std::string> found(listed_);
  for (const std::string& path : read_) found.insert(folder_of(path));
  std::vector<std::string> sorted(found.begin(), found.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace alibi::watch
