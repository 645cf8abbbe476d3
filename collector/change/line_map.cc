#include "collector/change/line_map.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "collector/change/common_lines.h"

namespace alibi::change {
namespace {

constexpr uint32_t kOutside = UINT32_MAX;

// The line with the word def or class: decorators stand before it, and import runs all of them.
uint32_t head_end(const std::vector<std::string_view>& text, uint32_t first, uint32_t last) {
  for (uint32_t line = first; line <= last && line <= text.size(); ++line) {
    std::string_view words = text[line - 1];
    words.remove_prefix(std::min(words.find_first_not_of(" \t\f"), words.size()));
    if (words.starts_with("def ") || words.starts_with("async ") || words.starts_with("class ")) return line;
  }
  return first;
}

// Of each line, from 1: the function whose body it is in, the innermost one.
std::vector<uint32_t> owners(const std::vector<std::string_view>& text, const FileUnits& units) {
  std::vector<uint32_t> found(text.size() + 1, kOutside);
  std::vector<uint32_t> order(units.functions.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](uint32_t left, uint32_t right) {
    return units.functions[left].line < units.functions[right].line;
  });
  for (const uint32_t index : order) {
    const FunctionUnit& function = units.functions[index];
    const uint32_t last = std::min<uint32_t>(function.end, static_cast<uint32_t>(text.size()));
    if (function.line == 0) continue;
    for (uint32_t line = head_end(text, function.line, last) + 1; line <= last; ++line) found[line] = index;
  }
  return found;
}

using Groups = std::map<uint32_t, std::vector<uint32_t>>;

Groups lines_by_owner(const std::vector<uint32_t>& owners) {
  Groups groups;
  for (uint32_t line = 1; line < owners.size(); ++line) groups[owners[line]].push_back(line);
  return groups;
}

}  // namespace

LineMap::LineMap(const Source& before, const Source& now, const UnitsDifference& difference,
                 std::vector<uint32_t> code_lines)
    : code_lines_(std::move(code_lines)) {
  const Texts texts{split_lines(before.text), split_lines(now.text)};
  present_.resize(texts.before.size() + 1);
  outside_.resize(texts.before.size() + 1);
  if (difference.whole) return;
  const std::vector<uint32_t> owners_before = owners(texts.before, before.units);
  const std::vector<uint32_t> owners_now = owners(texts.now, now.units);
  for (uint32_t line = 1; line < owners_before.size(); ++line)
    outside_[line] = owners_before[line] == kOutside;
  const Groups groups_before = lines_by_owner(owners_before);
  Groups groups_now = lines_by_owner(owners_now);

  const std::set<uint32_t> changed(difference.functions.begin(), difference.functions.end());
  std::map<std::pair<NameId, uint32_t>, uint32_t> functions_now;
  for (uint32_t i = 0; i < now.units.functions.size(); ++i)
    functions_now.emplace(std::pair(now.units.functions[i].name, now.units.functions[i].ordinal), i);
  for (const auto& [owner, lines] : groups_before) {
    if (owner == kOutside) {
      pair_lines(texts, lines, groups_now[kOutside], false);
      continue;
    }
    const FunctionUnit& function = before.units.functions[owner];
    const auto found = functions_now.find({function.name, function.ordinal});
    if (changed.count(owner) == 0 && found != functions_now.end())
      pair_lines(texts, lines, groups_now[found->second], true);
  }

  const std::set<uint32_t> placed(present_.begin(), present_.end());
  for (const StatementUnit& statement : now.units.statements) {
    const bool defines = statement.is_definition() || statement.kind == StatementKind::kClass;
    const uint32_t last = defines ? head_end(texts.now, statement.line, statement.end) : statement.line;
    for (uint32_t line = statement.line; line <= last; ++line) {
      if (placed.count(line) == 0) new_statements_.push_back(line);
    }
  }
}

void LineMap::pair_lines(const Texts& texts, const std::vector<uint32_t>& before,
                         const std::vector<uint32_t>& now, bool same_meaning) {
  if (same_meaning && before.size() == now.size()) {
    for (size_t i = 0; i < before.size(); ++i) present_[before[i]] = now[i];
    return;
  }
  std::vector<std::string_view> old_texts, present_texts;
  for (const uint32_t line : before) old_texts.push_back(texts.before[line - 1]);
  for (const uint32_t line : now) present_texts.push_back(texts.now[line - 1]);
  size_t next_old = 0, next_now = 0;
  const auto close_gap = [&](size_t old, size_t present) {
    if (same_meaning && old > next_old && present > next_now) {
      rewritten_.push_back({{before.begin() + next_old, before.begin() + old},
                            {now.begin() + next_now, now.begin() + present}});
    }
    next_old = old + 1;
    next_now = present + 1;
  };
  for (const auto& [old, present] : common_lines(old_texts, present_texts)) {
    present_[before[old]] = now[present];
    close_gap(old, present);
  }
  close_gap(before.size(), now.size());
}

std::vector<uint32_t> LineMap::moved(const std::vector<uint32_t>& executed) const {
  std::vector<uint32_t> found;
  bool body_ran = false;
  for (const uint32_t line : executed) {
    if (line >= present_.size()) continue;
    body_ran = body_ran || outside_[line];
    if (present_[line] != 0) found.push_back(present_[line]);
  }
  if (body_ran) found.insert(found.end(), new_statements_.begin(), new_statements_.end());
  for (const Rewritten& part : rewritten_) {
    size_t code = 0, ran = 0;
    for (const uint32_t line : part.before) {
      if (!std::binary_search(code_lines_.begin(), code_lines_.end(), line)) continue;
      ++code;
      ran += std::binary_search(executed.begin(), executed.end(), line) ? 1 : 0;
    }
    if (code != 0 && ran == code) found.insert(found.end(), part.now.begin(), part.now.end());
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace alibi::change
