// A worker's output as lines with its name before them. Used for each stream of each worker; pure.
//
// Bytes pass through as they are, also those that are no UTF-8. Of a line that is drawn over with carriage
// returns only the last state is kept. A colour that is still on at a line's end is switched off there and on
// again behind the next prefix, so that it does not run into others' lines.
#ifndef ALIBI_COLLECTOR_RUN_LINE_PREFIX_H_
#define ALIBI_COLLECTOR_RUN_LINE_PREFIX_H_

#include <string>
#include <string_view>

namespace alibi::run {

class LinePrefix {
 public:
  static constexpr size_t kLongestLine = 64u << 10;  // a longer one is broken

  explicit LinePrefix(std::string prefix) : prefix_(std::move(prefix)) {}
  std::string feed(std::string_view bytes);  // the complete lines
  std::string flush();                       // what has no end yet, as a line
  bool has_partial() const { return !partial_.empty(); }

 private:
  std::string line_of(std::string_view text);

  std::string prefix_, partial_, colours_;
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_LINE_PREFIX_H_
