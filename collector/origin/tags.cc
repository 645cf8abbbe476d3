#include "collector/origin/tags.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace alibi::origin {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool continues(std::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

// Of the character that begins the text; 0 when it is not one.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  if (!continues(text, 1)) return 0;
  if (first < 0xE0) return 2;
  if (!continues(text, 2)) return 0;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0, surrogate = first == 0xED && byte(1) > 0x9F;
    return overlong || surrogate ? 0 : 3;
  }
  if (!continues(text, 3) || (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F)) return 0;
  return 4;
}

std::string quoted(const std::string& text) {
  return nlohmann::json(clean_text(text)).dump();
}

// Letters of JSON are at most as many as its bytes.
bool fits(const std::string& document, const std::string& more) {
  return document.size() + more.size() + 2 <= kLongestValue;
}

}  // namespace

Environment environment_of(const char* const* variables) {
  Environment environment;
  for (; variables != nullptr && *variables != nullptr; ++variables) {
    const std::string_view entry = *variables;
    const size_t equals = entry.find('=');
    if (equals != std::string_view::npos && equals != 0)
      environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

std::string_view value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view tag_of(const Tags& tags, std::string_view name) {
  return value_of(tags, name);
}

std::string clean_text(std::string_view text, size_t longest) {
  std::string clean;
  for (size_t count = 0; !text.empty() && count < longest; ++count) {
    const size_t length = text[0] == '\0' ? 0 : character_length(text);
    clean += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return clean;
}

void put(Tags* tags, std::string_view name, std::string_view value) {
  if (!value.empty()) tags->insert_or_assign(std::string(name), clean_text(value));
}

void overlay(Tags* tags, const Tags& upper) {
  for (const auto& [name, value] : upper) put(tags, name, value);
}

void fill(Tags* tags, const Tags& lower) {
  for (const auto& [name, value] : lower)
    if (tag_of(*tags, name).empty()) put(tags, name, value);
}

std::string json_array(const std::vector<std::string>& items) {
  std::string document = "[";
  for (const std::string& item : items) {
    std::string more = document.size() > 1 ? "," : "";
    more += quoted(item);
    if (fits(document, more)) document += more;
  }
  return document + "]";
}

std::string json_object(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string document = "{";
  for (const auto& [name, value] : entries) {
    std::string more = document.size() > 1 ? "," : "";
    more.append(quoted(name)).append(":").append(quoted(value));
    if (!value.empty() && fits(document, more)) document += more;
  }
  return document.size() == 1 ? std::string() : document + "}";
}

}  // namespace alibi::origin
