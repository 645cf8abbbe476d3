// What the index wants of the tests of one section, without building them: ids, outcomes and counts, read off
// the msgpack bytes in one pass (EVIDENCE.md, section 4). Used by EvidenceReader; pure, trusts nothing. Ten
// times as fast as unpacking 200 MB of lines only to count them.
#ifndef ALIBI_COLLECTOR_STORE_TEST_SUMMARY_H_
#define ALIBI_COLLECTOR_STORE_TEST_SUMMARY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::store {

struct TestSummary {
  std::string id;
  collector::Outcome outcome = collector::kNeverEnded;
  uint64_t duration_ns = 0;
  bool complete = false;
  // Its own, without those of the statements that ran while it was current.
  uint64_t files = 0;
  uint64_t lines = 0;
  uint64_t scopes = 0;
  uint64_t statements = 0;
  uint64_t drops = 0;
};

// False when the bytes are no section of tests.
bool summarize_tests(std::string_view raw, std::vector<TestSummary>* tests);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_TEST_SUMMARY_H_
