// Owner of a file descriptor: closes it at the end of its life. Move-only, any thread.
#ifndef ALIBI_TRACER_BASE_UNIQUE_FD_H_
#define ALIBI_TRACER_BASE_UNIQUE_FD_H_

#include <utility>

namespace alibi {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(-1); }

  int fd() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // Now the caller's to close.
  int release() { return std::exchange(fd_, -1); }

 private:
  void reset(int fd);  // keeps errno

  int fd_ = -1;
};

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_UNIQUE_FD_H_
