// Which bytes are UTF-8, as JSON wants its texts. Pure, header only.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_UTF8_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace alibi::plan_folder {

// Bytes of the first character, 0 when there is none: overlong forms and surrogates are none.
inline size_t utf8_length(std::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  if (text.empty()) return 0;
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xC2 && first <= 0xDF ? 2 : (first & 0xF0) == 0xE0 ? 3 : 4;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return length;
}

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_UTF8_H_
