#include "tracer/model/listing_detail.h"

#include <cinttypes>
#include <cstdio>

namespace alibi::model {

std::string found_line(const Hash128& names) {
  char digits[33];
  std::snprintf(digits, sizeof digits, "%016" PRIx64 "%016" PRIx64, names.high, names.low);
  return std::string(kFoundKey) + digits;
}

std::string_view found_line_of(std::string_view detail) {
  while (!detail.empty()) {
    const std::string_view line = detail.substr(0, detail.find('\n'));
    if (line.starts_with(kFoundKey)) return line;
    detail.remove_prefix(line.size() == detail.size() ? line.size() : line.size() + 1);
  }
  return {};
}

}  // namespace alibi::model
