// Bytes on their way to a slow reader: the first megabytes in memory, the rest in a file without a name. Used
// by the printer and for grouped output, one thread. Never refuses: where the disk is full it forgets the
// newest bytes and counts them.
#ifndef ALIBI_COLLECTOR_RUN_BYTE_QUEUE_H_
#define ALIBI_COLLECTOR_RUN_BYTE_QUEUE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "tracer/base/unique_fd.h"

namespace alibi::run {

class ByteQueue {
 public:
  // folder: where the file may be.
  explicit ByteQueue(std::string folder, size_t in_memory = 4u << 20)
      : folder_(std::move(folder)), in_memory_(in_memory) {}

  void append(std::string_view bytes);
  std::string_view front();  // some of the oldest; empty when there is nothing
  void pop(size_t count);    // of front()
  bool empty() const { return head_.size() == head_read_ && file_size_ == file_read_; }
  char last_byte() const { return last_; }
  uint64_t forgotten() const { return forgotten_; }

 private:
  bool write_file(std::string_view bytes);

  std::string folder_;
  size_t in_memory_;
  std::string head_;
  size_t head_read_ = 0;
  UniqueFd file_;
  uint64_t file_size_ = 0, file_read_ = 0;
  uint64_t forgotten_ = 0;
  char last_ = '\n';
};

}  // namespace alibi::run

#endif  // ALIBI_COLLECTOR_RUN_BYTE_QUEUE_H_
