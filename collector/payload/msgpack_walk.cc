#include "collector/payload/msgpack_walk.h"

#include <utility>

namespace alibi::payload {
namespace {

enum class Kind { kScalar, kText, kArray, kMap };

struct Token {
  size_t header = 0;   // bytes of the token itself, with its length field; 0: there is no such token
  uint64_t bytes = 0;  // of content behind it
  uint64_t items = 0;  // values behind it
  Kind kind = Kind::kScalar;
};

uint64_t big_endian(std::string_view raw, size_t offset, size_t width) {
  uint64_t value = 0;
  for (size_t index = 0; index < width; ++index) {
    value = (value << 8) | (offset + index < raw.size() ? static_cast<uint8_t>(raw[offset + index]) : 0U);
  }
  return value;
}

Token sized_token(std::string_view raw, size_t offset, uint8_t first) {
  const auto length = [&](size_t width) { return big_endian(raw, offset + 1, width); };
  switch (first) {
    case 0xC4:
      return {2, length(1)};
    case 0xC5:
      return {3, length(2)};
    case 0xC6:
      return {5, length(4)};
    case 0xC7:  // ext: a byte says of which type
      return {3, length(1)};
    case 0xC8:
      return {4, length(2)};
    case 0xC9:
      return {6, length(4)};
    case 0xD9:
      return {2, length(1), 0, Kind::kText};
    case 0xDA:
      return {3, length(2), 0, Kind::kText};
    case 0xDB:
      return {5, length(4), 0, Kind::kText};
    case 0xDC:
      return {3, 0, length(2), Kind::kArray};
    case 0xDD:
      return {5, 0, length(4), Kind::kArray};
    case 0xDE:
      return {3, 0, 2 * length(2), Kind::kMap};
    case 0xDF:
      return {5, 0, 2 * length(4), Kind::kMap};
    default:
      return {};
  }
}

Token token_at(std::string_view raw, size_t offset) {
  const auto first = static_cast<uint8_t>(raw[offset]);
  if (first < 0x80 || first >= 0xE0) return {1};
  if (first < 0x90) return {1, 0, 2 * (first & 0x0FU), Kind::kMap};
  if (first < 0xA0) return {1, 0, first & 0x0FU, Kind::kArray};
  if (first < 0xC0) return {1, first & 0x1FU, 0, Kind::kText};
  switch (first) {
    case 0xC0:
    case 0xC2:
    case 0xC3:
      return {1};
    case 0xCC:
    case 0xD0:
      return {2};
    case 0xCD:
    case 0xD1:
    case 0xD4:  // ext of 1 byte
      return {first == 0xD4 ? size_t{2} : size_t{3}, first == 0xD4 ? 1U : 0U};
    case 0xCA:
    case 0xCE:
    case 0xD2:
      return {5};
    case 0xCB:
    case 0xCF:
    case 0xD3:
      return {9};
    case 0xD5:
      return {2, 2};
    case 0xD6:
      return {2, 4};
    case 0xD7:
      return {2, 8};
    case 0xD8:
      return {2, 16};
    default:
      return sized_token(raw, offset, first);
  }
}

bool fits(const Token& token, std::string_view raw, size_t offset) {
  return token.header != 0 && token.header + token.bytes <= raw.size() - offset;
}

struct Extent {
  size_t end = 0;
  uint64_t values = 0;
};

// A count of what is still to come is all there is to remember, however deep the values are nested.
std::optional<Extent> extent_of_value(std::string_view raw, size_t offset) {
  uint64_t pending = 1;
  uint64_t values = 0;
  while (pending != 0) {
    if (offset >= raw.size()) return std::nullopt;
    const Token token = token_at(raw, offset);
    if (!fits(token, raw, offset)) return std::nullopt;
    offset += token.header + static_cast<size_t>(token.bytes);
    pending += token.items;
    --pending;
    ++values;
  }
  return Extent{offset, values};
}

}  // namespace

std::optional<uint64_t> MsgpackWalk::array() {
  if (at_end()) return std::nullopt;
  const Token token = token_at(raw_, at_);
  if (token.kind != Kind::kArray || !fits(token, raw_, at_)) return std::nullopt;
  at_ += token.header;
  return token.items;
}

std::optional<uint64_t> MsgpackWalk::map() {
  if (at_end()) return std::nullopt;
  const Token token = token_at(raw_, at_);
  if (token.kind != Kind::kMap || !fits(token, raw_, at_)) return std::nullopt;
  at_ += token.header;
  return token.items / 2;
}

std::optional<std::string_view> MsgpackWalk::text() {
  if (at_end()) return std::nullopt;
  const Token token = token_at(raw_, at_);
  if (token.kind != Kind::kText || !fits(token, raw_, at_)) return std::nullopt;
  const std::string_view found = raw_.substr(at_ + token.header, static_cast<size_t>(token.bytes));
  at_ += token.header + found.size();
  return found;
}

std::optional<std::string_view> MsgpackWalk::value() {
  const std::optional<Extent> extent = extent_of_value(raw_, at_);
  if (!extent) return std::nullopt;
  const size_t begin = std::exchange(at_, extent->end);
  return raw_.substr(begin, extent->end - begin);
}

UnpackedValue::UnpackedValue(std::string_view raw) {
  msgpack_unpacked_init(&unpacked_);
  const std::optional<Extent> extent = extent_of_value(raw, 0);
  if (!extent || extent->end != raw.size() || extent->values > kMostValues) return;
  size_t offset = 0;
  sound_ = msgpack_unpack_next(&unpacked_, raw.data(), raw.size(), &offset) == MSGPACK_UNPACK_SUCCESS;
}

UnpackedValue::~UnpackedValue() {
  msgpack_unpacked_destroy(&unpacked_);
}

std::optional<std::string_view> text_of(const msgpack_object& value) {
  if (value.type != MSGPACK_OBJECT_STR) return std::nullopt;
  return std::string_view(value.via.str.ptr, value.via.str.size);
}

std::optional<uint64_t> number_of(const msgpack_object& value) {
  if (value.type != MSGPACK_OBJECT_POSITIVE_INTEGER) return std::nullopt;
  return value.via.u64;
}

}  // namespace alibi::payload
