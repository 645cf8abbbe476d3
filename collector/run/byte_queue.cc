#include "collector/run/byte_queue.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace alibi::run {
namespace {

constexpr size_t kPiece = 64u << 10;

UniqueFd file_without_a_name(const std::string& folder) {
  UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.valid()) return file;
  std::string name = folder + "/alibi-output-XXXXXX";
  file = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
  if (file.valid()) (void)::unlink(name.c_str());
  return file;
}

}  // namespace

bool ByteQueue::write_file(std::string_view bytes) {
  if (!file_.valid()) file_ = file_without_a_name(folder_);
  if (!file_.valid()) return false;
  uint64_t at = file_size_;
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file_.fd(), bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  file_size_ = at;
  return true;
}

void ByteQueue::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (file_size_ == file_read_ && head_.size() - head_read_ + bytes.size() <= in_memory_) {
    if (head_read_ > in_memory_) head_.erase(0, std::exchange(head_read_, 0));
    head_.append(bytes);
  } else if (!write_file(bytes)) {
    forgotten_ += bytes.size();
    return;
  }
  last_ = bytes.back();
}

std::string_view ByteQueue::front() {
  if (head_read_ == head_.size() && file_read_ < file_size_) {
    head_read_ = 0;
    head_.resize(static_cast<size_t>(std::min<uint64_t>(kPiece, file_size_ - file_read_)));
    ssize_t count;
    do count = ::pread(file_.fd(), head_.data(), head_.size(), static_cast<off_t>(file_read_));
    while (count < 0 && errno == EINTR);
    if (count <= 0) {  // the disk has lost it
      forgotten_ += file_size_ - file_read_;
      head_.clear();
      file_read_ = file_size_;
    } else {
      head_.resize(static_cast<size_t>(count));
      file_read_ += static_cast<uint64_t>(count);
    }
    if (file_read_ == file_size_) {
      (void)!::ftruncate(file_.fd(), 0);
      file_read_ = file_size_ = 0;
    }
  }
  return std::string_view(head_).substr(head_read_, kPiece);
}

void ByteQueue::pop(size_t count) {
  head_read_ += count;
  if (head_read_ == head_.size()) {
    head_.clear();
    head_read_ = 0;
  }
}

}  // namespace alibi::run
