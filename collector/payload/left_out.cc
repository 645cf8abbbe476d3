#include "collector/payload/left_out.h"

#include <algorithm>

namespace alibi::payload {

void LeftOut::add(std::string_view reason, uint64_t count) {
  const auto found = std::ranges::find(counts_, reason, &std::pair<std::string_view, uint64_t>::first);
  if (found != counts_.end())
    found->second += count;
  else
    counts_.emplace_back(reason, count);
}

void LeftOut::add(const LeftOut& other) {
  for (const auto& [reason, count] : other.counts_) add(reason, count);
}

uint64_t LeftOut::total() const {
  uint64_t sum = 0;
  for (const auto& [reason, count] : counts_) sum += count;
  return sum;
}

uint64_t LeftOut::count_of(std::string_view reason) const {
  const auto found = std::ranges::find(counts_, reason, &std::pair<std::string_view, uint64_t>::first);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace alibi::payload
