// The one door to the project's files for what finds tests: folders, kinds and texts. Tests replace it.
// Never writes but into the scratch folder, never follows a link to a folder. Any thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_DISK_H_
#define ALIBI_COLLECTOR_FRAMEWORK_DISK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tracer/base/result.h"

namespace alibi::framework {

enum class EntryKind : uint8_t { kFile, kFolder, kLinkedFolder, kOther };  // a link to a file is a file

struct Entry {
  std::string name;
  EntryKind kind = EntryKind::kOther;
};

inline constexpr size_t kLongestText = size_t{16} << 20;

class Disk {
 public:
  virtual ~Disk() = default;
  virtual std::vector<Entry> entries(const std::string& folder) const;  // sorted by bytes; unreadable: none
  virtual bool is_file(const std::string& path) const;                  // links are followed
  virtual bool is_folder(const std::string& path) const;                // links are followed
  virtual bool is_executable(const std::string& path) const;            // a file, by this process
  virtual std::string resolved(const std::string& path) const;          // without links; empty: it cannot be
  // Nothing: it cannot be read, or is longer.
  virtual std::optional<std::string> text(const std::string& path, size_t longest = kLongestText) const;
  // All or nothing: who reads it at the same time finds the old text or the new one.
  virtual Result<void> write(const std::string& path, const std::string& text) const;
  virtual Result<void> make_folder(const std::string& path) const;  // with those above it; fine when there
  virtual void remove(const std::string& path) const;

  static const Disk& real();
};

// Of absolute, normal paths; with "../" where it is not below.
std::string relative_to(const std::string& directory, const std::string& path);
std::string joined(const std::string& folder, const std::string& name);  // "" and "." are the folder itself
// Without ".", "..", doubled and closing slashes, as a text: links are not looked at.
std::string normal_path(const std::string& path);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_DISK_H_
