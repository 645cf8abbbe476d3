#include "collector/payload/source_path.h"

#include "collector/payload/sendable_text.h"

namespace alibi::payload {
namespace {

bool names_a_drive(std::string_view path) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return path.size() > 2 && is_letter(path[0]) && path[1] == ':' && (path[2] == '/' || path[2] == '\\');
}

}  // namespace

std::optional<std::string> relative_path(std::string_view path) {
  if (path.empty() || path.size() > kLongestPath || path.front() == '/' || names_a_drive(path) ||
      path.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::string kept;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view step = path.substr(begin, end - begin);
    begin = end + 1;
    if (step == "..") return std::nullopt;
    if (step.empty() || step == ".") continue;
    if (!kept.empty()) kept += '/';
    kept += step;
  }
  if (kept.empty()) return std::nullopt;
  return sendable_copy(kept);
}

std::optional<std::string> path_of_filename(std::string_view filename) {
  if (!filename.empty() && filename.front() == '/') filename.remove_prefix(1);
  return relative_path(filename);
}

}  // namespace alibi::payload
