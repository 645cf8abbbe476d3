// Little-endian bytes in and out: ByteWriter appends to a buffer it borrows, ByteReader walks bytes it does
// not trust. Used by the shard's encoder and decoder. A reader that ran past the end stays failed and yields
// zeros, so that a decoder asks ok() once at its end.
#ifndef ALIBI_TRACER_BASE_BYTES_H_
#define ALIBI_TRACER_BASE_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace alibi {

static_assert(std::endian::native == std::endian::little, "persisted numbers are copied as they are");

class ByteWriter {
 public:
  explicit ByteWriter(std::vector<std::byte>* out) : out_(out) {}

  void u8(uint8_t value) { append(&value, sizeof value); }
  void u16(uint16_t value) { append(&value, sizeof value); }
  void u32(uint32_t value) { append(&value, sizeof value); }
  void u64(uint64_t value) { append(&value, sizeof value); }
  void text(std::string_view value) {
    u32(static_cast<uint32_t>(value.size()));
    append(value.data(), value.size());
  }

 private:
  void append(const void* bytes, size_t length) {
    if (length == 0) return;
    const size_t end = out_->size();
    out_->resize(end + length);
    std::memcpy(out_->data() + end, bytes, length);
  }

  std::vector<std::byte>* out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  uint8_t u8() { return number<uint8_t>(); }
  uint16_t u16() { return number<uint16_t>(); }
  uint32_t u32() { return number<uint32_t>(); }
  uint64_t u64() { return number<uint64_t>(); }
  std::string_view text() {  // borrowed from the bytes
    const uint32_t length = u32();
    if (failed_ || length > rest_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view value(reinterpret_cast<const char*>(rest_.data()), length);
    rest_ = rest_.subspan(length);
    return value;
  }

  bool ok() const { return !failed_; }
  bool at_end() const { return !failed_ && rest_.empty(); }
  size_t remaining() const { return failed_ ? 0 : rest_.size(); }

 private:
  template <typename T>
  T number() {
    T value{};
    if (failed_ || rest_.size() < sizeof value) {
      failed_ = true;
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return value;
  }

  std::span<const std::byte> rest_;
  bool failed_ = false;
};

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_BYTES_H_
