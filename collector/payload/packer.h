// msgpack-c's packer over a buffer that is kept between messages: integers in their smallest form, numbers as
// float64, texts as valid UTF-8. Used by the two encoders; one thread.
#ifndef ALIBI_COLLECTOR_PAYLOAD_PACKER_H_
#define ALIBI_COLLECTOR_PAYLOAD_PACKER_H_

#include <msgpack.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "collector/payload/sendable_text.h"

namespace alibi::payload {

class Packer {
 public:
  Packer();
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void map(size_t count) { check(msgpack_pack_map(&packer_, count)); }
  void array(size_t count) { check(msgpack_pack_array(&packer_, count)); }
  void number(uint64_t value) { check(msgpack_pack_uint64(&packer_, value)); }
  void real(double value) { check(msgpack_pack_double(&packer_, value)); }
  void nothing() { check(msgpack_pack_nil(&packer_)); }
  void binary(std::string_view bytes);
  // Of ours, known to be ASCII.
  void literal(std::string_view text);
  // Of others: made valid, and cut.
  void text(std::string_view text, size_t most_characters = kAnyLength);

  // False: memory ran out since this was asked last, and something is missing.
  bool was_complete() { return std::exchange(ok_, true); }
  size_t size() const { return buffer_.size; }
  std::string_view bytes() const { return {buffer_.data, buffer_.size}; }
  void clear() { buffer_.size = 0; }
  // Forgets all but what lies at `begin` and behind, which moves to the front.
  void keep_from(size_t begin);
  void cut_to(size_t size) { buffer_.size = size; }

 private:
  void check(int status) { ok_ = ok_ && status == 0; }

  msgpack_sbuffer buffer_;
  msgpack_packer packer_;
  std::string storage_;  // of texts that had to change
  bool ok_ = true;
};

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_PACKER_H_
