#include "collector/store/removed_bytecode.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "collector/store/disk.h"
#include "tracer/base/unique_fd.h"

namespace alibi::store {
namespace {

constexpr off_t kMostBytes = 1 << 20;
constexpr uint64_t kLongestSessionNs = uint64_t{30} * 24 * 3600 * 1'000'000'000;
constexpr int kPatienceMilliseconds = 2000;

std::string path_in(const std::string& data) {
  return data + "/stale_bytecode";
}

// "NANOSECONDS PATH", with a null byte for a line break in it.
std::string line_of(std::string source, uint64_t at_ns) {
  std::ranges::replace(source, '\n', '\0');
  return std::to_string(at_ns) + " " + source + "\n";
}

void add_line(std::string_view line, RemovedBytecode* removed) {
  uint64_t at_ns = 0;
  const auto [end, fault] = std::from_chars(line.data(), line.data() + line.size(), at_ns);
  if (fault != std::errc() || end == line.data() + line.size() || *end != ' ') return;
  std::string path(end + 1, line.data() + line.size());
  std::ranges::replace(path, '\0', '\n');
  uint64_t& latest = (*removed)[std::move(path)];
  latest = std::max(latest, at_ns);
}

void forget_old(const std::string& data, uint64_t now_ns) {
  struct stat status {};
  if (::stat(path_in(data).c_str(), &status) != 0 || status.st_size < kMostBytes) return;
  std::string text;
  for (const auto& [path, at_ns] : read_removed_bytecode(data)) {
    if (at_ns + kLongestSessionNs > now_ns) text += line_of(path, at_ns);
  }
  (void)write_file(path_in(data), text, Durability::kUnsynced);
}

}  // namespace

RemovedBytecode read_removed_bytecode(const std::string& data) {
  RemovedBytecode removed;
  const Result<std::string> text = read_file(path_in(data));
  if (!text) return removed;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    add_line(rest.substr(0, end), &removed);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return removed;
}

void note_removed_bytecode(const std::string& data, const std::vector<std::string>& sources,
                           uint64_t now_ns) {
  if (sources.empty() || !exists(data)) return;
  const Result<DirectoryLock> lock =
      DirectoryLock::take(data + "/stale_bytecode.lock", kPatienceMilliseconds);
  forget_old(data, now_ns);
  std::string text = "\n";  // behind what a full disk cut off
  for (const std::string& source : sources) text += line_of(source, now_ns);
  const UniqueFd file(
      ::open(path_in(data).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (file.valid()) (void)!::write(file.fd(), text.data(), text.size());
}

}  // namespace alibi::store
