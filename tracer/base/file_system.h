// The one door to the disk for the code inside the test process (and for listing session directories). Tests
// replace it to make the disk full at a chosen moment. Any thread. Descriptors it opens are close-on-exec and
// never 0, 1 or 2: a test that closed its standard streams must not write into our files.
#ifndef ALIBI_TRACER_BASE_FILE_SYSTEM_H_
#define ALIBI_TRACER_BASE_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tracer/base/mapped_file.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi {

enum class FileType : uint8_t { kRegular, kDirectory, kOther };

struct FileStatus {
  FileType type = FileType::kOther;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;
  friend bool operator==(const FileStatus&, const FileStatus&) = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::string> absolute(const std::string& path) const;
  virtual Result<void> make_directories(const std::string& path) const;  // fine when it exists
  // A new empty file, readable and writable by its owner only, whatever the umask.
  virtual Result<UniqueFd> create(const std::string& path) const;
  virtual Result<UniqueFd> open_to_write(const std::string& path) const;  // an existing file, no symlink
  // Grows the file to offset+length with space that is really there: no later store can fail. A limit on file
  // sizes is an error here rather than SIGXFSZ.
  virtual Result<void> allocate(const UniqueFd& file, uint64_t offset, uint64_t length) const;
  virtual Result<MappedFile> map(const UniqueFd& file, uint64_t offset, size_t length) const;
  virtual Result<void> rename(const std::string& from, const std::string& to) const;
  virtual void remove(const std::string& path) const;
  virtual bool mark(const std::string& path) const;  // makes an empty file without needing a descriptor

  virtual Result<FileStatus> status(const std::string& path) const;  // follows symlinks
  virtual Result<FileStatus> status(const UniqueFd& file) const;
  // Never blocks on a pipe or a terminal and never becomes one's controlling process.
  virtual Result<UniqueFd> open_to_read(const std::string& path) const;
  virtual Result<size_t> read(const UniqueFd& file, std::span<std::byte> into) const;  // 0: the end
  virtual Result<size_t> read_at(const UniqueFd& file, uint64_t offset, std::span<std::byte> into) const;
  // Content made by the kernel on demand (/proc, /sys): has no stable bytes and may never end.
  virtual bool is_synthetic(const UniqueFd& file) const;
  virtual Result<std::vector<std::string>> names_in(const std::string& directory) const;  // sorted
  // Set-user-id, set-group-id or file capabilities: starting it changes what the process may do.
  virtual Result<bool> is_privileged(const std::string& path) const;
  virtual bool is_executable(const std::string& path) const;    // by this process
  virtual std::string resolved(const std::string& path) const;  // without symlinks; empty: it cannot be

  static const FileSystem& real();
};

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_FILE_SYSTEM_H_
