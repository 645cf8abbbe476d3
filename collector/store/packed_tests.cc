#include "collector/store/packed_tests.h"

#include <algorithm>
#include <limits>

namespace alibi::store {
namespace {

constexpr unsigned kBitsPerByte = 7;
constexpr unsigned kMostBits = 64;
constexpr uint8_t kMore = 0x80;
constexpr unsigned kOutcomeShift = 1;  // below it: complete
constexpr uint64_t kMostStepCode = uint64_t{1} << 33;

void append(uint64_t value, std::string* bytes) {
  while (value >= kMore) {
    bytes->push_back(static_cast<char>(value | kMore));
    value >>= kBitsPerByte;
  }
  bytes->push_back(static_cast<char>(value));
}

class IntegerReader {
 public:
  explicit IntegerReader(std::string_view bytes) : next_(bytes.data()), end_(next_ + bytes.size()) {}

  bool at_end() const { return next_ == end_; }
  bool failed() const { return failed_; }

  uint64_t read() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < kMostBits && next_ != end_; shift += kBitsPerByte) {
      const auto byte = static_cast<uint8_t>(*next_++);
      value |= static_cast<uint64_t>(byte & (kMore - 1)) << shift;
      if (byte < kMore) return value;
    }
    failed_ = true;
    next_ = end_;
    return 0;
  }
  uint32_t read_small() {
    const uint64_t value = read();
    if (value > std::numeric_limits<uint32_t>::max()) failed_ = true;
    return static_cast<uint32_t>(value);
  }

 private:
  const char* next_;
  const char* end_;
  bool failed_ = false;
};

uint64_t small(uint64_t count) {
  return std::min<uint64_t>(count, std::numeric_limits<uint32_t>::max());
}

// Sessions of one suite number their tests in nearly the same order: the step is nearly always 1, and may be
// backwards. 1 becomes 0, 0 becomes 1, 2 becomes 2, and so on.
uint64_t step_code(uint32_t from, uint32_t to) {
  const int64_t step = int64_t{to} - int64_t{from} - 1;
  return step >= 0 ? static_cast<uint64_t>(step) << 1 : (static_cast<uint64_t>(-step) << 1) - 1;
}

int64_t step_of(uint64_t code) {
  const auto half = static_cast<int64_t>((code + 1) >> 1);
  return ((code & 1) == 0 ? half : -half) + 1;
}

}  // namespace

PackedTests pack_tests(const std::vector<uint32_t>& numbers, const std::vector<TestRow>& rows) {
  PackedTests packed;
  uint32_t number = 0;
  uint64_t position = 0;
  for (size_t index = 0; index < rows.size(); ++index) {
    append(step_code(number, numbers[index]), &packed.numbers);
    number = numbers[index];
    const TestRow& row = rows[index];
    // Positions rise; they skip what a damaged part of the file held.
    append(row.position - position, &packed.facts);
    position = row.position + 1;
    append(static_cast<uint64_t>(row.outcome) << kOutcomeShift | uint64_t{row.complete}, &packed.facts);
    append(row.duration_ns, &packed.facts);
    for (const uint64_t count : {row.files, row.lines, row.scopes, row.drops})
      append(small(count), &packed.facts);
  }
  return packed;
}

bool unpack_numbers(std::string_view bytes, std::vector<uint32_t>* numbers) {
  numbers->clear();
  numbers->reserve(bytes.size());
  IntegerReader reader(bytes);
  int64_t number = 0;
  while (!reader.at_end()) {
    const uint64_t code = reader.read();
    if (code >= kMostStepCode) return false;
    number += step_of(code);
    if (number < 0 || number > std::numeric_limits<uint32_t>::max()) return false;
    numbers->push_back(static_cast<uint32_t>(number));
  }
  return !reader.failed();
}

bool unpack_facts(std::string_view bytes, size_t tests, std::vector<TestFacts>* facts) {
  facts->clear();
  facts->reserve(std::min(tests, bytes.size()));
  IntegerReader reader(bytes);
  uint64_t position = 0;
  for (size_t test = 0; test < tests; ++test) {
    TestFacts fact;
    position += reader.read_small();
    fact.position = static_cast<uint32_t>(small(position));
    ++position;
    const uint64_t outcome = reader.read();
    fact.outcome = collector::Outcome{static_cast<uint8_t>(outcome >> kOutcomeShift)};
    fact.complete = (outcome & 1) != 0;
    fact.duration_ns = reader.read();
    fact.files = reader.read_small();
    fact.lines = reader.read_small();
    fact.scopes = reader.read_small();
    fact.drops = reader.read_small();
    if (reader.failed()) return false;
    facts->push_back(fact);
  }
  return reader.at_end();
}

}  // namespace alibi::store
