// The frame of an evidence file: constants and fixed layouts; EVIDENCE.md says the rest. Persisted: a change
// is a new kEvidenceVersion and new golden bytes.
#ifndef ALIBI_COLLECTOR_STORE_EVIDENCE_FORMAT_H_
#define ALIBI_COLLECTOR_STORE_EVIDENCE_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace alibi::store {

inline constexpr uint64_t kEvidenceMagic = 0x31304449'56454C41;  // "ALEVID01"
inline constexpr uint32_t kEvidenceVersion = 2;
inline constexpr size_t kSectionAlignment = 8;
inline constexpr uint32_t kTestsPerSection = 256;           // or collections
inline constexpr uint64_t kLinesPerSection = 1u << 24;      // the writer starts a new section of tests
inline constexpr uint64_t kMostLinesPerSection = 1u << 26;  // the reader refuses more
inline constexpr uint64_t kMostRawBytes = 1u << 30;         // of one section, unpacked

struct EvidenceHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t sections;
  uint64_t reserved;
  uint64_t checksum;
};
static_assert(sizeof(EvidenceHeader) == 32);

enum class SectionKind : uint32_t {
  kSession = 1,
  kTables = 2,
  kStatements = 3,
  kTests = 4,
  kCollections = 5
};

struct SectionHeader {
  uint32_t kind;
  uint32_t items;
  uint64_t compressed_bytes;
  uint64_t raw_bytes;
  uint64_t body_checksum;
  uint64_t checksum;
};
static_assert(sizeof(SectionHeader) == 40);

}  // namespace alibi::store

#endif  // ALIBI_COLLECTOR_STORE_EVIDENCE_FORMAT_H_
