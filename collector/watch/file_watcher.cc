#include "collector/watch/file_watcher.h"

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

namespace alibi::watch {

FileWatcher::FileWatcher(std::string root, std::string data, IgnoreRules rules,
                         std::unique_ptr<FolderEvents> events, const Clock* clock)
    : tree_(root, std::move(data), std::move(rules), this, clock),
      root_(std::move(root)),
      events_(std::move(events)) {}

void FileWatcher::begin(const KnownPaths* known) {
  tree_.begin(known);
  if (failed_) events_.reset();
}

void FileWatcher::settle() {
  if (tree_.settled()) return;
  std::this_thread::sleep_for(std::chrono::milliseconds(25));
  (void)tree_.look_at_all();
  if (failed_) events_.reset();
}

bool FileWatcher::notice() {
  bool noticed = false;
  if (events_ == nullptr) return noticed;
  for (const FolderEvent& event : events_->read()) noticed = notice(event) || noticed;
  return noticed;
}

bool FileWatcher::notice(const FolderEvent& event) {
  if (event.kind == FolderEvent::Kind::kOverflow) {
    everything_ = true;
    return true;
  }
  const auto found = paths_.find(event.folder);
  if (found == paths_.end()) return false;
  const std::string path = found->second;
  if (event.kind == FolderEvent::Kind::kEntry) {
    if (!tree_.is_of_interest(path, event.name, event.is_folder)) return false;
    dirty_[path].insert(event.name);
    return true;
  }
  // Moved or gone: the folder above knows; the folder itself, when nobody looks at the one above.
  dirty_[folder_of(path)];
  dirty_[path];
  if (event.kind == FolderEvent::Kind::kGone) {
    paths_.erase(found);
    numbers_.erase(path);
    gone_.insert(path);
  }
  return true;
}

Changes FileWatcher::changes() {
  Changes found;
  const FileTree::Places places = std::exchange(dirty_, {});
  // A new folder in the place of the old one may even have its number: it looks the same and is not watched.
  for (const std::string& path : std::exchange(gone_, {})) {
    if (tree_.has(path) && !numbers_.contains(path)) folder_appeared(path);
  }
  if (polls() || std::exchange(everything_, false))
    found = tree_.look_at_all();
  else
    found = tree_.look_again(places);
  if (failed_) events_.reset();
  return found;
}

void FileWatcher::folder_appeared(const std::string& path) {
  if (events_ == nullptr || failed_) return;
  const Result<int> number = events_->add(path);
  if (!number) {
    // One that went again, or may not be read, has nothing to say.
    const int reason = number.error().os_error;
    if (reason != ENOENT && reason != ENOTDIR && reason != EACCES) fall_back(number.error());
    return;
  }
  paths_[*number] = path;  // under its new name, when it was moved
  numbers_[path] = *number;
}

void FileWatcher::folder_vanished(const std::string& path) {
  const auto found = numbers_.find(path);
  if (found == numbers_.end()) return;
  const int number = found->second;
  numbers_.erase(found);
  const auto known = paths_.find(number);
  if (known == paths_.end() || known->second != path) return;  // it lives on under another name
  paths_.erase(known);
  if (events_ != nullptr) events_->remove(number);
}

void FileWatcher::fall_back(const Error& error) {
  failed_ = true;
  const std::string folders = std::to_string(paths_.size());
  if (error.os_error == ENOSPC) {
    problem_ = "the system's limit of watched folders is reached after " + folders +
               " (fs.inotify.max_user_watches); files are looked at every second instead."
               " `sysctl fs.inotify.max_user_watches=524288` raises it";
  } else {
    problem_ = error.message + "; files are looked at every second instead";
  }
}

}  // namespace alibi::watch
