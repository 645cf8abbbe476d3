#include "tracer/base/kernel_path.h"

namespace alibi {
namespace {

bool is_at_or_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

bool is_kernel_path(std::string_view path) {
  if (is_at_or_below(path, "/dev")) return !is_at_or_below(path, "/dev/shm");
  return is_at_or_below(path, "/proc") || is_at_or_below(path, "/sys");
}

}  // namespace alibi
