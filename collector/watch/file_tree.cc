#include "collector/watch/file_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace alibi::watch {
namespace {

// File systems keep times as coarse as a tick of the kernel, 10 ms at most.
constexpr int64_t kTickNs = 20'000'000;

int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder == "/" ? folder + name : folder + "/" + name;
}

}  // namespace

bool FileTree::Mark::same_as(const Mark& other) const {
  return device == other.device && inode == other.inode && size == other.size &&
         modified_ns == other.modified_ns && changed_ns == other.changed_ns && mode == other.mode;
}

FileTree::FileTree(std::string root, std::string data, IgnoreRules rules, FolderObserver* observer,
                   const Clock* clock)
    : root_(std::move(root)),
      data_(std::move(data)),
      rules_(std::move(rules)),
      observer_(observer),
      clock_(clock) {}

void FileTree::begin(const KnownPaths* known) {
  known_ = known;
  add(root_, Extent::kWhole);
  for (const std::string& folder : known->folders()) {
    if (!is_below(folder, data_)) add(folder, Extent::kKnownFiles);
  }
  changes_.clear();
}

Changes FileTree::look_again(const Places& places) {
  for (const auto& [folder, names] : places) look(folder, &names);
  return take_changes();
}

Changes FileTree::look_at_all() {
  std::set<std::string> all;
  for (const auto& [path, folder] : folders_) all.insert(path);
  for (const std::string& folder : all) look(folder, nullptr);
  return take_changes();
}

bool FileTree::settled() const {
  return std::all_of(folders_.begin(), folders_.end(), [](const auto& folder) {
    const std::map<std::string, Mark>& files = folder.second->files;
    return std::all_of(files.begin(), files.end(), [](const auto& file) { return file.second.settled; });
  });
}

size_t FileTree::files() const {
  size_t count = 0;
  for (const auto& [path, folder] : folders_) {
    count += static_cast<size_t>(std::count_if(
        folder->files.begin(), folder->files.end(),
        [&, &path = path, &folder = folder](const auto& file) { return counts(*folder, path, file.first); }));
  }
  return count;
}

void FileTree::add(const std::string& path, Extent extent) {
  const bool whole = extent == Extent::kWhole;
  std::unique_ptr<Folder>& place = folders_[path];
  if (place != nullptr) {
    if (!whole || place->whole) return;
    place->whole = true;
  } else {
    place = std::make_unique<Folder>();
    place->whole = whole;
    observer_->folder_appeared(path);
  }
  look(path, nullptr);
}

void FileTree::look(const std::string& path, const Names* touched) {
  const auto found = folders_.find(path);
  if (found == folders_.end()) return;
  Folder* folder = found->second.get();  // stays where it is while others are added
  Folder now;
  now.whole = folder->whole;
  if (!list(path, &now)) {
    forget(path);
    return;
  }
  const Folder before = std::exchange(*folder, std::move(now));
  compare_files(path, before, *folder, touched);
  const Below below = folder->below;  // `folder` itself may go while others are looked at
  follow_folders(path, before.below, below);
}

void FileTree::compare_files(const std::string& path, const Folder& before, const Folder& now,
                             const Names* touched) {
  for (const auto& [name, mark] : now.files) {
    const auto known = before.files.find(name);
    if (known == before.files.end()) {
      report(now, path, name, ChangeKind::kCreated);
      continue;
    }
    const bool uncertain = !known->second.settled && (touched == nullptr || touched->contains(name));
    if (uncertain || !known->second.same_as(mark)) report(now, path, name, ChangeKind::kModified);
  }
  for (const auto& [name, mark] : before.files) {
    if (!now.files.contains(name)) report(now, path, name, ChangeKind::kRemoved);
  }
}

