// The one screen of `alibi watch` as lines that fit: what changed, how the tests stand, the failures with
// their tracebacks as far as there is room, the keys. Pure; Terminal draws it.
#ifndef ALIBI_COLLECTOR_WATCH_SCREEN_H_
#define ALIBI_COLLECTOR_WATCH_SCREEN_H_

#include <string>
#include <vector>

#include "collector/report/style.h"
#include "collector/watch/view.h"

namespace alibi::watch {

struct ScreenSize {
  size_t rows = 24;
  size_t columns = 80;
};

// At most `rows` lines of at most `columns` characters each, colours not counted.
std::vector<std::string> screen_lines(const View& view, ScreenSize size, const report::Style& style);

}  // namespace alibi::watch

#endif  // ALIBI_COLLECTOR_WATCH_SCREEN_H_
