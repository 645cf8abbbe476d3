#include "collector/store/stale_bytecode.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include "tracer/base/unique_fd.h"

namespace alibi::store {
namespace {

// The header of a .pyc: magic, flags, second of the last change, size; little-endian. Flags other than 0 mean
// that CPython goes by a hash.
constexpr size_t kHeaderBytes = 16;

uint32_t number_at(const std::array<unsigned char, kHeaderBytes>& header, size_t at) {
  return header[at] | header[at + 1] << 8 | header[at + 2] << 16 |
         static_cast<uint32_t>(header[at + 3]) << 24;
}

bool is_before(const timespec& one, const timespec& other) {
  return std::tie(one.tv_sec, one.tv_nsec) <= std::tie(other.tv_sec, other.tv_nsec);
}

bool is_stale(int folder, const char* name, const struct stat& source) {
  struct stat compiled {};
  if (::fstatat(folder, name, &compiled, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(compiled.st_mode) ||
      !is_before(compiled.st_mtim, source.st_mtim))
    return false;
  const UniqueFd file(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  std::array<unsigned char, kHeaderBytes> header{};
  if (!file.valid() || ::read(file.fd(), header.data(), header.size()) != static_cast<ssize_t>(header.size()))
    return false;
  return number_at(header, 4) == 0 && number_at(header, 8) == static_cast<uint32_t>(source.st_mtim.tv_sec) &&
         number_at(header, 12) == static_cast<uint32_t>(source.st_size);
}

struct Source {
  size_t index = 0;
  struct stat status {};
};
// Of one folder, by name without suffix.
using Sources = std::map<std::string, Source, std::less<>>;

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// Calls with the number of each source that has stale bytecode, which is gone then.
template <typename Call>
void remove_in(const std::string& folder, const Sources& sources, const Call& call) {
  const std::unique_ptr<DIR, CloseFolder> caches(::opendir((folder + "/__pycache__").c_str()));
  if (caches == nullptr) return;
  const int descriptor = ::dirfd(caches.get());
  while (const dirent* entry = ::readdir(caches.get())) {
    const std::string_view name = entry->d_name;
    if (!name.ends_with(".pyc")) continue;
    const auto source = sources.find(name.substr(0, name.find('.')));
    if (source == sources.end() || !is_stale(descriptor, entry->d_name, source->second.status)) continue;
    (void)::unlinkat(descriptor, entry->d_name, 0);
    call(source->second.index);
  }
}

template <typename Call>
void remove_stale(const std::vector<std::string>& paths, const Call& call) {
  std::map<std::string, Sources> folders;
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string& path = paths[i];
    const size_t slash = path.rfind('/');
    Source source{i, {}};
    if (slash == std::string::npos || !path.ends_with(".py") || ::stat(path.c_str(), &source.status) != 0)
      continue;
    const std::string name = path.substr(slash + 1);
    folders[path.substr(0, slash)].emplace(name.substr(0, name.find('.')), source);
  }
  for (const auto& [folder, sources] : folders) remove_in(folder, sources, call);
}

}  // namespace

void remove_stale_bytecode(const std::vector<std::string>& sources) {
  remove_stale(sources, [](size_t) {});
}

void charge_stale_bytecode(collector::SessionCoverage* coverage) {
  std::vector<std::string> paths;
  for (const collector::SourceFile& file : coverage->files) paths.push_back(file.path);
  remove_stale(paths, [&](size_t index) { coverage->files[index].edited = true; });
}

}  // namespace alibi::store
