#include "collector/transport/container_id.h"

#include <algorithm>

namespace alibi::transport {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kDigits = "0123456789";

bool is_of(std::string_view text, std::string_view letters) {
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

// "46dd…": 64 hex digits.
bool is_usual(std::string_view name) {
  return name.size() == 64 && is_of(name, kHexDigits);
}

// "432624d2150b349fe35ba397284dea78-1234567890", of ECS on Fargate.
bool is_task(std::string_view name) {
  return name.size() > 33 && name.size() <= 64 && is_of(name.substr(0, 32), kHexDigits) && name[32] == '-' &&
         is_of(name.substr(33), kDigits);
}

// "docker-46dd….scope", "cri-containerd-46dd….scope", "46dd…"
std::string_view id_in(std::string_view name) {
  constexpr std::string_view kScope = ".scope";
  if (name.ends_with(kScope)) name.remove_suffix(kScope.size());
  if (is_task(name)) return name;
  const size_t dash = name.rfind('-');
  if (dash != std::string_view::npos) name.remove_prefix(dash + 1);
  return is_usual(name) ? name : std::string_view();
}

}  // namespace

std::string container_id(std::string_view cgroup) {
  while (!cgroup.empty()) {
    const size_t end = std::min(cgroup.find('\n'), cgroup.size());
    const std::string_view line = cgroup.substr(0, end);
    cgroup.remove_prefix(std::min(end + 1, cgroup.size()));
    const size_t slash = line.rfind('/');
    if (slash == std::string_view::npos) continue;
    if (const std::string_view id = id_in(line.substr(slash + 1)); !id.empty()) return std::string(id);
  }
  return {};
}

}  // namespace alibi::transport
