// The bytes of a shard file: constants and fixed layouts only, no behaviour.
//
// Used by the writer (inside the test process) and the reader (everywhere else). FORMAT.md beside
// this file says the same in prose with a worked example; a stranger can re-implement from either.
// Little-endian, explicit widths, persisted: a change here is a new kFormatVersion and new golden
// bytes.
#ifndef ALIBI_TRACER_SHARD_FORMAT_H_
#define ALIBI_TRACER_SHARD_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace alibi::shard {

inline constexpr uint32_t kFormatVersion = 2;   // of a file of its own
inline constexpr uint32_t kNurseryVersion = 3;  // of a shard that began in a nursery, and the newest there is
inline constexpr uint32_t kOldestVersion = 1;   // that readers know
inline constexpr uint64_t kFileMagic = 0x3144524148534C41;    // "ALSHARD1"
inline constexpr uint32_t kSegmentMagic = 0x47455341;         // "ASEG"
inline constexpr uint32_t kSegmentAlignment = 4096;           // segments start and end on this
inline constexpr uint32_t kDefaultSegmentBytes = 256 * 1024;  // larger only for one larger record
inline constexpr uint32_t kChildSegmentBytes = 8 * 1024;      // the first of a child's; each next one doubles
inline constexpr uint32_t kRecordAlignment = 8;
inline constexpr uint32_t kHitBlockEntries = 4092;              // at most: 16 KiB with its record header
inline constexpr uint32_t kChildHitBlockEntries = 508;          // the first of a child's: 2 KiB
inline constexpr uint32_t kMaxPayloadBytes = 16 * 1024 * 1024;  // no writer makes a larger record

// A nursery: a page that begins with a NurseryHeader, then places. A shard that began in one has its first
// segment right behind its header, and its further ones from kPlaceBytes on, in a file of its own.
inline constexpr uint64_t kNurseryMagic = 0x31455352554E4C41;  // "ALNURSE1"
inline constexpr uint32_t kPlaceBytes = 8 * 1024;
inline constexpr uint32_t kPlacedSegment = 64;  // offset of its first segment in a place
inline constexpr uint32_t kMostPlaces = 1 << 16;

// First bytes of the file, written once before the file gets its final name.
struct FileHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t header_bytes;  // sizeof(FileHeader); the first segment starts at kSegmentAlignment
  uint32_t process_id;
  uint32_t reserved;
  uint64_t process_start;  // clock ticks since boot, /proc/self/stat field 22: beats pid reuse
  uint64_t session_id;     // the same in every shard of one session
  uint64_t created_unix_ns;
  uint64_t checksum;  // XXH3-64 of the bytes before this field
};
static_assert(sizeof(FileHeader) == 56);

// Starts every segment. A reader that lost its way resumes at the next valid segment header.
struct SegmentHeader {
  uint32_t magic;
  uint32_t bytes;     // of the whole segment, header included; a multiple of kSegmentAlignment
  uint64_t index;     // 0, 1, 2, …
  uint64_t checksum;  // XXH3-64 of the bytes before this field, seeded with the session id
};
static_assert(sizeof(SegmentHeader) == 24);

// Starts every record. The 8 bytes (payload_bytes, type) are stored last and at once: zero means
// "nothing here yet", so preallocated space reads as the end of the segment.
struct RecordHeader {
  uint32_t payload_bytes;  // without padding to kRecordAlignment
  uint32_t type;           // RecordType, never 0
  uint64_t checksum;       // XXH3-64 of the payload seeded with type; 0 for kHits (see kCommit)
};
static_assert(sizeof(RecordHeader) == 16);

// Numbers are never reused. Payload layouts: FORMAT.md.
enum class RecordType : uint32_t {
  kProcess = 1,      // who wrote this shard; always the first record
  kFile = 2,         // a source file of the project gets a number
  kCode = 3,         // a code unit gets a range of probes, a name used at run time gets one
  kNames = 4,        // names that a code unit refers to
  kContext = 5,      // something evidence can be charged to gets a number
  kHits = 6,         // a block of hit entries, filled in place; its size varies
  kCommit = 7,       // vouches for a range of hit entries
  kInput = 8,        // a context read something that is not code
  kCharge = 9,       // the evidence of one context belongs to another too
  kTestEnd = 10,     // a test ended, with its outcome
  kStateWrite = 11,  // a context left shared state changed
  kDrop = 12,        // evidence lost, with its reason and count
  kImported = 13,    // a module of a third-party distribution was loaded
  kClosed = 14,      // the process ended in good order; always the last record
  kOutline = 15,     // which lines and functions a source file has, executed or not
  kCollected = 16,   // a test was found in a test file
  kOrigin = 17,      // where a process comes from that was started, not forked
  kStarted = 18,     // a context started another program
  kOverlap = 19,     // a context was current while a process of an earlier one still lived
  kNote = 20,        // what is told of a test besides its evidence
};

// Hit entries: 32 bits, 0 = not yet written.
//   0ppppppp…  a probe (1 … 2^30-1) was hit: charged to the current statement, else to the context
//   10cccccc…  context switch: c is a context number; leaves any statement
//   11pppppp…  statement: the module-level line of probe p runs now (itself a hit)
//   10111…111  kConcurrentImport
inline constexpr uint32_t kControlBit = 0x80000000u;
inline constexpr uint32_t kStatementBit = 0x40000000u;
inline constexpr uint32_t kNumberMask = 0x3FFFFFFFu;
inline constexpr uint32_t kFirstProbe = 1;
// Not a context: until the next context switch, hits of statements count for the enclosing context
// as well, because other threads were running during the import.
inline constexpr uint32_t kConcurrentImport = 0xBFFFFFFFu;

// First bytes of the file "board" of a session directory, which all its processes map (recording/board.h).
struct BoardHeader {
  uint64_t magic;  // stored last
  uint32_t used;   // slots in use or used before
  uint32_t lost;   // children that could make neither a shard nor a mark
};
inline constexpr char kBoardName[] = "board";
inline constexpr uint64_t kBoardMagic = 0x3144524142494C41;  // "ALIBARD1"

// First bytes of a nursery.
struct NurseryHeader {
  uint64_t magic;    // stored last
  uint32_t version;  // kNurseryVersion
  uint32_t taken;    // places that children have claimed, from the first one on
};

// Contexts that exist without a kContext record.
inline constexpr uint32_t kSessionContext = 0;  // collection, hooks: belongs to every test

}  // namespace alibi::shard

#endif  // ALIBI_TRACER_SHARD_FORMAT_H_
