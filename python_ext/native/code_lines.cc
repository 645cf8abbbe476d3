#include "code_lines.h"

#include <algorithm>

#include "compat_code.h"

namespace alibi::python {
namespace {

struct Bytes {
  const uint8_t* next;
  const uint8_t* end;
  bool at_end() const { return next >= end; }
  uint8_t take() { return at_end() ? 0 : *next++; }
  void skip(int count) { next = end - next > count ? next + count : end; }
};

int sum(int line, int delta) {  // wraps instead of overflowing on hand-made tables
  return static_cast<int>(static_cast<unsigned>(line) + static_cast<unsigned>(delta));
}

class Range {
 public:
  explicit Range(int line, LineBits* bits = nullptr) : line_(line), bits_(bits) {}
  void add(int delta) { line_ = sum(line_, delta); }
  void note() {
    if (line_ < 1) return;  // RESUME of a module carries line 0; no event ever does
    first_ = first_ == 0 ? line_ : std::min(first_, line_);
    last_ = std::max(last_, line_);
    if (bits_ != nullptr) bits_->add(line_);
  }
  LineRange result(int fallback) const {
    if (first_ == 0) return {std::max(fallback, 1), std::max(fallback, 1)};
    return {first_, last_};
  }

 private:
  int line_;
  LineBits* bits_;
  int first_ = 0;
  int last_ = 0;
};

unsigned take_varint(Bytes* bytes) {
  unsigned value = 0;
  for (unsigned shift = 0;; shift += 6) {
    const uint8_t byte = bytes->take();
    if (shift < 32) value |= static_cast<unsigned>(byte & 63) << shift;
    if ((byte & 64) == 0 || bytes->at_end()) return value;
  }
}

int take_signed_varint(Bytes* bytes) {
  const unsigned value = take_varint(bytes);
  return (value & 1) != 0 ? -static_cast<int>(value >> 1) : static_cast<int>(value >> 1);
}

// A first byte with the form in bits 3 to 6 and the number of code units less one below, then columns we
// do not want. Calls entry(units, has_line, difference to the line before).
template <typename Entry>
void walk_locations(Bytes bytes, Entry entry) {
  while (!bytes.at_end()) {
    const uint8_t first = bytes.take();
    const int form = (first >> 3) & 15;
    const unsigned units = (first & 7u) + 1;
    if (form == 15) {  // no location
      entry(units, false, 0);
    } else if (form == 14) {  // line and columns as varints
      const int difference = take_signed_varint(&bytes);
      for (int column = 0; column < 3; ++column) take_varint(&bytes);
      entry(units, true, difference);
    } else if (form == 13) {  // line only
      entry(units, true, take_signed_varint(&bytes));
    } else if (form >= 10) {  // line + 0, 1, 2 and two columns
      bytes.skip(2);
      entry(units, true, form - 10);
    } else {  // the same line
      bytes.skip(1);
      entry(units, true, 0);
    }
  }
}

void walk_pairs_with_gaps(Bytes bytes, Range* range) {
  while (bytes.end - bytes.next >= 2) {
    const uint8_t length = bytes.take();
    const int8_t delta = static_cast<int8_t>(bytes.take());
    if (delta == -128) continue;
    range->add(delta);
    if (length != 0) range->note();
  }
}

void walk_pairs(Bytes bytes, Range* range) {
  while (bytes.end - bytes.next >= 2) {
    if (bytes.take() != 0) range->note();
    range->add(static_cast<int8_t>(bytes.take()));
  }
  range->note();
}

void walk(Bytes bytes, Range* range) {
  switch (kLineTableForm) {
    case LineTableForm::kLocations:
      return walk_locations(bytes, [range](unsigned, bool has_line, int difference) {
        if (!has_line) return;
        range->add(difference);
        range->note();
      });
    case LineTableForm::kPairsWithGaps:
      return walk_pairs_with_gaps(bytes, range);
    case LineTableForm::kPairs:
      return walk_pairs(bytes, range);
  }
}

Bytes table_of(PyCodeObject* code) {
  PyObject* table = line_table(code);
  const uint8_t* begin = reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(table));
  return {begin, begin + PyBytes_GET_SIZE(table)};
}

}  // namespace

void LineBits::add(int line) {
  if (line > kHighest) return;
  const size_t place = static_cast<size_t>(line) / 8;
  if (place >= bytes_.size()) bytes_.resize(std::max(place + 1, 2 * bytes_.size()));
  bytes_[place] = static_cast<char>(bytes_[place] | 1 << (line % 8));
}

void LineBits::add_lines_of(PyCodeObject* code) {
  Range range(code->co_firstlineno, this);
  walk(table_of(code), &range);
}

std::string_view LineBits::bytes() const {
  const size_t end = bytes_.find_last_not_of('\0');
  return std::string_view(bytes_).substr(0, end == std::string::npos ? 0 : end + 1);
}

LineRange line_range(PyCodeObject* code) {
  Range range(code->co_firstlineno);
  walk(table_of(code), &range);
  return range.result(code->co_firstlineno);
}

std::vector<int> unit_lines(PyCodeObject* code) {
  if (kLineTableForm != LineTableForm::kLocations) return {};
  std::vector<int> lines(static_cast<size_t>(Py_SIZE(code)), 0);
  size_t unit = 0;
  int line = code->co_firstlineno;
  walk_locations(table_of(code), [&](unsigned units, bool has_line, int difference) {
    line = sum(line, difference);
    for (const size_t end = std::min(unit + units, lines.size()); unit < end; ++unit)
      lines[unit] = has_line ? line : 0;
  });
  return lines;
}

}  // namespace alibi::python