void FileTree::follow_folders(const std::string& path, const Below& before, const Below& now) {
  for (const auto& [name, identity] : before) {
    const auto still = now.find(name);
    if (still == now.end() || still->second != identity) forget(joined(path, name));
    if (still == now.end() && known_->is_listed(path))
      changes_.push_back({joined(path, name), ChangeKind::kRemoved});
  }
  for (const auto& [name, identity] : now) {
    const auto known = before.find(name);
    if (known == before.end() && known_->is_listed(path))
      changes_.push_back({joined(path, name), ChangeKind::kCreated});
    if (known == before.end() || known->second != identity) add(joined(path, name), Extent::kWhole);
  }
}

void FileTree::forget(const std::string& path) {
  const auto found = folders_.find(path);
  if (found == folders_.end()) return;
  const std::unique_ptr<Folder> folder = std::move(found->second);
  folders_.erase(found);
  observer_->folder_vanished(path);
  for (const auto& [name, mark] : folder->files) report(*folder, path, name, ChangeKind::kRemoved);
  for (const auto& [name, identity] : folder->below) forget(joined(path, name));
}

// False when there is no such folder any more. One that may not be read has nothing in it.
bool FileTree::list(const std::string& path, Folder* now) const {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return errno != ENOENT && errno != ENOTDIR;
  const int fd = ::dirfd(directory);
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    struct stat status {};
    if (name == "." || name == ".." || ::fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      continue;
    if (S_ISDIR(status.st_mode)) {
      if (now->whole && enters(path, name)) now->below[name] = {status.st_dev, status.st_ino};
      continue;
    }
    struct stat target {};
    if (S_ISLNK(status.st_mode) && ::fstatat(fd, name.c_str(), &target, 0) == 0 && S_ISREG(target.st_mode))
      status = target;
    if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode)) now->files[name] = mark_of(status);
  }
  ::closedir(directory);
  // A virtual environment, whatever it is called.
  if (path != root_ && now->files.contains("pyvenv.cfg")) {
    now->whole = false;
    now->below.clear();
  }
  return true;
}

FileTree::Mark FileTree::mark_of(const struct stat& status) const {
  Mark mark{status.st_dev,
            status.st_ino,
            static_cast<uint64_t>(status.st_size),
            nanoseconds(status.st_mtim),
            nanoseconds(status.st_ctim),
            status.st_mode,
            false};
  const int64_t newest = std::max(mark.modified_ns, mark.changed_ns);
  mark.settled = static_cast<int64_t>(clock_->unix_ns()) - newest > kTickNs;
  return mark;
}

std::string FileTree::below_root(const std::string& path) const {
  if (!is_below(path, root_) || path == root_) return path;
  return path.substr(root_ == "/" ? 1 : root_.size() + 1);
}

bool FileTree::enters(const std::string& path, const std::string& name) const {
  const std::string folder = joined(path, name);
  return folder != data_ && !rules_.ignores_folder(name, below_root(folder));
}

bool FileTree::counts(const Folder& folder, const std::string& path, const std::string& name) const {
  const std::string file = joined(path, name);
  const std::string shown = below_root(file);
  if (known_->is_read(file)) return !rules_.user_ignores(name, shown);
  return (folder.whole || known_->is_listed(path)) && !rules_.ignores_file(name, shown);
}

bool FileTree::is_of_interest(const std::string& folder, const std::string& name, bool is_folder) const {
  const auto found = folders_.find(folder);
  if (found == folders_.end()) return false;
  if (is_folder) return found->second->whole && enters(folder, name);
  return counts(*found->second, folder, name);
}

void FileTree::report(const Folder& folder, const std::string& path, const std::string& name,
                      ChangeKind kind) {
  if (counts(folder, path, name)) changes_.push_back({joined(path, name), kind});
}

// One entry a path: what went and came back was modified.
Changes FileTree::take_changes() {
  std::map<std::string, ChangeKind> merged;
  for (Change& change : changes_) {
    const auto [place, is_new] = merged.emplace(std::move(change.path), change.kind);
    if (!is_new && place->second != change.kind) place->second = ChangeKind::kModified;
  }
  changes_.clear();
  Changes found;
  for (const auto& [path, kind] : merged) found.push_back({path, kind});
  return found;
}

}  // namespace alibi::watch
