#include "collector/payload/sendable_text.h"

#include <cstring>

namespace alibi::payload {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_ascii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080U;
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= text.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) return false;
  }
  for (; at < text.size(); ++at) {
    if (static_cast<uint8_t>(text[at]) >= 0x80) return false;
  }
  return true;
}

struct Character {
  size_t bytes = 1;  // of an invalid one: those that a single U+FFFD replaces
  bool valid = false;
};

struct Lead {
  size_t bytes = 0;  // 0: begins nothing
  uint8_t least_second = 0x80;
  uint8_t most_second = 0xBF;
};

// The second byte's range is what excludes long forms, surrogates and what lies beyond U+10FFFF.
Lead lead_of(uint8_t first) {
  if (first >= 0xC2 && first <= 0xDF) return {2};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  if (first >= 0xF1 && first <= 0xF3) return {4};
  return {};
}

Character character_at(std::string_view text, size_t at) {
  const auto first = static_cast<uint8_t>(text[at]);
  if (first < 0x80) return {1, true};
  const Lead lead = lead_of(first);
  if (lead.bytes == 0) return {1, false};
  for (size_t index = 1; index < lead.bytes; ++index) {
    if (at + index >= text.size()) return {index, false};
    const auto next = static_cast<uint8_t>(text[at + index]);
    const uint8_t least = index == 1 ? lead.least_second : 0x80;
    const uint8_t most = index == 1 ? lead.most_second : 0xBF;
    if (next < least || next > most) return {index, false};
  }
  return {lead.bytes, true};
}

}  // namespace

std::string_view sendable(std::string_view text, size_t most_characters, std::string* storage) {
  if (is_ascii(text)) return text.substr(0, most_characters);
  size_t at = 0;
  size_t characters = 0;
  size_t sound = 0;  // bytes up to which nothing was replaced since the last copy
  bool replaced = false;
  while (at < text.size() && characters < most_characters) {
    const Character character = character_at(text, at);
    if (!character.valid) {
      if (!replaced) storage->clear();
      replaced = true;
      storage->append(text, sound, at - sound).append(kReplacement);
      sound = at + character.bytes;
    }
    at += character.bytes;
    ++characters;
  }
  if (!replaced) return text.substr(0, at);
  storage->append(text, sound, at - sound);
  return *storage;
}

std::string sendable_copy(std::string_view text, size_t most_characters) {
  std::string storage;
  const std::string_view sent = sendable(text, most_characters, &storage);
  return sent.data() == storage.data() ? storage : std::string(sent);
}

}  // namespace alibi::payload
