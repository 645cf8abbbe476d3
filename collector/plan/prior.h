// What a file takes that nobody has measured, or too seldom, going by the other files: those of its size in
// its folder, its folder, all. Pure; used by estimate only.
#ifndef ALIBI_COLLECTOR_PLAN_PRIOR_H_
#define ALIBI_COLLECTOR_PLAN_PRIOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "collector/plan/fixed_point.h"

namespace alibi::plan {

struct MeasuredFile {
  std::string file;
  uint64_t bytes = 0, tests = 0;  // 0 unknown
  uint64_t ms = 1;
};

struct Prior {
  uint64_t ms = 1;
  std::string why;
};

class Priors {
 public:
  explicit Priors(const std::vector<MeasuredFile>& measured);

  // A file that was measured has no part in its own prior. Nothing when no other was.
  std::optional<Prior> of(const std::string& file, uint64_t bytes, uint64_t tests) const;

 private:
  // Least squares of log ms on log x; one that was added can be taken out again.
  struct Line {
    int64_t count = 0;
    Int128 x = 0, y = 0, xx = 0, xy = 0;
    void add(Fixed log_x, Fixed log_y, int sign);
    std::optional<uint64_t> at(Fixed log_x, uint64_t least, uint64_t most) const;
  };
  struct Folder {
    Line by_bytes, by_tests;
    std::vector<uint64_t> sorted;  // ms
  };

  static std::optional<Prior> by_size(const Folder& folder, const MeasuredFile* own, uint64_t bytes,
                                      uint64_t tests, const std::string& name);

  std::map<std::string, MeasuredFile> measured_;
  std::map<std::string, Folder> folders_;
  std::vector<uint64_t> sorted_;
};

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_PRIOR_H_
