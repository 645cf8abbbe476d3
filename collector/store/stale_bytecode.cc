#include "collector/store/stale_bytecode.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <ctime>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

#include "collector/store/removed_bytecode.h"
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

struct Stale {
  size_t source = 0;  // its number
  std::string path;   // of the compiled file
};

void find_in(const std::string& folder, const Sources& sources, std::vector<Stale>* found) {
  const std::string caches = folder + "/__pycache__";
  const std::unique_ptr<DIR, CloseFolder> stream(::opendir(caches.c_str()));
  if (stream == nullptr) return;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (!name.ends_with(".pyc")) continue;
    const auto source = sources.find(name.substr(0, name.find('.')));
    if (source == sources.end() || !is_stale(::dirfd(stream.get()), entry->d_name, source->second.status))
      continue;
    found->push_back({source->second.index, caches + "/" + entry->d_name});
  }
}

std::vector<Stale> find_stale(const std::vector<std::string>& paths) {
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
  std::vector<Stale> found;
  for (const auto& [folder, sources] : folders) find_in(folder, sources, &found);
  return found;
}

uint64_t now_ns() {
  timespec now{};
  (void)::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
}

// Noted before, so that a kill hides nothing, and afterwards: until then a session could still begin with it.
std::vector<Stale> remove_stale(const std::string& data, const std::vector<std::string>& paths) {
  std::vector<Stale> found = find_stale(paths);
  std::vector<std::string> sources;
  for (const Stale& stale : found) sources.push_back(paths[stale.source]);
  note_removed_bytecode(data, sources, now_ns());
  for (const Stale& stale : found) (void)::unlink(stale.path.c_str());
  note_removed_bytecode(data, sources, now_ns());
  return found;
}

}  // namespace

void remove_stale_bytecode(const std::string& data, const std::vector<std::string>& sources) {
  remove_stale(data, sources);
}

void charge_stale_bytecode(const std::string& data, collector::SessionCoverage* coverage) {
  std::vector<std::string> paths;
  for (const collector::SourceFile& file : coverage->files) paths.push_back(file.path);
  const RemovedBytecode removed = read_removed_bytecode(data);
  for (collector::SourceFile& file : coverage->files) {
    const auto found = removed.find(file.path);
    if (found != removed.end() && found->second >= coverage->description.started_unix_ns) file.edited = true;
  }
  for (const Stale& stale : remove_stale(data, paths)) coverage->files[stale.source].edited = true;
}

}  // namespace alibi::store
