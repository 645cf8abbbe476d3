// What files there are below the root and in the other folders that tests rest on, and which of them differ
// from when they were last looked at. Used by FileWatcher, which says where to look again; one thread.
//
// Files are compared by number, size, times and mode, as git does it; contents are never read. Of a file that
// was still being written when it was looked at the times cannot tell: it counts as changed the next time,
// unless it is known that nothing happened to it since.
#ifndef ALIBI_COLLECTOR_WATCH_FILE_TREE_H_
#define ALIBI_COLLECTOR_WATCH_FILE_TREE_H_

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "collector/watch/ignore_rules.h"
#include "collector/watch/known_paths.h"
#include "tracer/base/clock.h"

struct stat;

namespace alibi::watch {

// Told about folders before their files are looked at, so that what comes later is noticed in another way.
class FolderObserver {
 public:
  virtual ~FolderObserver() = default;
  virtual void folder_appeared(const std::string& path) = 0;
  virtual void folder_vanished(const std::string& path) = 0;
};

class FileTree {
 public:
  // `root` and `data` are absolute; `data` is never looked into. Looks at nothing yet. The pointers outlive
  // this.
  FileTree(std::string root, std::string data, IgnoreRules rules, FolderObserver* observer,
           const Clock* clock);

  // Looks at the root, and at the folders that hold something known; what is found is no change. Again with
  // other knowledge: only folders that are new are looked at.
  void begin(const KnownPaths* known);

  // What differs in these folders, and in those below that were not there before, by path. Each comes with
  // the names to which something happened since it was last looked at.
  using Places = std::map<std::string, std::set<std::string>>;
  Changes look_again(const Places& places);
  Changes look_at_all();  // where it is not known what happened

  // False for names whose coming, going or changing says nothing.
  bool is_of_interest(const std::string& folder, const std::string& name, bool is_folder) const;

  // No file was still being written when it was looked at.
  bool settled() const;
  bool has(const std::string& folder) const { return folders_.contains(folder); }
  size_t folders() const { return folders_.size(); }
  size_t files() const;

 private:
  struct Mark {
    uint64_t device = 0, inode = 0, size = 0;
    int64_t modified_ns = 0, changed_ns = 0;
    uint32_t mode = 0;
    bool settled = false;  // old enough that a later write cannot leave the same times
    bool same_as(const Mark& other) const;
  };
  using Below = std::map<std::string, std::pair<uint64_t, uint64_t>>;  // folders looked into: device, inode
  struct Folder {
    bool whole = true;                  // with all that is below; else only what evidence names
    std::map<std::string, Mark> files;  // also those that do not count: what counts changes with the evidence
    Below below;
  };

  enum class Extent : bool { kKnownFiles, kWhole };

  void add(const std::string& path, Extent extent);
  using Names = std::set<std::string>;
  void look(const std::string& path, const Names* touched);  // null: perhaps all
  void compare_files(const std::string& path, const Folder& before, const Folder& now, const Names* touched);
  void follow_folders(const std::string& path, const Below& before, const Below& now);
  void forget(const std::string& path);
  bool list(const std::string& path, Folder* now) const;
  Mark mark_of(const struct stat& status) const;
  bool enters(const std::string& path, const std::string& name) const;
  bool counts(const Folder& folder, const std::string& path, const std::string& name) const;
  void report(const Folder& folder, const std::string& path, const std::string& name, ChangeKind kind);
  Changes take_changes();
  std::string below_root(const std::string& path) const;

  std::string root_, data_;
  IgnoreRules rules_;
  FolderObserver* observer_;
  const Clock* clock_;
  const KnownPaths* known_ = nullptr;
  absl::flat_hash_map<std::string, std::unique_ptr<Folder>> folders_;
  Changes changes_;  // of the look under way
};

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_FILE_TREE_H_
