#include "slot_locations.h"

#include <algorithm>

namespace alibi::python {
namespace {

// Objects/locations.md of CPython 3.11: bits 3 to 6 of an entry's first byte. 0 to 9 are "short" forms:
// the same line, start column below 80, width below 16.
constexpr int kFirstOneLineForm = 10;  // 10, 11, 12: line + 0, 1, 2 and two column bytes
constexpr int kLastOneLineForm = 12;
constexpr int kNoColumnsForm = 13;
constexpr int kLongForm = 14;
constexpr int kNoLocationForm = 15;
constexpr int kUnitsPerEntry = 8;

class TableReader {
 public:
  explicit TableReader(std::string_view table) : table_(table) {}
  bool at_end() const { return position_ >= table_.size(); }
  bool damaged() const { return damaged_; }

  unsigned take_byte() {
    if (at_end()) {
      damaged_ = true;
      return 0;
    }
    return static_cast<uint8_t>(table_[position_++]);
  }
  unsigned take_varint() {
    unsigned value = 0;
    for (unsigned shift = 0; !damaged_; shift += 6) {
      const unsigned byte = take_byte();
      if (shift < 32) value |= (byte & 63) << shift;
      if ((byte & 64) == 0) break;
    }
    return value;
  }
  int take_signed_varint() {
    const unsigned value = take_varint();
    return (value & 1) != 0 ? -static_cast<int>(value >> 1) : static_cast<int>(value >> 1);
  }

 private:
  std::string_view table_;
  size_t position_ = 0;
  bool damaged_ = false;
};

int wrapping_add(int line, int delta) {
  return static_cast<int>(static_cast<unsigned>(line) + static_cast<unsigned>(delta));
}

Location take_location(TableReader* reader, int form, int* line) {
  Location location;
  if (form == kNoLocationForm) return location;
  if (form == kLongForm || form == kNoColumnsForm) {
    *line = wrapping_add(*line, reader->take_signed_varint());
  } else if (form >= kFirstOneLineForm) {
    *line = wrapping_add(*line, form - kFirstOneLineForm);
  }
  location.line = location.end_line = *line;
  if (form == kLongForm) {
    location.end_line = wrapping_add(*line, static_cast<int>(reader->take_varint()));
    location.column = static_cast<int>(reader->take_varint()) - 1;
    location.end_column = static_cast<int>(reader->take_varint()) - 1;
  } else if (form >= kFirstOneLineForm && form <= kLastOneLineForm) {
    location.column = static_cast<int>(reader->take_byte());
    location.end_column = static_cast<int>(reader->take_byte());
  } else if (form < kFirstOneLineForm) {
    const unsigned byte = reader->take_byte();
    location.column = (form << 3) | static_cast<int>(byte >> 4);
    location.end_column = location.column + static_cast<int>(byte & 15);
  }
  return location;
}

}  // namespace

std::vector<Location> decode_locations(std::string_view table, int first_line, size_t units) {
  std::vector<Location> locations;
  locations.reserve(units);
  TableReader reader(table);
  int line = first_line;
  while (!reader.at_end() && locations.size() < units) {
    const unsigned head = reader.take_byte();
    const Location location = take_location(&reader, static_cast<int>(head >> 3) & 15, &line);
    if (reader.damaged()) break;
    const size_t count = std::min<size_t>((head & 7) + 1, units - locations.size());
    locations.insert(locations.end(), count, location);
  }
  locations.resize(units);
  return locations;
}

void LocationWriter::append(const Location& location, int units) {
  for (; units > kUnitsPerEntry; units -= kUnitsPerEntry) append_entry(location, kUnitsPerEntry);
  if (units > 0) append_entry(location, units);
}

void LocationWriter::append_entry(const Location& location, int units) {
  if (!location.has_line()) return append_form(kNoLocationForm, units);
  const int delta = wrapping_add(location.line, -line_);
  line_ = location.line;
  const bool one_line = location.end_line == location.line;
  const bool columns = location.column >= 0 && location.end_column >= 0;
  if (one_line && !columns) {
    append_form(kNoColumnsForm, units);
    return append_signed_varint(delta);
  }
  const int width = location.end_column - location.column;
  if (one_line && delta == 0 && location.column < 80 && width >= 0 && width < 16) {
    append_form(location.column >> 3, units);
    bytes_.push_back(static_cast<char>(((location.column & 7) << 4) | width));
    return;
  }
  if (one_line && delta >= 0 && delta <= 2 && location.column < 128 && location.end_column < 128) {
    append_form(kFirstOneLineForm + delta, units);
    bytes_.push_back(static_cast<char>(location.column));
    bytes_.push_back(static_cast<char>(location.end_column));
    return;
  }
  append_form(kLongForm, units);
  append_signed_varint(delta);
  append_varint(static_cast<unsigned>(location.end_line) - static_cast<unsigned>(location.line));
  append_varint(static_cast<unsigned>(location.column + 1));
  append_varint(static_cast<unsigned>(location.end_column + 1));
}

void LocationWriter::append_form(int form, int units) {
  bytes_.push_back(static_cast<char>(0x80 | (form << 3) | (units - 1)));
}

void LocationWriter::append_varint(unsigned value) {
  for (; value >= 64; value >>= 6) bytes_.push_back(static_cast<char>(64 | (value & 63)));
  bytes_.push_back(static_cast<char>(value));
}

void LocationWriter::append_signed_varint(int value) {
  const unsigned magnitude = value < 0 ? 0u - static_cast<unsigned>(value) : static_cast<unsigned>(value);
  append_varint((magnitude << 1) | (value < 0 ? 1u : 0u));
}

}  // namespace alibi::python
