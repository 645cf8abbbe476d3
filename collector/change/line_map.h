// Where the lines of an earlier text of a source stand in its present text: what lets evidence of lines
// outlive an edit. Pure; made by ProjectState's callers, used by `alibi export coverage --as-of-now`.
//
// Lines of a function belong to the same function now, and only while its meaning is the same; lines outside
// of functions belong to lines outside. What import must have run anew is added: statements that came or
// changed in a module whose body ran. A line that cannot be placed is left out, never guessed.
#ifndef ALIBI_COLLECTOR_CHANGE_LINE_MAP_H_
#define ALIBI_COLLECTOR_CHANGE_LINE_MAP_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "collector/change/source_units.h"
#include "collector/change/units_difference.h"

namespace alibi::change {

class LineMap {
 public:
  struct Source {
    std::string_view text;
    const FileUnits& units;
  };

  // `difference` is that of the units. `code_lines`: lines of the earlier text on which something could run,
  // sorted; may be empty.
  LineMap(const Source& before, const Source& now, const UnitsDifference& difference,
          std::vector<uint32_t> code_lines);

  // `executed`: sorted lines of the earlier text. The result is sorted.
  std::vector<uint32_t> moved(const std::vector<uint32_t>& executed) const;

 private:
  // A function that was laid out anew: these lines stand for those, as a whole.
  struct Rewritten {
    std::vector<uint32_t> before;
    std::vector<uint32_t> now;
  };

  struct Texts {
    std::vector<std::string_view> before, now;
  };
  void pair_lines(const Texts& texts, const std::vector<uint32_t>& before, const std::vector<uint32_t>& now,
                  bool same_meaning);

  std::vector<uint32_t> code_lines_;
  std::vector<uint32_t> present_;  // of each earlier line, from 1; 0: nowhere
  std::vector<bool> outside_;      // of functions, each earlier line
  std::vector<Rewritten> rewritten_;
  std::vector<uint32_t> new_statements_;  // lines that import has to run now and did not have then
};

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_LINE_MAP_H_
