// The tests of one session as the index stores them: two byte strings instead of a row per test. Used by
// EvidenceIndex only; pure.
//
// `numbers` says which tests (by their number in the index), `facts` the rest of each, in the same order. So
// a search for the newest evidence passes over a session without reading its facts: 100,000 tests of 50
// sessions are 5 MB of numbers, where rows of SQLite were 1 GB and seconds. Both are sequences of
// variable-length integers (7 bits each, low first); nothing in them is trusted.
#ifndef ALIBI_COLLECTOR_STORE_PACKED_TESTS_H_
#define ALIBI_COLLECTOR_STORE_PACKED_TESTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/index_rows.h"

namespace alibi::store {

// A TestRow without its two names: what hundreds of thousands of them need while they are sorted.
struct TestFacts {
  uint64_t duration_ns = 0;
  uint32_t position = 0;
  uint32_t files = 0;
  uint32_t lines = 0;
  uint32_t scopes = 0;
  uint32_t drops = 0;
  collector::Outcome outcome = collector::kNeverEnded;
  bool complete = false;
};

struct PackedTests {
  std::string numbers;
  std::string facts;
};

// `numbers` has as many elements as `rows`. Counts above 2^32 - 1 are kept as that.
PackedTests pack_tests(const std::vector<uint32_t>& numbers, const std::vector<TestRow>& rows);

// False when the bytes are not what pack_tests makes.
bool unpack_numbers(std::string_view bytes, std::vector<uint32_t>* numbers);
bool unpack_facts(std::string_view bytes, size_t tests, std::vector<TestFacts>* facts);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_PACKED_TESTS_H_
