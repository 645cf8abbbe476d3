#include "collector/plan/prior.h"

#include <algorithm>

namespace alibi::plan {
namespace {

constexpr int64_t kFewestForLine = 5;
constexpr size_t kFewestForFolder = 2;
constexpr int kLineBits = 12;  // after the point, so that sums over all files of a suite fit

std::string folder_of(const std::string& file) {
  const size_t slash = file.rfind('/');
  return slash == std::string::npos ? "." : file.substr(0, slash);
}

// Of the sorted numbers without one that is equal to `own`.
std::optional<uint64_t> median_without(const std::vector<uint64_t>& sorted, const MeasuredFile* own,
                                       size_t fewest) {
  const size_t count = sorted.size() - (own != nullptr ? 1 : 0);
  if (count < fewest || count == 0) return std::nullopt;
  const size_t left_out =
      own == nullptr
          ? sorted.size()
          : static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), own->ms) - sorted.begin());
  const auto at = [&](size_t place) { return sorted[place < left_out ? place : place + 1]; };
  const uint64_t low = at((count - 1) / 2), high = at(count / 2);
  return low + (high - low) / 2;
}

}  // namespace

void Priors::Line::add(Fixed log_x, Fixed log_y, int sign) {
  const Int128 a = log_x >> (kFixedBits - kLineBits), b = log_y >> (kFixedBits - kLineBits);
  count += sign;
  x += sign * a;
  y += sign * b;
  xx += sign * a * a;
  xy += sign * a * b;
}

std::optional<uint64_t> Priors::Line::at(Fixed log_x, uint64_t least, uint64_t most) const {
  if (count < kFewestForLine) return std::nullopt;
  const Int128 spread = count * xx - x * x, slope = count * xy - x * y;
  // Larger files that take less time: size explains nothing here.
  if (spread <= 0 || slope <= 0) return std::nullopt;
  const Int128 place = count * Int128{log_x >> (kFixedBits - kLineBits)} - x;
  const Int128 log_y = (y + slope * place / spread) / count;
  const Int128 bounded = std::clamp<Int128>(log_y, 0, Int128{60} << kLineBits);
  // Not far out of what was seen, however large the file.
  return std::clamp(exp2_of(static_cast<Fixed>(bounded << (kFixedBits - kLineBits))),
                    std::max<uint64_t>(least / 2, 1), most * 2);
}

Priors::Priors(const std::vector<MeasuredFile>& measured) {
  for (const MeasuredFile& file : measured) {
    if (!measured_.emplace(file.file, file).second) continue;
    Folder& folder = folders_[folder_of(file.file)];
    if (file.bytes > 0) folder.by_bytes.add(log2_of(file.bytes), log2_of(file.ms), 1);
    if (file.tests > 0) folder.by_tests.add(log2_of(file.tests), log2_of(file.ms), 1);
    folder.sorted.push_back(file.ms);
    sorted_.push_back(file.ms);
  }
  std::sort(sorted_.begin(), sorted_.end());
  for (auto& [name, folder] : folders_) std::sort(folder.sorted.begin(), folder.sorted.end());
}

std::optional<Prior> Priors::by_size(const Folder& folder, const MeasuredFile* own, uint64_t bytes,
                                     uint64_t tests, const std::string& name) {
  const uint64_t least = folder.sorted.front(), most = folder.sorted.back();
  Line line = folder.by_bytes;
  if (own != nullptr && own->bytes > 0) line.add(log2_of(own->bytes), log2_of(own->ms), -1);
  if (const auto ms = bytes > 0 ? line.at(log2_of(bytes), least, most) : std::nullopt)
    return Prior{*ms, "files of its size in " + name};
  line = folder.by_tests;
  if (own != nullptr && own->tests > 0) line.add(log2_of(own->tests), log2_of(own->ms), -1);
  if (const auto ms = tests > 0 ? line.at(log2_of(tests), least, most) : std::nullopt)
    return Prior{*ms, "files of as many tests in " + name};
  return std::nullopt;
}

std::optional<Prior> Priors::of(const std::string& file, uint64_t bytes, uint64_t tests) const {
  const auto measured = measured_.find(file);
  const MeasuredFile* own = measured == measured_.end() ? nullptr : &measured->second;
  const std::string name = folder_of(file);
  if (const auto folder = folders_.find(name); folder != folders_.end()) {
    if (std::optional<Prior> prior = by_size(folder->second, own, bytes, tests, name)) return prior;
    if (const auto ms = median_without(folder->second.sorted, own, kFewestForFolder))
      return Prior{*ms, "the median of " + name};
  }
  if (const auto ms = median_without(sorted_, own, 1)) return Prior{*ms, "the median of all files"};
  return std::nullopt;
}

}  // namespace alibi::plan
