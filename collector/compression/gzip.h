// gzip of whole bodies, with zlib. Used by ship and `alibi serve`, any thread. What is unpacked is bounded:
// a thousand bytes that would unpack into gigabytes are refused once the bound is reached.
#ifndef ALIBI_COLLECTOR_COMPRESSION_GZIP_H_
#define ALIBI_COLLECTOR_COMPRESSION_GZIP_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "tracer/base/result.h"

namespace alibi::compression {

inline constexpr int kGzipLevel = 1;  // see PAYLOAD.md

bool is_gzip(std::string_view bytes);  // begins like it

// Levels as of zlib, 1 (fastest) to 9.
Result<std::string> gzip(std::string_view bytes, int level = kGzipLevel);

// kPayloadTooLarge: more than `most_bytes` come out. kNotPayload: no gzip, damaged, cut short, or followed by
// something else.
Result<std::string> gunzip(std::string_view bytes, size_t most_bytes);

}  // namespace alibi::compression

#endif  // ALIBI_COLLECTOR_COMPRESSION_GZIP_H_
