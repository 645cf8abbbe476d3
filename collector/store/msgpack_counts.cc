#include "collector/store/msgpack_counts.h"

#include <cstddef>
#include <cstdint>

namespace alibi::store {
namespace {

struct Token {
  size_t header = 0;   // bytes of the token itself, with its length field
  uint64_t bytes = 0;  // of string content behind it
  uint64_t items = 0;  // of an array or map behind it
};

uint64_t big_endian(std::string_view raw, size_t offset, size_t width) {
  uint64_t value = 0;
  for (size_t index = 0; index < width; ++index) {
    value = (value << 8) | (offset + index < raw.size() ? static_cast<uint8_t>(raw[offset + index]) : 0U);
  }
  return value;
}

// Only what the encoder emits: integers, booleans, strings, binaries and arrays.
Token token_at(std::string_view raw, size_t offset) {
  const auto first = static_cast<uint8_t>(raw[offset]);
  if (first < 0x80 || first >= 0xE0 || first == 0xC2 || first == 0xC3) return {1, 0, 0};
  if (first >= 0x90 && first < 0xA0) return {1, 0, first & 0x0FU};
  if (first >= 0xA0 && first < 0xC0) return {1, first & 0x1FU, 0};
  switch (first) {
    case 0xC4:
    case 0xD9:
      return {2, big_endian(raw, offset + 1, 1), 0};
    case 0xC5:
    case 0xDA:
      return {3, big_endian(raw, offset + 1, 2), 0};
    case 0xC6:
    case 0xDB:
      return {5, big_endian(raw, offset + 1, 4), 0};
    case 0xCC:
    case 0xD0:
      return {2, 0, 0};
    case 0xCD:
    case 0xD1:
      return {3, 0, 0};
    case 0xCE:
    case 0xD2:
      return {5, 0, 0};
    case 0xCF:
    case 0xD3:
      return {9, 0, 0};
    case 0xDC:
      return {3, 0, big_endian(raw, offset + 1, 2)};
    case 0xDD:
      return {5, 0, big_endian(raw, offset + 1, 4)};
    default:
      return {};
  }
}

}  // namespace

bool counts_hold(std::string_view raw) {
  uint64_t pending = 1;
  size_t offset = 0;
  while (pending != 0) {
    if (offset >= raw.size()) return false;
    const Token token = token_at(raw, offset);
    const size_t left = raw.size() - offset;
    if (token.header == 0 || token.header + token.bytes > left) return false;
    offset += token.header + static_cast<size_t>(token.bytes);
    pending += token.items;
    --pending;
    if (pending > raw.size() - offset) return false;  // each item takes a byte at least
  }
  return offset == raw.size();
}

}  // namespace alibi::store
