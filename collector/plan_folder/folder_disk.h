// The one door from the plan folder to the disk. Tests put a full disk, or one without RENAME_EXCHANGE or
// hard links, in its place. One thread. Each call answers 0 or an errno.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_FOLDER_DISK_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_FOLDER_DISK_H_

#include <string>
#include <string_view>

namespace alibi::plan_folder {

class FolderDisk {
 public:
  virtual ~FolderDisk() = default;
  virtual int make_directory(const std::string& path) const;
  virtual int write(const std::string& path, std::string_view bytes) const;  // a new file
  virtual int sync(const std::string& path) const;                           // a file or a directory
  virtual int exchange(const std::string& a, const std::string& b) const;    // at once
  virtual int rename(const std::string& from, const std::string& to) const;
  virtual int link(const std::string& from, const std::string& to) const;

  static const FolderDisk& real();
};

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_FOLDER_DISK_H_
