#include "collector/process/cgroup_quota.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <vector>

namespace alibi::process {
namespace {

constexpr size_t kMostLevels = 64;

// A hierarchy of groups: where it is mounted, which of its groups the mount shows, which group is ours.
struct Hierarchy {
  bool is_second = false;  // version
  std::string group;
};

bool has_word(const std::string& list, const std::string& word) {
  std::istringstream words(list);
  for (std::string each; std::getline(words, each, ',');) {
    if (each == word) return true;
  }
  return false;
}

// Lines of /proc/self/cgroup: "4:cpu,cpuacct:/docker/x", "0::/user.slice".
std::vector<Hierarchy> hierarchies(const std::string& text) {
  std::vector<Hierarchy> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controllers.empty()) found.push_back({true, line.substr(second + 1)});
    if (has_word(controllers, "cpu")) found.push_back({false, line.substr(second + 1)});
  }
  return found;
}

// "\040" is a blank.
std::string unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto octal = [&text](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct Mount {
  std::string root, point;
};

// "36 35 98:0 /root /mnt rw,noatime master:1 - cgroup cgroup rw,cpu,cpuacct"
std::optional<Mount> mount_of(const std::string& mounts, bool is_second) {
  std::istringstream lines(mounts);
  for (std::string line; std::getline(lines, line);) {
    const size_t mark = line.find(" - ");
    if (mark == std::string::npos) continue;
    std::istringstream left(line.substr(0, mark));
    std::istringstream right(line.substr(mark + 3));
    std::string number, parent, device, root, point, type, source, options;
    left >> number >> parent >> device >> root >> point;
    right >> type >> source >> options;
    const bool fits = is_second ? type == "cgroup2" : type == "cgroup" && has_word(options, "cpu");
    if (fits && !point.empty()) return Mount{unescaped(root), unescaped(point)};
  }
  return std::nullopt;
}

// The group's folder and those above it, down to the mount.
std::vector<std::string> folders_of(const Mount& mount, const std::string& group) {
  std::string below = group;
  if (mount.root != "/") {
    const bool is_inside = group == mount.root || group.starts_with(mount.root + "/");
    below = is_inside ? group.substr(mount.root.size()) : "";
  }
  if (below.find("..") != std::string::npos) below.clear();  // outside of the namespace's root
  while (below.ends_with('/')) below.pop_back();
  std::vector<std::string> folders;
  while (!below.empty() && folders.size() < kMostLevels) {
    folders.push_back(mount.point + below);
    below.erase(std::min(below.rfind('/'), below.size()));
  }
  folders.push_back(mount.point);
  return folders;
}

std::optional<double> ratio(const std::string& quota, const std::string& period) {
  int64_t numbers[2] = {0, 0};
  const std::string* texts[2] = {&quota, &period};
  for (int i = 0; i < 2; ++i) {
    const char* const end = texts[i]->data() + texts[i]->size();
    const auto read = std::from_chars(texts[i]->data(), end, numbers[i]);
    if (read.ec != std::errc() || read.ptr != end || numbers[i] <= 0) return std::nullopt;
  }
  return static_cast<double>(numbers[0]) / static_cast<double>(numbers[1]);
}

std::string word_at(const std::optional<std::string>& text, int index) {
  std::istringstream words(text.value_or(""));
  std::string word;
  for (int i = 0; i <= index; ++i) {
    if (!(words >> word)) return "";
  }
  return word;
}

std::optional<double> quota_in(const std::string& folder, bool is_second, const MachineView& machine) {
  if (is_second) {
    const std::optional<std::string> both = machine.read(folder + "/cpu.max");  // "max 100000"
    return ratio(word_at(both, 0), word_at(both, 1));
  }
  return ratio(word_at(machine.read(folder + "/cpu.cfs_quota_us"), 0),
               word_at(machine.read(folder + "/cpu.cfs_period_us"), 0));
}

}  // namespace

std::optional<double> cgroup_quota(const MachineView& machine) {
  const std::optional<std::string> groups = machine.read("/proc/self/cgroup");
  const std::optional<std::string> mounts = machine.read("/proc/self/mountinfo");
  if (!groups || !mounts) return std::nullopt;
  std::optional<double> least;
  for (const Hierarchy& hierarchy : hierarchies(*groups)) {
    const std::optional<Mount> mount = mount_of(*mounts, hierarchy.is_second);
    if (!mount) continue;
    for (const std::string& folder : folders_of(*mount, hierarchy.group)) {
      const std::optional<double> quota = quota_in(folder, hierarchy.is_second, machine);
      if (quota) least = std::min(least.value_or(*quota), *quota);
    }
  }
  return least;
}

}  // namespace alibi::process
