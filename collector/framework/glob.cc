#include "collector/framework/glob.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

constexpr size_t kMostAlternatives = 1024;
constexpr size_t kLongestPattern = size_t{64} << 10;

Error bad_pattern(std::string_view pattern, const std::string& why) {
  return Error{collector::kBadPlanSetting, 0,
               "the pattern \"" + std::string(pattern.substr(0, 200)) + "\" " + why};
}

// After the set that begins at `at`; npos when it is not closed or empty.
size_t after_set(std::string_view text, size_t at) {
  size_t next = at + 1;
  if (next < text.size() && (text[next] == '!' || text[next] == '^')) ++next;
  const size_t first = next;
  while (next < text.size() && text[next] != ']') next += text[next] == '\\' ? 2 : 1;
  return next < text.size() && next > first ? next + 1 : std::string_view::npos;
}

// Of a set with its brackets: "[z-a]" means no letter at all.
bool has_backward_range(std::string_view set) {
  const size_t first = set[1] == '!' || set[1] == '^' ? 2 : 1;
  for (size_t at = first + 1; at + 2 < set.size(); ++at) {
    const auto from = static_cast<unsigned char>(set[at - 1]), to = static_cast<unsigned char>(set[at + 1]);
    if (set[at] == '-' && to != '\\' && from > to) return true;
  }
  return false;
}

struct Braces {
  size_t begin = 0, end = 0;  // of '{', after '}'
  std::vector<std::string_view> choices;
};

// What is wrong with it as a whole; empty: nothing.
std::string flaw_in(std::string_view text) {
  size_t depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\') {
      if (++at == text.size()) return "ends with a backslash";
    } else if (text[at] == '[') {
      const size_t after = after_set(text, at);
      if (after == std::string_view::npos) return "has a '[' without its ']', or an empty set";
      if (has_backward_range(text.substr(at, after - at))) return "has a set whose range runs backwards";
      at = after - 1;
    } else if (text[at] == '{') {
      ++depth;
    } else if (text[at] == '}' && depth > 0) {
      --depth;
    }
  }
  return depth == 0 ? "" : "has a '{' without its '}'";
}

// The first outermost braces of a text without flaws.
std::optional<Braces> first_braces(std::string_view text) {
  Braces found;
  size_t depth = 0, choice = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (c == '[') {
      at = after_set(text, at) - 1;
    } else if (c == '{') {
      if (depth++ == 0) {
        found.begin = at;
        choice = at + 1;
      }
    } else if (depth > 0 && ((c == ',' && depth == 1) || (c == '}' && --depth == 0))) {
      found.choices.push_back(text.substr(choice, at - choice));
      choice = at + 1;
      if (c == '}') {
        found.end = at + 1;
        return found;
      }
    }
  }
  return std::nullopt;
}

bool expand(const std::string& text, std::vector<std::string>* into) {
  const std::optional<Braces> braces = first_braces(text);
  if (!braces) {
    into->push_back(text);
    return into->size() <= kMostAlternatives;
  }
  return std::ranges::all_of(braces->choices, [&](std::string_view choice) {
    return expand(text.substr(0, braces->begin) + std::string(choice) + text.substr(braces->end), into);
  });
}

std::vector<std::string> segments_of(std::string_view text) {
  std::vector<std::string> segments;
  size_t begin = 0;
  while (begin <= text.size()) {
    size_t end = begin;
    while (end < text.size() && text[end] != '/') {
      if (text[end] == '[') {
        const size_t after = after_set(text, end);
        end = after == std::string_view::npos ? end + 1 : after;
      } else {
        end += text[end] == '\\' ? 2 : 1;
      }
    }
    end = std::min(end, text.size());
    const std::string_view segment = text.substr(begin, end - begin);
    const bool repeated = segment == "**" && !segments.empty() && segments.back() == "**";
    if (!segment.empty() && segment != "." && !repeated) segments.emplace_back(segment);
    begin = end + 1;
  }
  return segments;
}

std::vector<std::string_view> names_of(std::string_view path) {
  std::vector<std::string_view> names;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) names.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

struct Character {
  unsigned char value;
  size_t after;
};

Character literal_at(std::string_view pattern, size_t at) {
  if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
  return {static_cast<unsigned char>(pattern[at]), at + 1};
}

