#include "collector/payload/packer.h"

#include <cstring>

namespace alibi::payload {

Packer::Packer() {
  msgpack_sbuffer_init(&buffer_);
  msgpack_packer_init(&packer_, &buffer_, msgpack_sbuffer_write);
}

Packer::~Packer() {
  msgpack_sbuffer_destroy(&buffer_);
}

void Packer::binary(std::string_view bytes) {
  check(msgpack_pack_bin(&packer_, bytes.size()));
  check(msgpack_pack_bin_body(&packer_, bytes.data(), bytes.size()));
}

void Packer::literal(std::string_view text) {
  check(msgpack_pack_str(&packer_, text.size()));
  check(msgpack_pack_str_body(&packer_, text.data(), text.size()));
}

void Packer::text(std::string_view text, size_t most_characters) {
  literal(sendable(text, most_characters, &storage_));
}

void Packer::keep_from(size_t begin) {
  buffer_.size -= begin;
  if (buffer_.size != 0) std::memmove(buffer_.data, buffer_.data + begin, buffer_.size);
}

}  // namespace alibi::payload
