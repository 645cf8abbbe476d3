// How text for people looks: colours on terminals, plain otherwise. Decided once by the command, passed to
// every printer; never looks at the environment itself.
#ifndef ALIBI_COLLECTOR_REPORT_STYLE_H_
#define ALIBI_COLLECTOR_REPORT_STYLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/loss_report.h"

namespace alibi::report {

enum class Colour { kNone, kBold, kDim, kGreen, kRed, kYellow, kCyan };

struct Style {
  bool coloured = false;
  std::string paint(Colour colour, std::string_view text) const;
};

std::string duration_text(uint64_t nanoseconds);                // "850 us", "12.3 ms", "4.56 s", "3 min 12 s"
std::string size_text(uint64_t bytes);                          // "812 B", "1.5 MiB"
std::string count_text(uint64_t count, std::string_view noun);  // "1 test", "2 tests"
std::string time_text(uint64_t unix_ns);                        // "2026-11-21 13:35:01", UTC
// "1-4, 7, 10-12"
std::string ranges_text(const std::vector<uint32_t>& lines);
// "edited 1, torn 2"
std::string drops_text(const collector::DropCounts& drops);
// Bytes that a terminal would obey rather than show become '?': ids and paths are foreign.
std::string printable(std::string_view text);
// The same line by line, for what another program said: later lines are indented, empty ones left out.
std::string printable_lines(std::string_view text);

// Columns padded to the widest cell; the last one is not padded.
class Table {
 public:
  struct Cell {
    std::string text;
    Colour colour = Colour::kNone;
    bool right = false;
  };
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  std::string text(const Style& style) const;

 private:
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_STYLE_H_
