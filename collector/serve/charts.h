// Small drawings on pages, as inline SVG: signs of statuses, shares of a whole, bars of durations. Pure.
// Colours come from the style sheet; nothing is said by colour alone.
#ifndef ALIBI_COLLECTOR_SERVE_CHARTS_H_
#define ALIBI_COLLECTOR_SERVE_CHARTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alibi::serve {

// "pass", "fail", "skip", "out", anything else.
std::string status_sign(std::string_view kind);

struct Share {
  const char* kind;
  const char* name;
  uint64_t count = 0;
};
// One line in which every share has its part; those that are there have at least a visible one.
std::string share_bar(const std::vector<Share>& shares);

struct Bar {
  std::vector<std::pair<const char*, uint64_t>> parts;  // kind and value, from below
  std::string title;
  const char* sign = "";  // a kind whose sign stands above it
};
// `label` says in words what is seen.
std::string bar_chart(const std::vector<Bar>& bars, std::string_view label);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_CHARTS_H_
