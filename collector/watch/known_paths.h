// What the evidence says about paths: which ones tests rest on, which ones tests write, what test files are
// called. Filled by the command from the store after each run, asked by FileTree (what to look at besides the
// root) and by WatchLogic (what a change is about). Paths are absolute, as they are here. Pure.
#ifndef ALIBI_COLLECTOR_WATCH_KNOWN_PATHS_H_
#define ALIBI_COLLECTOR_WATCH_KNOWN_PATHS_H_

#include <absl/container/flat_hash_set.h>
#include <cstdint>

#include <string>
#include <string_view>
#include <vector>

namespace alibi::watch {

enum class ChangeKind : uint8_t { kModified, kCreated, kRemoved };

struct Change {
  std::string path;
  ChangeKind kind = ChangeKind::kModified;
  friend bool operator==(const Change&, const Change&) = default;
};
using Changes = std::vector<Change>;

class KnownPaths {
 public:
  void add_read(std::string_view path);      // a source, a file, a question whether it is there
  void add_listed(std::string_view folder);  // its names were asked for
  void add_written(std::string_view path);   // by the tests themselves
  void add_written_folder(std::string_view path);
  void add_test_file(std::string_view name);

  // False where nothing was recorded: then everything may matter.
  bool any() const { return !read_.empty() || !listed_.empty(); }
  bool is_read(const std::string& path) const { return read_.contains(path); }
  // Some test rests on what changed.
  bool matters(const Change& change) const;
  // Itself, or a folder above it.
  bool is_written(const std::string& path) const;
  // A new file of this name may hold tests.
  bool may_hold_tests(const std::string& path) const;
  bool is_listed(const std::string& folder) const { return listed_.contains(folder); }

  // Folders with something that tests rest on, sorted.
  std::vector<std::string> folders() const;

 private:
  absl::flat_hash_set<std::string> read_, listed_, written_, written_folders_, endings_;
};

std::string folder_of(const std::string& path);
std::string name_of(const std::string& path);
bool is_below(std::string_view path, std::string_view folder);  // or the folder itself

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_KNOWN_PATHS_H_
