#include "collector/framework/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "collector/model/plan_errors.h"
#include "tracer/base/unique_fd.h"

namespace alibi::framework {
namespace {

bool is_of_type(const std::string& path, mode_t type) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IFMT) == type;
}

EntryKind kind_of(int folder, const dirent& entry) {
  if (entry.d_type == DT_REG) return EntryKind::kFile;
  if (entry.d_type == DT_DIR) return EntryKind::kFolder;
  struct stat own {
  }, meant{};
  if (::fstatat(folder, entry.d_name, &own, AT_SYMLINK_NOFOLLOW) != 0 ||
      ::fstatat(folder, entry.d_name, &meant, 0) != 0)
    return EntryKind::kOther;
  if (S_ISREG(meant.st_mode)) return EntryKind::kFile;
  if (!S_ISDIR(meant.st_mode)) return EntryKind::kOther;
  return S_ISLNK(own.st_mode) ? EntryKind::kLinkedFolder : EntryKind::kFolder;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

const Disk& Disk::real() {
  static const Disk disk;
  return disk;
}

std::vector<Entry> Disk::entries(const std::string& folder) const {
  std::vector<Entry> found;
  const std::unique_ptr<DIR, CloseFolder> opened(::opendir(folder.c_str()));
  if (opened == nullptr) return found;
  while (const dirent* entry = ::readdir(opened.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") found.push_back({name, kind_of(::dirfd(opened.get()), *entry)});
  }
  std::ranges::sort(found, {}, &Entry::name);
  return found;
}

bool Disk::is_file(const std::string& path) const {
  return is_of_type(path, S_IFREG);
}
bool Disk::is_folder(const std::string& path) const {
  return is_of_type(path, S_IFDIR);
}
bool Disk::is_executable(const std::string& path) const {
  return is_file(path) && ::access(path.c_str(), X_OK) == 0;
}

std::string Disk::resolved(const std::string& path) const {
  char whole[PATH_MAX];
  return ::realpath(path.c_str(), whole) != nullptr ? whole : "";
}

std::optional<std::string> Disk::text(const std::string& path, size_t longest) const {
  if (!is_file(path)) return std::nullopt;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.valid()) return std::nullopt;
  std::string text;
  char piece[1 << 14];
  while (text.size() <= longest) {
    const ssize_t count = ::read(file.fd(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return text;
    text.append(piece, static_cast<size_t>(count));
  }
  return std::nullopt;
}

Result<void> Disk::write(const std::string& path, const std::string& text) const {
  std::string fresh = path + ".XXXXXX";
  const UniqueFd file(::mkostemp(fresh.data(), O_CLOEXEC));
  if (!file.valid()) return os_error(collector::kPlanFramework, errno, "cannot write " + path);
  const auto failed = [&] {
    const int error = errno;
    ::unlink(fresh.c_str());
    return os_error(collector::kPlanFramework, error, "cannot write " + path);
  };
  for (size_t written = 0; written < text.size();) {
    const ssize_t count = ::write(file.fd(), text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return failed();
    written += static_cast<size_t>(count);
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) return failed();
  return {};
}

Result<void> Disk::make_folder(const std::string& path) const {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  return os_error(collector::kPlanFramework, error.value(), "cannot make " + path);
}

void Disk::remove(const std::string& path) const {
  ::unlink(path.c_str());
}

std::string relative_to(const std::string& directory, const std::string& path) {
  std::string base = directory == "/" ? "" : directory, up;
  while (!base.empty() && path != base && !path.starts_with(base + "/")) {
    base.resize(base.rfind('/') == std::string::npos ? 0 : base.rfind('/'));
    up += "../";
  }
  if (path != base) return up + path.substr(base.size() + 1);
  if (!up.empty()) up.pop_back();
  return up;
}

std::string joined(const std::string& folder, const std::string& name) {
  if (name.empty() || name == ".") return folder;
  if (folder.empty() || name.front() == '/') return name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

std::string normal_path(const std::string& path) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    begin = end + 1;
    if (name == ".." && !names.empty() && names.back() != "..")
      names.pop_back();
    else if (!name.empty() && name != "." && !(name == ".." && path.front() == '/'))
      names.push_back(name);
  }
  std::string normal = !path.empty() && path.front() == '/' ? "/" : "";
  for (size_t at = 0; at < names.size(); ++at) normal += (at == 0 ? "" : "/") + names[at];
  return normal;
}

}  // namespace alibi::framework
