// Walks over msgpack bytes that are not trusted, value by value, before any of them is given to msgpack-c,
// which reserves memory for a count before it has seen the elements: five bytes could claim 100 GB. Pure.
//
// Used by the decoders: they walk the outer shape of a document and unpack one event at a time.
#ifndef ALIBI_COLLECTOR_PAYLOAD_MSGPACK_WALK_H_
#define ALIBI_COLLECTOR_PAYLOAD_MSGPACK_WALK_H_

#include <msgpack.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace alibi::payload {

class MsgpackWalk {
 public:
  explicit MsgpackWalk(std::string_view raw) : raw_(raw) {}

  // Each reads what is next; nothing (and the walk stands still) when it is something else.
  std::optional<uint64_t> array();  // how many values follow
  std::optional<uint64_t> map();    // how many pairs of values follow
  std::optional<std::string_view> text();
  // The bytes of the next value with all that is in it. Nothing when they are cut short, when a count is
  // larger than the bytes that follow, or when there is no such byte in msgpack.
  std::optional<std::string_view> value();

  bool at_end() const { return at_ == raw_.size(); }

 private:
  std::string_view raw_;
  size_t at_ = 0;
};

// One value, unpacked; its strings point into `raw`, which has to outlive it. No root: not msgpack, nested
// deeper than msgpack-c goes (32), of more than kMostValues, or memory ran out.
class UnpackedValue {
 public:
  static constexpr uint64_t kMostValues = uint64_t{1} << 20;

  explicit UnpackedValue(std::string_view raw);
  ~UnpackedValue();
  UnpackedValue(const UnpackedValue&) = delete;
  UnpackedValue& operator=(const UnpackedValue&) = delete;

  const msgpack_object* root() const { return sound_ ? &unpacked_.data : nullptr; }

 private:
  msgpack_unpacked unpacked_;
  bool sound_ = false;
};

// Nothing where the value has another type.
std::optional<std::string_view> text_of(const msgpack_object& value);
std::optional<uint64_t> number_of(const msgpack_object& value);

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_MSGPACK_WALK_H_
