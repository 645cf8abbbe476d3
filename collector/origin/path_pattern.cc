#include "collector/origin/path_pattern.h"

#include <fnmatch.h>

#include <algorithm>

namespace alibi::origin {
namespace {

// Without wildcards. False when there are some.
bool literal(std::string_view text, std::string* result) {
  result->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '*' || text[i] == '?') return false;
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    *result += text[i];
  }
  return true;
}

bool glob(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (true) {
    if (p == pattern.size() && n == name.size()) return true;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
      continue;
    }
    if (p < pattern.size() && n < name.size()) {
      const bool escaped = pattern[p] == '\\' && p + 1 < pattern.size();
      if (escaped ? pattern[p + 1] == name[n] : pattern[p] == '?' || pattern[p] == name[n]) {
        p += escaped ? 2 : 1;
        ++n;
        continue;
      }
    }
    if (star == std::string_view::npos || mark == name.size()) return false;
    p = star + 1;
    n = ++mark;
  }
}

}  // namespace

PathSegments segments_of(std::string_view path) {
  PathSegments segments;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    if (end != 0 && path.substr(0, end) != ".") segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

PathPattern::Segment PathPattern::segment_from(std::string_view text, Anchor anchor) {
  if (text == "**") return {Kind::kFolders, {}};
  if (text.find_first_not_of('*') == std::string_view::npos) return {Kind::kAny, {}};
  if (anchor == Anchor::kLeadingSlash && text.find('[') != std::string_view::npos)
    return {Kind::kBrackets, std::string(text)};
  std::string plain;
  if (literal(text, &plain)) return {Kind::kLiteral, plain};
  if (text.starts_with('*') && literal(text.substr(1), &plain)) return {Kind::kEndsWith, plain};
  const bool escaped = text.size() > 1 && text[text.size() - 2] == '\\';
  if (text.ends_with('*') && !escaped && literal(text.substr(0, text.size() - 1), &plain))
    return {Kind::kBeginsWith, plain};
  return {Kind::kGlob, std::string(text)};
}

PathPattern::PathPattern(std::string_view text, Anchor anchor) {
  folder_only_ = text.ends_with('/');
  const size_t slash = text.substr(0, text.size() - (folder_only_ ? 1 : 0)).find('/');
  const bool from_root =
      anchor == Anchor::kMiddleSlash ? slash != std::string_view::npos : text.starts_with('/');
  if (!from_root) segments_.push_back({Kind::kFolders, {}});
  for (const std::string_view part : segments_of(text)) segments_.push_back(segment_from(part, anchor));
  const bool many = std::ranges::count_if(segments_, [](auto& s) { return s.kind != Kind::kFolders; }) > 1;
  covers_ = segments_.empty() || segments_.back().kind != Kind::kAny || (!from_root && !many);
}

bool PathPattern::meets(const Segment& segment, std::string_view name) {
  switch (segment.kind) {
    case Kind::kLiteral:
      return name == segment.text;
    case Kind::kAny:
    case Kind::kFolders:
      return true;
    case Kind::kEndsWith:
      return name.ends_with(segment.text);
    case Kind::kBeginsWith:
      return name.starts_with(segment.text);
    case Kind::kGlob:
      return glob(segment.text, name);
    case Kind::kBrackets:
      return ::fnmatch(segment.text.c_str(), std::string(name).c_str(), 0) == 0;
  }
  return false;
}

bool PathPattern::accepts(size_t matched, size_t all) const {
  if (folder_only_) return matched < all;
  return matched == all || covers_;
}

// Going back to the last "**" is enough: what stands before it has matched as early as it can.
bool PathPattern::matches(std::span<const std::string_view> path) const {
  constexpr size_t kNone = ~size_t{0};
  size_t p = 0, s = 0, folders = kNone, mark = 0;
  while (true) {
    if (p == segments_.size()) {
      if (accepts(s, path.size())) return true;
    } else if (segments_[p].kind == Kind::kFolders) {
      if (p + 1 == segments_.size()) return s < path.size();
      folders = p++;
      mark = s;
      continue;
    } else if (s < path.size() && meets(segments_[p], path[s])) {
      ++p;
      ++s;
      continue;
    }
    if (folders == kNone || mark >= path.size()) return false;
    p = folders + 1;
    s = ++mark;
  }
}

}  // namespace alibi::origin
