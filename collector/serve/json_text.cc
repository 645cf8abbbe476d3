#include "collector/serve/json_text.h"

namespace alibi::serve {

void append_json_string(std::string_view text, std::string* json) {
  constexpr char kDigits[] = "0123456789abcdef";
  json->push_back('"');
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      json->push_back('\\');
      json->push_back(letter);
    } else if (byte < 0x20) {
      json->append("\\u00");
      json->push_back(kDigits[byte >> 4]);
      json->push_back(kDigits[byte & 15]);
    } else {
      json->push_back(letter);
    }
  }
  json->push_back('"');
}

}  // namespace alibi::serve
