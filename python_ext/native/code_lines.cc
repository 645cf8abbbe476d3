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

class Range {
 public:
  explicit Range(int line) : line_(line) {}
  void add(int delta) {
    // Wraps instead of overflowing on hand-made tables.
    line_ = static_cast<int>(static_cast<unsigned>(line_) + static_cast<unsigned>(delta));
  }
  void note() {
    if (line_ < 1) return;  // RESUME of a module carries line 0; no event ever does
    first_ = first_ == 0 ? line_ : std::min(first_, line_);
    last_ = std::max(last_, line_);
  }
  LineRange result(int fallback) const {
    if (first_ == 0) return {std::max(fallback, 1), std::max(fallback, 1)};
    return {first_, last_};
  }

 private:
  int line_;
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

// A first byte with the form in bits 3 to 6, then columns we do not want.
void walk_locations(Bytes bytes, Range* range) {
  while (!bytes.at_end()) {
    const int form = (bytes.take() >> 3) & 15;
    if (form == 15) continue;  // no location
    if (form == 14) {          // line and columns as varints
      range->add(take_signed_varint(&bytes));
      for (int column = 0; column < 3; ++column) take_varint(&bytes);
    } else if (form == 13) {  // line only
      range->add(take_signed_varint(&bytes));
    } else if (form >= 10) {  // line + 0, 1, 2 and two columns
      range->add(form - 10);
      bytes.skip(2);
    } else {  // the same line
      bytes.skip(1);
    }
    range->note();
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
      return walk_locations(bytes, range);
    case LineTableForm::kPairsWithGaps:
      return walk_pairs_with_gaps(bytes, range);
    case LineTableForm::kPairs:
      return walk_pairs(bytes, range);
  }
}

}  // namespace

LineRange line_range(PyCodeObject* code) {
  PyObject* table = line_table(code);
  const uint8_t* begin = reinterpret_cast<const uint8_t*>(PyBytes_AS_STRING(table));
  Range range(code->co_firstlineno);
  walk({begin, begin + PyBytes_GET_SIZE(table)}, &range);
  return range.result(code->co_firstlineno);
}

}  // namespace alibi::python
