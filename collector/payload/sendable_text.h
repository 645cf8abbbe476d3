// Text as the protocol may carry it: valid UTF-8, tags cut to 5000 characters. Used by the encoders for what
// is sent and by the decoders for what came. Pure; nothing is copied where nothing has to change.
#ifndef ALIBI_COLLECTOR_PAYLOAD_SENDABLE_TEXT_H_
#define ALIBI_COLLECTOR_PAYLOAD_SENDABLE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace alibi::payload {

inline constexpr size_t kMostTagCharacters = 5000;  // code points, as the clients cut
inline constexpr size_t kAnyLength = SIZE_MAX;

// `text` itself or a part of it; or, when bytes had to be replaced (by U+FFFD), what `*storage` holds then.
std::string_view sendable(std::string_view text, size_t most_characters, std::string* storage);

std::string sendable_copy(std::string_view text, size_t most_characters = kAnyLength);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_SENDABLE_TEXT_H_
