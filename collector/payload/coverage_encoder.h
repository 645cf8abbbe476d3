// Encodes coverage as citestcov documents (version 2): per test or suite the files that ran and a bitmap of
// their lines, document after document of bounded size.
//
// Used by ship, one encoder per flush and thread. File names are written as the client of the run's language
// does: Python's with one leading slash, Ruby's without. What cannot be sent (no file, no ids, a path outside
// the repository) is counted and left out.
#ifndef ALIBI_COLLECTOR_PAYLOAD_COVERAGE_ENCODER_H_
#define ALIBI_COLLECTOR_PAYLOAD_COVERAGE_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/payload/body_batches.h"
#include "collector/payload/coverage_events.h"

namespace alibi::payload {

enum class FileNames : uint8_t { kWithSlash, kWithoutSlash };

class CoverageEncoder {
 public:
  explicit CoverageEncoder(BodySink sink, FileNames names = FileNames::kWithSlash,
                           size_t most_bytes = kMostBodyBytes);

  void add(const CoverageEvent& event);  // may hand over a document
  Encoded finish();                      // hands over the last one

 private:
  BodyBatches batches_;
  const FileNames names_;
  std::vector<std::string> filenames_;  // these two are kept for their memory
  std::string bitmap_;
};

struct EncodedDocuments {
  std::vector<std::string> documents;
  Encoded counts;
};

// All at once, for few events.
EncodedDocuments encode_coverage(const std::vector<CoverageEvent>& events, size_t most_bytes = kMostBodyBytes,
                                 FileNames names = FileNames::kWithSlash);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_COVERAGE_ENCODER_H_
