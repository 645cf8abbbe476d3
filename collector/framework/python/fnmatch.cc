#include "collector/framework/python/pytest_files.h"

namespace alibi::framework {
namespace {

constexpr size_t kNone = std::string_view::npos;

// Of the ']' that closes the set at `at`.
size_t end_of_set(std::string_view pattern, size_t at) {
  size_t next = at + 1;
  if (next < pattern.size() && pattern[next] == '!') ++next;
  if (next < pattern.size() && pattern[next] == ']') ++next;
  return pattern.find(']', next);
}

bool in_set(std::string_view set, char c) {
  const bool inverted = !set.empty() && set[0] == '!';
  if (inverted) set.remove_prefix(1);
  bool found = false;
  for (size_t at = 0; at < set.size(); ++at) {
    const bool is_range = at + 2 < set.size() && set[at + 1] == '-';
    const auto low = static_cast<unsigned char>(set[at]);
    const auto high = static_cast<unsigned char>(is_range ? set[at + 2] : set[at]);
    const auto value = static_cast<unsigned char>(c);
    found = found || (low <= value && value <= high);
    if (is_range) at += 2;
  }
  return found != inverted;
}

// After the element that takes this character; kNone: it does not.
size_t after_element(std::string_view pattern, size_t at, char c) {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    const size_t end = end_of_set(pattern, at);
    if (end != kNone) return in_set(pattern.substr(at + 1, end - at - 1), c) ? end + 1 : kNone;
  }
  return pattern[at] == c ? at + 1 : kNone;
}

}  // namespace

bool fnmatch(std::string_view pattern, std::string_view text) {
  size_t at = 0, read = 0, star = kNone, star_read = 0;
  while (read < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      star_read = read;
      continue;
    }
    const size_t after = at < pattern.size() ? after_element(pattern, at, text[read]) : kNone;
    if (after != kNone) {
      at = after;
      ++read;
    } else if (star != kNone) {
      at = star;
      read = ++star_read;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

bool path_fnmatch(const std::string& pattern, const std::string& path) {
  if (pattern.find('/') == std::string::npos) return fnmatch(pattern, path.substr(path.rfind('/') + 1));
  return fnmatch(pattern.front() == '/' ? pattern : "*/" + pattern, path);
}

}  // namespace alibi::framework
