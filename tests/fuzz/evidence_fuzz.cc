// Any bytes are an evidence file, an unpacked section, or an error; never a crash. Seeds: tests/golden/store.
//
// The checksums would turn almost every mutation away at the door, so that the bytes are also given to the
// unpacker as they are, once for each kind of section.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/evidence_encoder.h"
#include "collector/store/evidence_reader.h"
#include "collector/store/evidence_unpacker.h"
#include "collector/store/test_summary.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const alibi::Result<alibi::store::DecodedEvidence> decoded = alibi::store::decode_evidence(bytes);
  if (decoded && !alibi::store::encode_evidence(decoded->coverage)) __builtin_trap();
  const alibi::store::UnpackedValue value(bytes);
  alibi::store::Bounds bounds;
  bounds.lines_left = 1U << 16;
  alibi::collector::SessionCoverage coverage;
  std::vector<alibi::collector::TestCoverage> tests;
  (void)alibi::store::unpack_session(value.root(), &coverage);
  (void)alibi::store::unpack_tables(value.root(), &bounds, &coverage);
  (void)alibi::store::unpack_statements(value.root(), &bounds, &coverage);
  (void)alibi::store::unpack_tests(value.root(), &bounds, &tests);
  std::vector<alibi::store::TestSummary> summaries;
  (void)alibi::store::summarize_tests(bytes, &summaries);
  return 0;
}
