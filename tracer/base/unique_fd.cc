#include "tracer/base/unique_fd.h"

#include <unistd.h>

#include <cerrno>

namespace alibi {

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) {
    const int saved = errno;
    ::close(fd_);  // never retried: on Linux the descriptor is gone even after EINTR
    errno = saved;
  }
  fd_ = fd;
}

}  // namespace alibi
