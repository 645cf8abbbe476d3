// Which lines two texts have in common, in order: the pairs of a longest common subsequence, or of a good one
// where the longest would be expensive. Pure.
#ifndef ALIBI_COLLECTOR_CHANGE_COMMON_LINES_H_
#define ALIBI_COLLECTOR_CHANGE_COMMON_LINES_H_

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace alibi::change {

std::vector<std::string_view> split_lines(std::string_view text);

// Places in `before` and `now`, both rising.
std::vector<std::pair<size_t, size_t>> common_lines(const std::vector<std::string_view>& before,
                                                    const std::vector<std::string_view>& now);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_COMMON_LINES_H_
