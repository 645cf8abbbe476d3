#include "collector/change/common_lines.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cstdint>

namespace alibi::change {
namespace {

using Lines = std::vector<std::string_view>;
using Pairs = std::vector<std::pair<size_t, size_t>>;

// Cells of the table that finds the longest common subsequence: 4 bytes each.
constexpr size_t kMostCells = 4'000'000;

struct Range {
  size_t first = 0;
  size_t last = 0;  // behind the last one
  size_t size() const { return last - first; }
};

void longest(const Lines& before, Range old, const Lines& now, Range present, Pairs* pairs) {
  const size_t width = present.size() + 1;
  std::vector<uint32_t> lengths((old.size() + 1) * width);
  for (size_t i = old.size(); i-- > 0;) {
    for (size_t j = present.size(); j-- > 0;) {
      const bool same = before[old.first + i] == now[present.first + j];
      lengths[i * width + j] = same ? lengths[(i + 1) * width + j + 1] + 1
                                    : std::max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  for (size_t i = 0, j = 0; i < old.size() && j < present.size();) {
    if (before[old.first + i] == now[present.first + j]) {
      pairs->emplace_back(old.first + i++, present.first + j++);
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) {
      ++i;
    } else {
      ++j;
    }
  }
}

// Lines that both have exactly once, in an order that both have them in.
Pairs anchors(const Lines& before, Range old, const Lines& now, Range present) {
  struct Places {
    size_t old_count = 0, present_count = 0, old_place = 0, present_place = 0;
  };
  absl::flat_hash_map<std::string_view, Places> places;
  for (size_t i = old.first; i < old.last; ++i) {
    Places& line = places[before[i]];
    ++line.old_count;
    line.old_place = i;
  }
  for (size_t j = present.first; j < present.last; ++j) {
    Places& line = places[now[j]];
    ++line.present_count;
    line.present_place = j;
  }
  Pairs unique;
  for (const auto& [text, line] : places) {
    if (line.old_count == 1 && line.present_count == 1)
      unique.emplace_back(line.old_place, line.present_place);
  }
  std::sort(unique.begin(), unique.end());
  // The longest chain that rises in the present as well: piles, each with the pair below its top.
  std::vector<size_t> tops, below(unique.size());
  for (size_t i = 0; i < unique.size(); ++i) {
    const auto pile = std::lower_bound(tops.begin(), tops.end(), i, [&](size_t top, size_t pair) {
      return unique[top].second < unique[pair].second;
    });
    below[i] = pile == tops.begin() ? SIZE_MAX : *(pile - 1);
    if (pile == tops.end())
      tops.push_back(i);
    else
      *pile = i;
  }
  Pairs chain;
  for (size_t i = tops.empty() ? SIZE_MAX : tops.back(); i != SIZE_MAX; i = below[i])
    chain.push_back(unique[i]);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

void compare(const Lines& before, Range old, const Lines& now, Range present, Pairs* pairs) {
  while (old.size() != 0 && present.size() != 0 && before[old.first] == now[present.first])
    pairs->emplace_back(old.first++, present.first++);
  size_t same_end = 0;
  while (old.size() != 0 && present.size() != 0 && before[old.last - 1] == now[present.last - 1]) {
    --old.last;
    --present.last;
    ++same_end;
  }
  if (old.size() != 0 && present.size() != 0) {
    if (old.size() <= kMostCells / present.size()) {
      longest(before, old, now, present, pairs);
    } else {
      Range left_old{old.first, old.first}, left_present{present.first, present.first};
      const Pairs found = anchors(before, old, now, present);
      for (const auto& [i, j] : found) {
        left_old.last = i;
        left_present.last = j;
        compare(before, left_old, now, left_present, pairs);
        pairs->emplace_back(i, j);
        left_old.first = i + 1;
        left_present.first = j + 1;
      }
      left_old.last = old.last;
      left_present.last = present.last;
      if (!found.empty()) compare(before, left_old, now, left_present, pairs);
    }
  }
  for (size_t i = 0; i < same_end; ++i) pairs->emplace_back(old.last + i, present.last + i);
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    // As Python counts them.
    const size_t end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool two = text[end] == '\r' && end + 1 < text.size() && text[end + 1] == '\n';
    text.remove_prefix(end + (two ? 2 : 1));
  }
  return lines;
}

std::vector<std::pair<size_t, size_t>> common_lines(const std::vector<std::string_view>& before,
                                                    const std::vector<std::string_view>& now) {
  Pairs pairs;
  compare(before, {0, before.size()}, now, {0, now.size()}, &pairs);
  return pairs;
}

}  // namespace alibi::change
