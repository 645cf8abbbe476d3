// A range of a file in memory, shared with the file: what is stored in it survives the process. Used by the
// shard writer. Keeps no descriptor open. The file's space must be allocated, or a store may end in SIGBUS.
#ifndef ALIBI_TRACER_BASE_MAPPED_FILE_H_
#define ALIBI_TRACER_BASE_MAPPED_FILE_H_

#include <cstddef>
#include <span>
#include <utility>

namespace alibi {

class MappedFile {
 public:
  MappedFile() = default;
  MappedFile(std::byte* bytes, size_t length) : bytes_(bytes), length_(length) {}  // takes the mapping over
  // A part of a mapping that somebody else owns, and that lives longer.
  static MappedFile part_of(std::span<std::byte> mapped) {
    MappedFile part(mapped.data(), mapped.size());
    part.owner_ = Owner::kOther;
    return part;
  }
  MappedFile(MappedFile&& other) noexcept
      : bytes_(std::exchange(other.bytes_, nullptr)),
        length_(std::exchange(other.length_, 0)),
        dropped_(std::exchange(other.dropped_, 0)),
        owner_(other.owner_) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    if (this != &other) {
      unmap();
      bytes_ = std::exchange(other.bytes_, nullptr);
      length_ = std::exchange(other.length_, 0);
      dropped_ = std::exchange(other.dropped_, 0);
      owner_ = other.owner_;
    }
    return *this;
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile() { unmap(); }

  std::byte* bytes() const { return bytes_; }
  size_t length() const { return length_; }
  bool valid() const { return bytes_ != nullptr; }
  // It begins that much later from now on; what is in front stays mapped as long as the rest.
  void drop_front(size_t length) {
    bytes_ += length;
    length_ -= length;
    dropped_ += length;
  }

 private:
  enum class Owner : bool { kThis, kOther };

  void unmap();

  std::byte* bytes_ = nullptr;
  size_t length_ = 0;
  size_t dropped_ = 0;
  Owner owner_ = Owner::kThis;
};

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_MAPPED_FILE_H_
