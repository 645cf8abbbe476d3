#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "collector/junit/reader.h"
#include "tracer/base/unique_fd.h"

namespace alibi::junit {

Result<void> read_file(const std::string& path, Reader* reader) {
  constexpr size_t kPiece = 1u << 20;
  // Never blocks on a pipe that lies where a file should.
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file.valid() || ::fstat(file.fd(), &status) != 0)
    return os_error(ErrorCode::kCannotRead, errno, "cannot read the JUnit report " + path);
  if (!S_ISREG(status.st_mode))
    return Error{ErrorCode::kCannotRead, 0, "cannot read the JUnit report " + path + ": not a regular file"};
  for (std::string piece;;) {
    piece.resize(kPiece);
    const ssize_t count = ::read(file.fd(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) reader->stop("the rest of it cannot be read: " + std::generic_category().message(errno));
    if (count <= 0) return reader->finish();
    piece.resize(static_cast<size_t>(count));
    if (Result<void> taken = reader->take(piece); !taken) return taken;
  }
}

}  // namespace alibi::junit
