#include "collector/plan/long_files.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <numeric>
#include <set>
#include <string_view>
#include <utility>

#include "collector/plan/items.h"
#include "collector/plan/longest_first.h"
#include "collector/plan/rest_of_file.h"

namespace alibi::plan {
namespace {

// More parts would be all start and no tests.
constexpr uint64_t kMostParts = 1024;

// Of `whole`, the share part / all; no overflow.
uint64_t scaled(uint64_t whole, uint64_t part, uint64_t all) {
  return static_cast<uint64_t>(Wide{whole} * part / std::max<uint64_t>(all, 1));
}

// Why a file may not be divided whatever it would win; "" when it may.
std::string obstacle(const Unit& unit, const FileTests& tests) {
  if (tests.serial) return "it is marked as serial";
  if (!unit.group.empty()) return "it belongs to the group " + unit.group + ", which stays on one worker";
  if (tests.groups.size() < 2) return "it has one test, or tests that only run together";
  std::set<std::string_view> selectors;
  for (const TestGroup& group : tests.groups) {
    if (group.selectors.empty()) return "some of its tests cannot be selected";
    for (const std::string& selector : group.selectors) {
      if (!selectors.insert(selector).second) return "two of its tests are selected by " + selector;
    }
  }
  return "";
}

// Test groups, by their place in the file, and what they take, by part.
struct Parts {
  std::vector<std::vector<size_t>> groups;
  std::vector<uint64_t> weights;
  uint64_t longest = 0;
};

class FileDivision {
 public:
  FileDivision(const Unit& unit, const FileTests& tests) : unit_(unit), tests_(tests) {
    const uint64_t most = kMostTotal / tests.groups.size();
    for (const TestGroup& group : tests.groups)
      weights_.push_back(std::min(most, std::max<uint64_t>(group.weight_ms, 1)));
    total_ = std::accumulate(weights_.begin(), weights_.end(), uint64_t{0});
  }

  // LPT over the groups. What they take is scaled to what the file takes.
  Parts into(uint32_t count) const {
    std::vector<size_t> order(weights_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [this](size_t one, size_t other) { return weights_[one] > weights_[other]; });
    Weights sorted;
    for (const size_t group : order) sorted.push_back(weights_[group]);
    const Packing packing = longest_first(sorted, count);
    Parts parts;
    parts.groups.resize(count);
    for (size_t i = 0; i < order.size(); ++i) parts.groups[packing.bin_of[i]].push_back(order[i]);
    for (uint32_t part = 0; part < count; ++part) {
      std::sort(parts.groups[part].begin(), parts.groups[part].end());
      const uint64_t weight = std::max<uint64_t>(scaled(unit_.weight_ms, packing.loads[part], total_), 1);
      parts.weights.push_back(weight);
      parts.longest = std::max(parts.longest, weight);
    }
    return parts;
  }

  void append(const Parts& parts, std::vector<Unit>* units) const {
    std::vector<Unit> made;
    for (size_t part = 0; part < parts.groups.size(); ++part) {
      Unit unit = unit_;
      unit.weight_ms = parts.weights[part];
      for (const size_t group : parts.groups[part]) {
        const std::vector<std::string>& selectors = tests_.groups[group].selectors;
        unit.selectors.insert(unit.selectors.end(), selectors.begin(), selectors.end());
      }
      made.push_back(std::move(unit));
    }
    if (tests_.can_leave_out) leave_rest_to_one(&made);
    std::ranges::move(made, std::back_inserter(*units));
  }

 private:
  const Unit& unit_;
  const FileTests& tests_;
  Weights weights_;  // in the file's order
  uint64_t total_ = 0;
};

class LongFiles {
 public:
  LongFiles(const std::vector<Unit>& units, const std::vector<FileTests>& tests, uint32_t bins,
            uint64_t target_ms, const FixedCosts& costs, uint64_t part_tenths)
      : file_ms_(costs.file_ms), part_tenths_(std::max<uint64_t>(part_tenths, 1)) {
    Wide sum = 0;
    for (const Unit& unit : units) sum += saturated_sum(unit.weight_ms, file_ms_);
    fair_ = std::min<Wide>((sum + bins - 1) / bins, kMostTotal);
    const uint64_t target = target_ms - std::min(target_ms, costs.worker_ms);
    share_ = std::max<uint64_t>({static_cast<uint64_t>(fair_), target, 1});
    for (const FileTests& file : tests) {
      if (!tests_.emplace(file.file, &file).second) twice_.insert(file.file);
    }
  }

  void divide(Unit unit, Division* division) const {
    const uint64_t alone = saturated_sum(unit.weight_ms, file_ms_);
    if (alone <= share_ || unit.is_part()) {
      division->units.push_back(std::move(unit));
      return;
    }
    const auto known = tests_.find(unit.file);
    std::string why;
    if (known == tests_.end()) {
      why = "its tests are not known";
    } else if (twice_.contains(unit.file)) {
      why = "its tests are listed twice";
    } else {
      why = obstacle(unit, *known->second);
    }
    if (why.empty() && divided(unit, *known->second, alone, division)) return;
    if (why.empty()) why = "starting its parts would take longer than they save";
    division->reasons.push_back(unit.file + ": not divided, " + why);
    division->units.push_back(std::move(unit));
  }

 private:
  // Fewer parts are tried when many cost more than they win.
  bool divided(const Unit& unit, const FileTests& tests, uint64_t alone, Division* division) const {
    const FileDivision file(unit, tests);
    const Wide part = part_tenths_ * Wide{share_};
    const Wide wanted = (Wide{unit.weight_ms} * 10 + part - 1) / part;
    const size_t most = std::min<size_t>(tests.groups.size(), kMostParts);
    for (auto count = static_cast<uint32_t>(wanted < most ? static_cast<size_t>(wanted) : most); count >= 2;
         count /= 2) {
      const Parts parts = file.into(count);
      const uint64_t wall = std::max(share_, saturated_sum(parts.longest, file_ms_));
      const uint64_t saved = alone - std::min(alone, wall);
      if (Wide{saved} <= Wide{count} * file_ms_) continue;
      file.append(parts, &division->units);
      division->reasons.push_back(unit.file + ": divided into " + std::to_string(count) + " parts (" +
                                  std::to_string(tests.groups.size()) + " tests or groups), the longest " +
                                  std::to_string(parts.longest) + " ms of " + std::to_string(unit.weight_ms) +
                                  " ms");
      return true;
    }
    return false;
  }

  uint64_t file_ms_, part_tenths_;
  Wide fair_ = 0;
  uint64_t share_ = 1;  // what a worker gets, or the target where that is more
  std::map<std::string_view, const FileTests*> tests_;
  std::set<std::string_view> twice_;
};

}  // namespace

Division divide_long_files(std::vector<Unit> units, const std::vector<FileTests>& tests, uint32_t bins,
                           uint64_t target_ms, const FixedCosts& costs, uint64_t part_tenths) {
  Division division;
  if (bins < 2) {
    division.units = std::move(units);
    return division;
  }
  const LongFiles long_files(units, tests, bins, target_ms, costs, part_tenths);
  division.units.reserve(units.size());
  for (Unit& unit : units) long_files.divide(std::move(unit), &division);
  return division;
}

}  // namespace alibi::plan
