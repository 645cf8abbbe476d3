#include "collector/junit/xml_text.h"

#include <algorithm>

namespace alibi::junit {

std::string_view value_of(const Attributes& attributes, std::string_view name) {
  const auto found = std::ranges::find(attributes, name, &Attributes::value_type::first);
  return found == attributes.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view start_of(std::string_view text, size_t length) {
  if (text.size() <= length) return text;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
  return text.substr(0, length);
}

void append_escaped(std::string_view text, std::string* xml) {
  for (const char c : text) {
    switch (c) {
      case '&':
        *xml += "&amp;";
        break;
      case '<':
        *xml += "&lt;";
        break;
      case '>':
        *xml += "&gt;";
        break;
      case '"':
        *xml += "&quot;";
        break;
      case '\r':
        *xml += "&#13;";
        break;
      default:
        *xml += c;
    }
  }
}

void append_tag(std::string_view name, const Attributes& attributes, std::string* xml) {
  xml->append("<").append(name);
  for (const auto& [key, value] : attributes) {
    xml->append(" ").append(key).append("=\"");
    std::string escaped;
    append_escaped(value, &escaped);
    for (const char c : escaped) {  // a parser makes spaces of them otherwise
      if (c == '\n')
        *xml += "&#10;";
      else if (c == '\t')
        *xml += "&#9;";
      else
        *xml += c;
    }
    *xml += '"';
  }
}

}  // namespace alibi::junit
