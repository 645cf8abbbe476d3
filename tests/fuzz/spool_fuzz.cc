// Any bytes are a spooled payload or damage; an agent's answer or none; an address or a reason; a packed body
// or an error. Never a crash, and never more than was allowed. Seeds: tests/golden/spool.
//
// The checksum would turn almost every mutation away at the door, so that records are also decoded with it
// put right.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <variant>

#include "collector/compression/gzip.h"
#include "collector/transport/address_parts.h"
#include "collector/transport/agent_features.h"
#include "collector/transport/intake_address.h"
#include "collector/transport/retry_policy.h"
#include "collector/transport/spool_record.h"
#include "tracer/base/hash.h"

namespace {

using namespace alibi::transport;  // NOLINT: a small program

void check_record(const std::string& bytes) {
  const alibi::Result<SpoolRecord> record = decode_record(bytes);
  if (!record) return;
  const alibi::Result<std::string> again = encode_record(record->payload, record->stored_ns);
  // Only the two fields that may change in place differ.
  if (!again || again->substr(16) != bytes.substr(16)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kLargest = 1 << 16;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const alibi::Result<std::string> plain = alibi::compression::gunzip(bytes, kLargest);
      plain && plain->size() > kLargest)
    __builtin_trap();
  (void)agent_features(bytes);
  (void)rate_limit_wait(bytes, 1'700'000'000'000'000'000);
  const auto parsed = parse_url(bytes, UnixUrls::kTaken);
  if (const UrlParts* parts = std::get_if<UrlParts>(&parsed);
      parts != nullptr && parts->base_url.find_first_of("\r\n @?#") != std::string::npos)
    __builtin_trap();
  (void)shown(bytes);
  (void)intake_address({{"DD_TRACE_AGENT_HOSTNAME", bytes}}, {});
  check_record(bytes);
  if (bytes.size() >= 24) {
    const uint64_t checksum = alibi::hash64(bytes.data() + 24, bytes.size() - 24);
    std::memcpy(bytes.data() + 16, &checksum, sizeof checksum);
    check_record(bytes);
  }
  return 0;
}
