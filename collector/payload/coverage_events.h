// What a citestcov document says, as plain values: which files, and which of their lines, tests or suites
// ran.
//
// Made by ship and by the decoder; encoded by the encoder. Source: the intake's protocol, PAYLOAD.md.
#ifndef ALIBI_COLLECTOR_PAYLOAD_COVERAGE_EVENTS_H_
#define ALIBI_COLLECTOR_PAYLOAD_COVERAGE_EVENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace alibi::payload {

struct CoveredFile {
  std::string path;  // relative to the repository's root, without a leading slash
  // Sorted, 1-based. Empty: the file was executed, which lines is not known.
  std::vector<uint32_t> lines;
};

struct CoverageEvent {
  uint64_t session_id = 0;
  uint64_t suite_id = 0;
  std::optional<uint64_t> span_id;  // of the test's event; none: of the suite as a whole
  std::vector<CoveredFile> files;   // each path once
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_COVERAGE_EVENTS_H_
