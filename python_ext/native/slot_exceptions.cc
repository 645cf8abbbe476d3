#include "slot_exceptions.h"

namespace alibi::python {
namespace {

// Objects/exception_handling_notes.txt of CPython 3.11: varints of six bits, most significant first;
// 64 means "more follows", 128 marks the first byte of an entry.
constexpr unsigned kMore = 64;
constexpr unsigned kEntryStart = 128;
constexpr unsigned kValueBits = 6;
constexpr uint32_t kLargestValue = 1u << 30;

bool take_varint(std::string_view table, size_t* position, uint32_t* value) {
  uint32_t result = 0;
  for (;;) {
    if (*position >= table.size() || result >= kLargestValue >> kValueBits) return false;
    const unsigned byte = static_cast<uint8_t>(table[(*position)++]);
    result = (result << kValueBits) | (byte & 63);
    if ((byte & kMore) == 0) break;
  }
  *value = result;
  return true;
}

void append_varint(std::string* bytes, uint32_t value, unsigned first_byte_flag) {
  unsigned shift = 0;
  while (shift + kValueBits < 32 && value >> (shift + kValueBits) != 0) shift += kValueBits;
  for (;; shift -= kValueBits) {
    bytes->push_back(static_cast<char>(((value >> shift) & 63) | (shift != 0 ? kMore : 0) | first_byte_flag));
    if (shift == 0) return;
    first_byte_flag = 0;
  }
}

}  // namespace

std::optional<std::vector<ExceptionEntry>> decode_exceptions(std::string_view table, uint32_t units) {
  std::vector<ExceptionEntry> entries;
  for (size_t position = 0; position < table.size();) {
    ExceptionEntry entry;
    uint32_t length = 0;
    if (!take_varint(table, &position, &entry.begin) || !take_varint(table, &position, &length) ||
        !take_varint(table, &position, &entry.handler) ||
        !take_varint(table, &position, &entry.depth_and_lasti)) {
      return std::nullopt;
    }
    entry.end = entry.begin + length;
    if (entry.begin > units || entry.end > units || entry.handler >= units) return std::nullopt;
    entries.push_back(entry);
  }
  return entries;
}

std::string encode_exceptions(const std::vector<ExceptionEntry>& entries) {
  std::string bytes;
  for (const ExceptionEntry& entry : entries) {
    append_varint(&bytes, entry.begin, kEntryStart);
    append_varint(&bytes, entry.end - entry.begin, 0);
    append_varint(&bytes, entry.handler, 0);
    append_varint(&bytes, entry.depth_and_lasti, 0);
  }
  return bytes;
}

}  // namespace alibi::python
