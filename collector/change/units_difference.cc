#include "collector/change/units_difference.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <utility>

namespace alibi::change {
namespace {

using FunctionKey = std::pair<NameId, uint32_t>;

bool same(const StatementUnit& one, const StatementUnit& other) {
  return one.class_name == other.class_name && one.fingerprint == other.fingerprint;
}

void compare_functions(const FileUnits& before, const FileUnits& now, UnitsDifference* difference) {
  absl::flat_hash_map<FunctionKey, const FunctionUnit*> present;
  for (const FunctionUnit& function : now.functions)
    present.emplace(FunctionKey(function.name, function.ordinal), &function);
  for (uint32_t i = 0; i < before.functions.size(); ++i) {
    const FunctionUnit& function = before.functions[i];
    const auto found = present.find(FunctionKey(function.name, function.ordinal));
    const FunctionUnit* match = found == present.end() ? nullptr : found->second;
    if (match == nullptr || match->fingerprint != function.fingerprint) difference->functions.push_back(i);
    if (match == nullptr || match->signature != function.signature) difference->signatures.push_back(i);
    if (match == nullptr || match->positions != function.positions) difference->positions.push_back(i);
  }
}

// Which statements of a range of each side belong together, in order: a longest common subsequence, or, for
// ranges too large for the table, none (more counts as changed then, never less).
class Alignment {
 public:
  Alignment(const std::vector<StatementUnit>& before, const std::vector<StatementUnit>& now)
      : before_(before), now_(now), old_kept_(before.size()), new_kept_(now.size()) {
    size_t first = 0;
    while (first < before.size() && first < now.size() && same(before[first], now[first]))
      keep(first, first), ++first;
    size_t old_end = before.size(), new_end = now.size();
    while (old_end > first && new_end > first && same(before[old_end - 1], now[new_end - 1]))
      keep(--old_end, --new_end);
    align(first, old_end, first, new_end);
  }
  const std::vector<bool>& old_kept() const { return old_kept_; }
  const std::vector<bool>& new_kept() const { return new_kept_; }

 private:
  static constexpr size_t kLargestTable = size_t{1} << 24;

  void keep(size_t old_place, size_t new_place) {
    old_kept_[old_place] = true;
    new_kept_[new_place] = true;
  }

  void align(size_t old_first, size_t old_end, size_t new_first, size_t new_end) {
    const size_t rows = old_end - old_first, columns = new_end - new_first;
    if (rows == 0 || columns == 0 || rows > kLargestTable / columns) return;
    std::vector<uint32_t> longest((rows + 1) * (columns + 1), 0);
    const auto at = [&](size_t row, size_t column) -> uint32_t& {
      return longest[row * (columns + 1) + column];
    };
    for (size_t row = rows; row-- > 0;) {
      for (size_t column = columns; column-- > 0;) {
        at(row, column) = same(before_[old_first + row], now_[new_first + column])
                              ? at(row + 1, column + 1) + 1
                              : std::max(at(row + 1, column), at(row, column + 1));
      }
    }
    for (size_t row = 0, column = 0; row < rows && column < columns;) {
      if (same(before_[old_first + row], now_[new_first + column])) {
        keep(old_first + row++, new_first + column++);
      } else if (at(row + 1, column) >= at(row, column + 1)) {
        ++row;
      } else {
        ++column;
      }
    }
  }

  const std::vector<StatementUnit>& before_;
  const std::vector<StatementUnit>& now_;
  std::vector<bool> old_kept_;
  std::vector<bool> new_kept_;
};

bool binds_alone(const FileUnits& units, const StatementUnit& statement) {
  return std::all_of(statement.binds.begin(), statement.binds.end(), [&](NameId name) {
    const auto binds_it = [&](const StatementUnit& other) {
      return other.class_name == statement.class_name &&
             std::binary_search(other.binds.begin(), other.binds.end(), name);
    };
    return std::count_if(units.statements.begin(), units.statements.end(), binds_it) == 1;
  });
}

void compare_statements(const FileUnits& before, const FileUnits& now, UnitsDifference* difference) {
  const Alignment alignment(before.statements, now.statements);
  for (uint32_t i = 0; i < before.statements.size(); ++i) {
    if (!alignment.old_kept()[i]) difference->old_statements.push_back(i);
  }
  for (uint32_t i = 0; i < now.statements.size(); ++i) {
    if (!alignment.new_kept()[i]) difference->new_statements.push_back(i);
  }
  // What only moved.
  std::erase_if(difference->old_statements, [&](uint32_t old_index) {
    const StatementUnit& statement = before.statements[old_index];
    if (!statement.order_free || !binds_alone(before, statement)) return false;
    const auto moved = std::find_if(
        difference->new_statements.begin(), difference->new_statements.end(), [&](uint32_t new_index) {
          return same(statement, now.statements[new_index]) && binds_alone(now, now.statements[new_index]);
        });
    if (moved == difference->new_statements.end()) return false;
    difference->new_statements.erase(moved);
    return true;
  });
}

}  // namespace

UnitsDifference compare_units(const FileUnits& before, const FileUnits* now) {
  UnitsDifference difference;
  if (now == nullptr || !before.parsed() || !now->parsed()) {
    difference.whole = true;
    return difference;
  }
  compare_functions(before, *now, &difference);
  compare_statements(before, *now, &difference);
  difference.docs = before.docs != now->docs;
  difference.annotations = before.annotations != now->annotations;
  return difference;
}

}  // namespace alibi::change
