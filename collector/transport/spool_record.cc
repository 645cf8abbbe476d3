#include "collector/transport/spool_record.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "collector/model/error_codes.h"
#include "tracer/base/bytes.h"
#include "tracer/base/hash.h"

namespace alibi::transport {
namespace {

constexpr std::string_view kMagic = "ALSPOOL1";
constexpr size_t kChecksumOffset = 16;
constexpr size_t kCheckedFrom = 24;
constexpr size_t kLongestContentType = 500;

Error damaged(const char* why) {
  return Error{collector::kSpoolDamaged, 0, why};
}

bool can_be_a_content_type(std::string_view text) {
  return !text.empty() && text.size() <= kLongestContentType &&
         std::all_of(text.begin(), text.end(), [](char letter) { return letter >= ' ' && letter <= '~'; });
}

}  // namespace

Result<std::string> encode_record(const Payload& payload, uint64_t stored_ns) {
  if (!can_be_a_content_type(payload.content_type))
    return Error{ErrorCode::kInvalidArgument, 0, "a payload for the spool has no valid content type"};
  std::vector<std::byte> head;
  ByteWriter writer(&head);
  writer.u32(0);
  writer.u32(0);
  writer.u64(0);  // the checksum, below
  writer.u64(stored_ns);
  writer.u8(static_cast<uint8_t>(payload.encoding));
  writer.text(entry_of(payload.route).name);
  writer.text(payload.content_type);
  writer.u64(payload.body.size());
  std::string bytes;
  bytes.reserve(kMagic.size() + head.size() + payload.body.size());
  bytes.append(kMagic).append(reinterpret_cast<const char*>(head.data()), head.size()).append(payload.body);
  const uint64_t checksum = hash64(bytes.data() + kCheckedFrom, bytes.size() - kCheckedFrom);
  std::memcpy(bytes.data() + kChecksumOffset, &checksum, sizeof checksum);
  return bytes;
}

Result<SpoolRecord> decode_record(std::string_view bytes) {
  if (bytes.size() < kCheckedFrom) return damaged("it is shorter than its header");
  if (!bytes.starts_with(kMagic)) return damaged("it does not begin as a spooled payload of this version");
  ByteReader reader(std::as_bytes(std::span(bytes.data(), bytes.size())).subspan(kMagic.size()));
  SpoolRecord record;
  record.delivered = reader.u32() != 0;
  record.tries = reader.u32();
  if (reader.u64() != hash64(bytes.data() + kCheckedFrom, bytes.size() - kCheckedFrom))
    return damaged("its checksum is wrong: it was cut short or changed");
  record.stored_ns = reader.u64();
  const uint8_t encoding = reader.u8();
  const std::optional<Route> route = route_named(reader.text());
  record.payload.content_type = reader.text();
  const uint64_t length = reader.u64();
  if (!reader.ok() || length != reader.remaining()) return damaged("its lengths contradict each other");
  if (encoding > static_cast<uint8_t>(Encoding::kGzip)) return damaged("its encoding is unknown");
  if (!route) return damaged("its route is unknown");
  if (!can_be_a_content_type(record.payload.content_type)) return damaged("its content type is none");
  record.payload.route = *route;
  record.payload.encoding = static_cast<Encoding>(encoding);
  record.payload.body = bytes.substr(bytes.size() - length);
  return record;
}

}  // namespace alibi::transport
