// Base64 as JSON carries bitmaps (RFC 4648, with padding). Pure.
#ifndef ALIBI_COLLECTOR_PAYLOAD_BASE64_H_
#define ALIBI_COLLECTOR_PAYLOAD_BASE64_H_

#include <optional>
#include <string>
#include <string_view>

namespace alibi::payload {

std::string base64(std::string_view bytes);
// Nothing when it is none; padding may be missing.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_BASE64_H_