bool in_set(std::string_view set, unsigned char c) {  // without its brackets
  const bool inverted = !set.empty() && (set[0] == '!' || set[0] == '^');
  bool found = false;
  for (size_t at = inverted ? 1 : 0; at < set.size();) {
    const Character low = literal_at(set, at);
    at = low.after;
    unsigned char high = low.value;
    if (at + 1 < set.size() && set[at] == '-') {
      const Character last = literal_at(set, at + 1);
      high = last.value;
      at = last.after;
    }
    found = found || (low.value <= c && c <= high);
  }
  return found != inverted;
}

// After the element of the pattern that takes this character; npos: it does not.
size_t after_element(std::string_view pattern, size_t at, unsigned char c) {
  if (pattern[at] == '?') return at + 1;
  if (pattern[at] == '[') {
    const size_t after = after_set(pattern, at);
    if (after != std::string_view::npos)
      return in_set(pattern.substr(at + 1, after - at - 2), c) ? after : std::string_view::npos;
  }
  const Character literal = literal_at(pattern, at);
  return literal.value == c ? literal.after : std::string_view::npos;
}

// Positions in the pattern that the names so far may have led to; a "**" stays where it is or is left.
using States = std::vector<bool>;

void leave_folders(const std::vector<std::string>& pattern, States* states) {
  for (size_t at = 0; at < pattern.size(); ++at) {
    if ((*states)[at] && pattern[at] == "**") (*states)[at + 1] = true;
  }
}

States after_names(const std::vector<std::string>& pattern, const std::vector<std::string_view>& names) {
  States states(pattern.size() + 1, false);
  states[0] = true;
  leave_folders(pattern, &states);
  for (const std::string_view name : names) {
    States next(pattern.size() + 1, false);
    for (size_t at = 0; at < pattern.size(); ++at) {
      if (!states[at]) continue;
      if (pattern[at] == "**")
        next[at] = true;
      else if (name_matches(pattern[at], name))
        next[at + 1] = true;
    }
    leave_folders(pattern, &next);
    states = std::move(next);
  }
  return states;
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
  size_t at = 0, read = 0;
  size_t star = std::string_view::npos, star_read = 0;  // where to go on when the rest does not fit
  while (read < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      star_read = read;
      continue;
    }
    const size_t after = at < pattern.size()
                             ? after_element(pattern, at, static_cast<unsigned char>(name[read]))
                             : std::string_view::npos;
    if (after != std::string_view::npos) {
      at = after;
      ++read;
    } else if (star != std::string_view::npos) {
      at = star;
      read = ++star_read;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

bool has_special_characters(std::string_view text) {
  return text.find_first_of("*?[{\\") != std::string_view::npos;
}

Result<Glob> Glob::compile(std::string_view pattern) {
  if (pattern.size() > kLongestPattern) return bad_pattern(pattern, "is longer than 64 KiB");
  const std::string flaw = flaw_in(pattern);
  if (!flaw.empty()) return bad_pattern(pattern, flaw);
  Glob glob;
  glob.text_ = pattern;
  std::vector<std::string> texts;
  if (!expand(glob.text_, &texts))
    return bad_pattern(pattern, "stands for more than " + std::to_string(kMostAlternatives) + " patterns");
  for (const std::string& text : texts) glob.alternatives_.push_back(segments_of(text));
  return glob;
}

bool Glob::matches(std::string_view path) const {
  const std::vector<std::string_view> names = names_of(path);
  return std::ranges::any_of(alternatives_, [&](const Segments& pattern) {
    // Most paths are told apart by their last name.
    if (!names.empty() && !pattern.empty() && pattern.back() != "**" &&
        !name_matches(pattern.back(), names.back()))
      return false;
    return static_cast<bool>(after_names(pattern, names).back());
  });
}

bool Glob::may_match_below(std::string_view folder) const {
  const std::vector<std::string_view> names = names_of(folder);
  return std::ranges::any_of(alternatives_, [&](const Segments& pattern) {
    const States states = after_names(pattern, names);
    return std::find(states.begin(), states.end() - 1, true) != states.end() - 1;
  });
}

std::vector<std::string> Glob::bases() const {
  std::set<std::string> found;
  for (const Segments& pattern : alternatives_) {
    std::string base;
    for (size_t at = 0; at + 1 < pattern.size() && !has_special_characters(pattern[at]); ++at)
      base += (base.empty() ? "" : "/") + pattern[at];
    found.insert(base);
  }
  if (found.contains("")) return {""};
  std::vector<std::string> bases;
  for (const std::string& base : found) {
    const bool below = std::ranges::any_of(
        found, [&](const std::string& other) { return base != other && base.starts_with(other + "/"); });
    if (!below) bases.push_back(base);
  }
  return bases;
}

}  // namespace alibi::framework
