// DATA/evidence: how its files are named, listed, and read with a check that they are whole. Used by the
// store, by the refresh of its index and by transfers between stores; one thread, any number of processes at
// once.
//
// A name holds the hash of the content, so a file that is still being copied, was cut short or was altered is
// known by its name alone and never taken for evidence; once its copy is complete it is taken in. It never
// removes a file.
#ifndef ALIBI_COLLECTOR_STORE_EVIDENCE_FOLDER_H_
#define ALIBI_COLLECTOR_STORE_EVIDENCE_FOLDER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/session_coverage.h"
#include "collector/store/evidence_reader.h"
#include "tracer/base/result.h"

namespace alibi::store {

inline constexpr char kEvidenceSuffix[] = ".evidence";

// "<20 digits of nanoseconds>-<id>.<16 hex of the content's XXH3-64>.evidence": sorts by age; characters of
// the id that have no place in a file name become '_'.
std::string evidence_name(const collector::SessionDescription& description, uint64_t content_hash);

struct EvidenceFile {
  std::string name;
  uint64_t bytes = 0;
  uint64_t changed_ns = 0;  // content or attributes, by the file system's clock
};
// Sorted by name, so by age. Empty when there is no folder.
std::vector<EvidenceFile> evidence_files(const std::string& data);

struct WholeEvidence {
  EvidenceReader reader;
  uint64_t bytes = 0;
  std::string proper_name;  // differs from a name without a hash, as earlier versions gave
};
// An error that says what to do when the content is not what the name promises, is damaged where all of it
// hangs, or is another version's.
Result<WholeEvidence> read_evidence(const std::string& path);

// The tables only, by reading no more of the file; the tests are cut off.
Result<EvidenceReader> read_evidence_tables(const std::string& path);

// Of bytes that encode_evidence made: the sum over the sections before compression.
uint64_t raw_bytes_of(std::string_view evidence);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_EVIDENCE_FOLDER_H_
