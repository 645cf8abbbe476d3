// The bytes of an evidence file -> session coverage, trusting nothing: every length, count, checksum, index
// and order is checked (EVIDENCE.md). Pure; used by the store, by show and export, and by the fuzz target.
//
// Damage in the tables or the collections makes a file unusable; damage in a section of tests costs those
// tests only and is counted.
#ifndef ALIBI_COLLECTOR_STORE_EVIDENCE_READER_H_
#define ALIBI_COLLECTOR_STORE_EVIDENCE_READER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "collector/model/session_coverage.h"
#include "collector/store/evidence_format.h"
#include "collector/store/test_summary.h"
#include "tracer/base/result.h"

namespace alibi::store {

struct Bounds;

class EvidenceReader {
 public:
  // Checks the frame and unpacks everything but the tests.
  static Result<EvidenceReader> open(std::string bytes);
  // Whose evidence it is, from the first section alone: whether the others hold is not looked at.
  static Result<collector::SessionDescription> describe(std::string bytes);

  // Without tests.
  const collector::SessionCoverage& coverage() const { return coverage_; }
  collector::SessionCoverage& coverage() { return coverage_; }

  // Sections of tests, in the order of the tests. `items` says how many tests each holds.
  size_t test_sections() const { return tests_.size(); }
  size_t items(size_t section) const { return tests_[section].items; }
  // The section that holds the test at `position` (0 = the first of the file); test_sections() when none
  // does.
  size_t section_of(uint64_t position, uint64_t* first) const;
  Result<std::vector<collector::TestCoverage>> read_tests(size_t section) const;
  // Of the same tests what an index wants, much faster; indices are not checked.
  Result<std::vector<TestSummary>> summarize(size_t section) const;

  const std::string& bytes() const { return bytes_; }  // as they were given
  // Of all sections, before compression.
  uint64_t raw_bytes() const { return raw_bytes_; }
  // Tests behind a broken frame, of which not even the number is known.
  bool cut_short() const { return cut_short_; }

 private:
  struct Section {
    uint64_t offset = 0;  // of the compressed bytes
    uint64_t compressed_bytes = 0;
    uint64_t raw_bytes = 0;
    uint64_t checksum = 0;
    SectionKind kind = SectionKind::kTests;
    uint32_t items = 0;
  };

  Result<std::vector<Section>> read_frame();
  Result<std::string> unpack(const Section& section) const;
  Result<void> read_tables(const std::vector<Section>& sections);
  Result<void> read_collections(const std::vector<Section>& sections, Bounds* bounds);

  std::string bytes_;
  std::vector<Section> tests_;
  collector::SessionCoverage coverage_;
  uint64_t raw_bytes_ = 0;
  bool cut_short_ = false;
};

// Everything at once.
struct DecodedEvidence {
  collector::SessionCoverage coverage;
  uint64_t lost_tests = 0;  // in damaged sections
  bool cut_short = false;
};
Result<DecodedEvidence> decode_evidence(std::string bytes);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_EVIDENCE_READER_H_
