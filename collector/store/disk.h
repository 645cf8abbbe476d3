// Whole files and directories for the store: read, write so that a crash leaves the old or the new content,
// remove. Used by store and by the commands that write a file; one thread. Every error names the path.
#ifndef ALIBI_COLLECTOR_STORE_DISK_H_
#define ALIBI_COLLECTOR_STORE_DISK_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi::store {

Result<std::string> read_file(const std::string& path);

// A regular file that is read from its start, as far as somebody needs it.
class InputFile {
 public:
  static Result<InputFile> open(const std::string& path);
  // The next `count` bytes, or those that are left.
  Result<void> append(uint64_t count, std::string* bytes);

 private:
  InputFile(std::string path, UniqueFd file, uint64_t left)
      : path_(std::move(path)), file_(std::move(file)), left_(left) {}

  std::string path_;
  UniqueFd file_;
  uint64_t left_;
};

bool exists(const std::string& path);
// Absolute, symbolic links resolved. An error when it does not exist.
Result<std::string> absolute_path(const std::string& path);

// Synced files survive a power cut; unsynced ones may be lost or empty after it, never after a killed
// process.
enum class Durability : bool { kUnsynced, kSynced };
// Writes beside `path` under a temporary name of its own, then renames: readers see the old content or the
// new one, and writers of the same path, on other machines too, do not disturb each other.
Result<void> write_file(const std::string& path, std::string_view bytes, Durability durability);

bool is_temporary_name(std::string_view name);

Result<void> make_directories(const std::string& path);
// As the first test run makes it: out of version control. One that exists stays as it is.
Result<void> make_data_folder(const std::string& data);
// Sorted file names, without "." and "..". Empty when the directory does not exist.
std::vector<std::string> names_in(const std::string& directory);
// The directory and what is in it; symbolic links are removed, not followed. False when something stayed.
bool remove_tree(const std::string& path);
Result<void> sync_directory(const std::string& path);

// Held until destroyed. An advisory flock(2): ends with the process, however it ends.
class DirectoryLock {
 public:
  // Waits at most `patience_ms` for others.
  static Result<DirectoryLock> take(const std::string& path, int patience_ms);
  // Of a folder itself: makes no file.
  static Result<DirectoryLock> take_folder(const std::string& path, int patience_ms);

 private:
  static Result<DirectoryLock> take(UniqueFd file, const std::string& path, int patience_ms);
  explicit DirectoryLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

// True when `path` is a lock file that nobody holds now.
bool lock_is_free(const std::string& path);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_DISK_H_
