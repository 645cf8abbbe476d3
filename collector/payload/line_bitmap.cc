#include "collector/payload/line_bitmap.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace alibi::payload {
namespace {

constexpr char kLinesUnknown = '\x80';

}  // namespace

void write_bitmap(const std::vector<uint32_t>& lines, std::string* bitmap) {
  const uint32_t last = lines.empty() ? 0 : *std::ranges::max_element(lines);
  bitmap->clear();
  if (last == 0 || last > kMostLine) {
    bitmap->resize(kLeastBitmapBytes, '\0');
    bitmap->front() = kLinesUnknown;
    return;
  }
  bitmap->resize(std::max<size_t>(kLeastBitmapBytes, last / 8 + 1), '\0');
  char* const bytes = bitmap->data();
  for (const uint32_t line : lines) {
    if (line != 0) bytes[line / 8] = static_cast<char>(bytes[line / 8] | (0x80U >> (line % 8)));
  }
}

bool read_bitmap(std::string_view bitmap, std::vector<uint32_t>* lines) {
  while (!bitmap.empty() && bitmap.back() == '\0') bitmap.remove_suffix(1);
  if (bitmap.empty() || (bitmap.front() & kLinesUnknown) != 0 || bitmap.size() - 1 > kMostLine / 8)
    return false;
  for (size_t at = 0; at < bitmap.size(); ++at) {
    for (auto byte = static_cast<uint8_t>(bitmap[at]); byte != 0;) {
      const int bit = std::countl_zero(byte);
      lines->push_back(static_cast<uint32_t>(at * 8) + static_cast<uint32_t>(bit));
      byte = static_cast<uint8_t>(byte & ~(0x80U >> bit));
    }
  }
  return true;
}

uint64_t lines_in(std::string_view bitmap) {
  uint64_t count = 0;
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= bitmap.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bitmap.data() + at, sizeof word);
    count += static_cast<uint64_t>(std::popcount(word));
  }
  for (; at < bitmap.size(); ++at)
    count += static_cast<uint64_t>(std::popcount(static_cast<uint8_t>(bitmap[at])));
  return count;
}

}  // namespace alibi::payload
