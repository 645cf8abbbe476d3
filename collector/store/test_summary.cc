#include "collector/store/test_summary.h"

#include <cstddef>
#include <utility>

namespace alibi::store {
namespace {

// Walks msgpack values of the kinds that the encoder emits. Stays failed once something did not hold; a
// failed scanner is at its end, so that every loop ends.
class Scanner {
 public:
  explicit Scanner(std::string_view raw) : next_(raw.data()), end_(raw.data() + raw.size()) {}

  bool failed() const { return failed_; }
  bool at_end() const { return next_ == end_; }

  uint64_t number() {
    const uint8_t first = byte();
    if (first < 0x80) return first;
    if (first >= 0xCC && first <= 0xCF) return big_endian(size_t{1} << (first - 0xCC));
    return fail();
  }
  bool boolean() {
    const uint8_t first = byte();
    if (first != 0xC2 && first != 0xC3) fail();
    return first == 0xC3;
  }
  std::string_view text() {
    const uint8_t first = byte();
    if (first >= 0xA0 && first < 0xC0) return content(first & 0x1FU);
    if (first >= 0xD9 && first <= 0xDB) return content(big_endian(size_t{1} << (first - 0xD9)));
    fail();
    return {};
  }
  // Each element takes a byte at least: a larger count is a lie.
  uint64_t array() {
    const uint8_t first = byte();
    uint64_t count = 0;
    if (first >= 0x90 && first < 0xA0)
      count = first & 0x0FU;
    else if (first == 0xDC || first == 0xDD)
      count = big_endian(first == 0xDC ? 2 : 4);
    else
      fail();
    return count <= static_cast<uint64_t>(end_ - next_) ? count : fail();
  }

  void refuse() { fail(); }
  void skip(uint64_t values) {
    for (uint64_t left = values; left != 0 && !failed_; --left) left += skip_one();
  }

 private:
  // How many values an array that was skipped into still holds.
  uint64_t skip_one() {
    if (at_end()) return fail();
    const auto first = static_cast<uint8_t>(*next_);
    if ((first >= 0x90 && first < 0xA0) || first == 0xDC || first == 0xDD) return array();
    ++next_;
    if (first < 0x80 || first >= 0xE0 || first == 0xC2 || first == 0xC3) return 0;
    if (first >= 0xA0 && first < 0xC0)
      content(first & 0x1FU);
    else if (first >= 0xC4 && first <= 0xC6)
      content(big_endian(size_t{1} << (first - 0xC4)));
    else if (first >= 0xCC && first <= 0xCF)
      content(uint64_t{1} << (first - 0xCC));
    else if (first >= 0xD0 && first <= 0xD3)
      content(uint64_t{1} << (first - 0xD0));
    else if (first >= 0xD9 && first <= 0xDB)
      content(big_endian(size_t{1} << (first - 0xD9)));
    else
      fail();
    return 0;
  }

  uint8_t byte() {
    if (at_end()) fail();
    return failed_ ? 0 : static_cast<uint8_t>(*next_++);
  }
  uint64_t big_endian(size_t width) {
    uint64_t value = 0;
    for (const char digit : content(width)) value = (value << 8) | static_cast<uint8_t>(digit);
    return value;
  }
  std::string_view content(uint64_t length) {
    if (length > static_cast<uint64_t>(end_ - next_)) {
      fail();
      return {};
    }
    const char* start = next_;
    next_ += length;
    return {start, static_cast<size_t>(length)};
  }
  uint64_t fail() {
    failed_ = true;
    next_ = end_;
    return 0;
  }

  const char* next_;
  const char* end_;
  bool failed_ = false;
};

// [[file, gap, length, gap, length…]…]
void summarize_lines(Scanner* from, TestSummary* test) {
  test->files = from->array();
  for (uint64_t file = 0; file < test->files && !from->failed(); ++file) {
    const uint64_t numbers = from->array();
    if (numbers != 0) from->skip(1);
    for (uint64_t run = 2; run < numbers && !from->failed(); run += 2) {
      from->skip(1);
      test->lines += from->number();
    }
    if (numbers % 2 == 0) from->skip(numbers == 0 ? 0 : 1);
  }
}

uint64_t skip_set(Scanner* from) {
  const uint64_t count = from->array();
  from->skip(count);
  return count;
}

constexpr uint64_t kPartsOfEvidence = 7;
constexpr uint64_t kPartsOfTest = 9;

// [lines, units, inputs, statements, state writes, drops, names]
void summarize_evidence(Scanner* from, TestSummary* test) {
  const uint64_t parts = from->array();
  if (parts < kPartsOfEvidence) return from->refuse();
  summarize_lines(from, test);
  test->scopes = skip_set(from);
  skip_set(from);
  test->statements = skip_set(from);
  from->skip(1);
  const uint64_t drops = from->array();
  for (uint64_t drop = 0; drop < drops && !from->failed(); ++drop) {
    const uint64_t numbers = from->array();
    if (numbers < 2) return from->refuse();
    from->skip(1);
    test->drops += from->number();
    from->skip(numbers - 2);
  }
  from->skip(parts - 6);
}

}  // namespace

bool summarize_tests(std::string_view raw, std::vector<TestSummary>* tests) {
  Scanner from(raw);
  const uint64_t count = from.array();
  for (uint64_t index = 0; index < count && !from.failed(); ++index) {
    TestSummary test;
    const uint64_t parts = from.array();
    if (parts < kPartsOfTest) return false;
    test.id = from.text();
    test.outcome = collector::Outcome{static_cast<uint8_t>(from.number())};
    from.skip(1);
    test.duration_ns = from.number();
    from.skip(2);
    test.complete = from.boolean();
    from.skip(1);
    summarize_evidence(&from, &test);
    from.skip(parts - kPartsOfTest);
    tests->push_back(std::move(test));
  }
  return !from.failed() && from.at_end();
}

}  // namespace alibi::store
