// Notices changed files: the kernel says in which folders something happened, FileTree finds out what. Where
// the kernel cannot say it (no watches left, a network file system), all folders are looked at now and then.
// Used by WatchLoop; one thread. Nothing is lost: a folder is watched before it is read, and lost events mean
// that everything is looked at again.
#ifndef ALIBI_COLLECTOR_WATCH_FILE_WATCHER_H_
#define ALIBI_COLLECTOR_WATCH_FILE_WATCHER_H_

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <set>
#include <string>

#include "collector/watch/file_tree.h"
#include "collector/watch/folder_events.h"

namespace alibi::watch {

class FileWatcher final : public FolderObserver {
 public:
  // `events`: null to look now and then instead. See FileTree for the others.
  FileWatcher(std::string root, std::string data, IgnoreRules rules, std::unique_ptr<FolderEvents> events,
              const Clock* clock);

  // As FileTree::begin.
  void begin(const KnownPaths* known);

  // Looks again at what was being written at the beginning: before anything runs it is no change.
  void settle();

  bool polls() const { return events_ == nullptr; }
  // Readable when notice() has something to do; -1 when polling.
  int fd() const { return events_ == nullptr ? -1 : events_->fd(); }
  // Takes in what the kernel says. True when it said something that may be a change.
  bool notice();
  // Something was noticed since changes() was asked for.
  bool has_noticed() const { return everything_ || !dirty_.empty(); }
  // What changed since the last call, in the places that were noticed; everywhere when polling.
  Changes changes();

  // For people: why it polls, empty when nobody need know.
  const std::string& problem() const { return problem_; }
  const FileTree& tree() const { return tree_; }

  void folder_appeared(const std::string& path) override;
  void folder_vanished(const std::string& path) override;

 private:
  bool notice(const FolderEvent& event);
  void fall_back(const Error& error);

  FileTree tree_;
  std::string root_;
  std::unique_ptr<FolderEvents> events_;
  absl::flat_hash_map<int, std::string> paths_;
  absl::flat_hash_map<std::string, int> numbers_;
  FileTree::Places dirty_;
  std::set<std::string> gone_;
  bool everything_ = false;
  bool failed_ = false;  // found while folders are being looked at
  std::string problem_;
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_FILE_WATCHER_H_
