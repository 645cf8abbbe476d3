#include "collector/watch/stale_bytecode.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "collector/watch/known_paths.h"
#include "tracer/base/unique_fd.h"

namespace alibi::watch {
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
  const UniqueFd file(::openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat compiled {};
  std::array<unsigned char, kHeaderBytes> header{};
  if (!file.valid() || ::fstat(file.fd(), &compiled) != 0 || !S_ISREG(compiled.st_mode) ||
      ::read(file.fd(), header.data(), header.size()) != static_cast<ssize_t>(header.size()))
    return false;
  const bool would_be_used = number_at(header, 4) == 0 &&
                             number_at(header, 8) == static_cast<uint32_t>(source.st_mtim.tv_sec) &&
                             number_at(header, 12) == static_cast<uint32_t>(source.st_size);
  return would_be_used && is_before(compiled.st_mtim, source.st_mtim);
}

void remove_for(const std::string& path) {
  struct stat source {};
  if (::stat(path.c_str(), &source) != 0) return;
  DIR* caches = ::opendir((folder_of(path) + "/__pycache__").c_str());
  if (caches == nullptr) return;
  const std::string name = name_of(path);
  const std::string stem = name.substr(0, name.size() - 2);  // with the dot
  while (const dirent* entry = ::readdir(caches)) {
    const std::string_view found = entry->d_name;
    if (found.starts_with(stem) && found.ends_with(".pyc") &&
        is_stale(::dirfd(caches), entry->d_name, source))
      (void)::unlinkat(::dirfd(caches), entry->d_name, 0);
  }
  ::closedir(caches);
}

}  // namespace

void remove_stale_bytecode(const std::vector<std::string>& sources) {
  for (const std::string& path : sources) {
    if (path.ends_with(".py")) remove_for(path);
  }
}

}  // namespace alibi::watch
