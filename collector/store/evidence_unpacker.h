// One section's msgpack value -> model values. Used by EvidenceReader only.
//
// A Cursor walks msgpack arrays by position and stays failed once something did not hold: decoding code asks
// once, at the end. Nothing is allocated for a count before the bytes that must back it have been seen.
#ifndef ALIBI_COLLECTOR_STORE_EVIDENCE_UNPACKER_H_
#define ALIBI_COLLECTOR_STORE_EVIDENCE_UNPACKER_H_

#include <msgpack.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/model/session_coverage.h"

namespace alibi::store {

// Owns an unpacked msgpack value; its strings point into the raw bytes it was made from.
class UnpackedValue {
 public:
  explicit UnpackedValue(std::string_view raw);
  ~UnpackedValue();
  UnpackedValue(const UnpackedValue&) = delete;
  UnpackedValue& operator=(const UnpackedValue&) = delete;

  const msgpack_object* root() const { return valid_ ? &unpacked_.data : nullptr; }

 private:
  msgpack_unpacked unpacked_;
  bool valid_ = false;
};

// What indices may point at, and how much a section may still expand to.
struct Bounds {
  size_t files = 0;
  size_t names = 0;
  size_t units = 0;
  size_t inputs = 0;
  size_t fixtures = 0;
  size_t statements = 0;
  size_t collections = 0;
  uint64_t lines_left = 0;
};

bool unpack_session(const msgpack_object* root, collector::SessionCoverage* coverage);
bool unpack_tables(const msgpack_object* root, Bounds* bounds, collector::SessionCoverage* coverage);
bool unpack_statements(const msgpack_object* root, Bounds* bounds, collector::SessionCoverage* coverage);
// Appends.
bool unpack_collections(const msgpack_object* root, Bounds* bounds, collector::SessionCoverage* coverage);
bool unpack_tests(const msgpack_object* root, Bounds* bounds, std::vector<collector::TestCoverage>* tests);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_EVIDENCE_UNPACKER_H_
