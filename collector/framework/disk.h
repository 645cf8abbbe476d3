// The one door to the project's files for what finds tests: folders, kinds and texts. Tests replace it.
// Never writes but into the scratch folder, never follows a link to a folder. Any thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_DISK_H_
#define ALIBI_COLLECTOR_FRAMEWORK_DISK_H_

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

class Disk {
 public:
  virtual ~Disk() = default;
  virtual std::vector<Entry> entries(const std::string& folder) const;  // sorted by bytes; unreadable: none
  virtual bool is_file(const std::string& path) const;                  // links are followed
  virtual bool is_folder(const std::string& path) const;                // links are followed
  virtual bool is_executable(const std::string& path) const;            // a file, by this process
  // Nothing: it cannot be read, or is longer than 16 MiB.
  virtual std::optional<std::string> text(const std::string& path) const;
  virtual Result<void> write(const std::string& path, const std::string& text) const;
  virtual void remove(const std::string& path) const;

  static const Disk& real();
};

std::string joined(const std::string& folder, const std::string& name);  // "" and "." are the folder itself
// Without ".", "..", doubled and closing slashes, as a text: links are not looked at.
std::string normal_path(const std::string& path);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_DISK_H_
