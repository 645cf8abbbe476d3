// The disk as the spool sees it: each call is one step that has happened or has not, so that tests can end a
// process between any two of them. Used by spool only; any thread. Errors name the path.
#ifndef ALIBI_COLLECTOR_TRANSPORT_SPOOL_DISK_H_
#define ALIBI_COLLECTOR_TRANSPORT_SPOOL_DISK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tracer/base/file_system.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi::transport {

class SpoolDisk {
 public:
  virtual ~SpoolDisk() = default;

  virtual Result<void> make_folder(const std::string& path);
  virtual Result<UniqueFd> create(const std::string& path);  // new, for its owner only
  virtual Result<void> write(const UniqueFd& file, std::string_view bytes, const std::string& path);
  virtual Result<void> sync(const UniqueFd& file, const std::string& path);
  virtual Result<void> rename(const std::string& from, const std::string& to);
  virtual Result<void> sync_folder(const std::string& path);
  virtual Result<void> remove(const std::string& path);
  virtual Result<void> write_number(const UniqueFd& file, uint64_t offset, uint32_t number,
                                    const std::string& path);

  virtual Result<std::vector<std::string>> names_in(const std::string& folder);
  virtual Result<FileStatus> status(const std::string& path);
  // For reading and writing; nothing: it is gone. An error when it is no regular file.
  virtual Result<std::optional<UniqueFd>> open(const std::string& path);
  // The file with an flock(2) of ours on it, which ends with this process however that ends. Nothing: it is
  // gone, or somebody else's. Never blocks.
  virtual Result<std::optional<UniqueFd>> lock(const std::string& path);
  virtual Result<std::string> read(const UniqueFd& file, uint64_t length, const std::string& path);

  static SpoolDisk& real();
};

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_SPOOL_DISK_H_
