// The bytes of a payload that waits on disk: one file, little-endian, checked before anything of it is
// believed. Used by spool; pure.
//
//   offset  what
//   0       "ALSPOOL1"
//   8       u32  1 when the intake has it but the file could not be removed, else 0
//   12      u32  tries: sessions that failed to deliver it
//   16      u64  XXH3-64 of everything behind this field
//   24      u64  when it was stored, nanoseconds since 1970
//   32      u8   encoding of the body: 0 plain, 1 gzip
//   33      text route, text content type (each u32 length, bytes)
//   …       u64  length of the body, the body; the file ends there
//
// The two fields before the checksum are rewritten in place, one store of four bytes each. There is no room
// for a header of a request, and so none for a key.
#ifndef ALIBI_COLLECTOR_TRANSPORT_SPOOL_RECORD_H_
#define ALIBI_COLLECTOR_TRANSPORT_SPOOL_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/transport/payload.h"
#include "tracer/base/result.h"

namespace alibi::transport {

inline constexpr uint64_t kDeliveredOffset = 8;
inline constexpr uint64_t kTriesOffset = 12;

struct SpoolRecord {
  Payload payload;
  uint64_t stored_ns = 0;
  uint32_t tries = 0;
  bool delivered = false;
};

// kInvalidArgument when the content type is no header's value.
Result<std::string> encode_record(const Payload& payload, uint64_t stored_ns);
// kSpoolDamaged says what is wrong.
Result<SpoolRecord> decode_record(std::string_view bytes);

}  // namespace alibi::transport

#endif  // ALIBI_COLLECTOR_TRANSPORT_SPOOL_RECORD_H_
