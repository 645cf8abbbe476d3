#include "collector/run/printer.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace alibi::run {
namespace {

// What a pipe that has room takes without blocking (PIPE_BUF).
constexpr size_t kOneWrite = 4096;
constexpr size_t kAtOnce = 1u << 20;
constexpr std::string_view kErased = "\r\x1b[K";

bool is_writable(int fd) {
  struct pollfd waited {
    fd, POLLOUT, 0
  };
  // A reader that left shows as an error of the write, too.
  return ::poll(&waited, 1, 0) == 1;
}

ssize_t write_some(int fd, std::string_view bytes) {
  const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 && errno == ENOTSOCK ? ::write(fd, bytes.data(), bytes.size()) : sent;
}

}  // namespace

Printer::Printer(int output, int errors, const std::string& scratch)
    : sinks_{Sink{output, ByteQueue(scratch)}, Sink{errors, ByteQueue(scratch)}} {}

void Printer::print(Stream stream, std::string_view text) {
  if (text.empty()) return;
  if (status_shown_) draw_status({});
  Sink& sink = sinks_[static_cast<size_t>(stream)];
  if (sink.gone) return;
  sink.queue.append(text);
  pump(&sink);
}

void Printer::draw_status(std::string_view line) {
  if (line.empty() && !status_shown_) return;
  Sink& sink = sinks_[static_cast<size_t>(Stream::kErrors)];
  // Behind what waits it would be drawn too late, over something else.
  if (sink.gone || !sink.queue.empty() || !sinks_[0].queue.empty()) return;
  status_shown_ = !line.empty();
  sink.queue.append(std::string(kErased) + std::string(line));
  pump(&sink);
}

void Printer::pump() {
  for (Sink& sink : sinks_) pump(&sink);
}

void Printer::pump(Sink* sink) {
  for (size_t written = 0; written < kAtOnce && !sink->queue.empty() && is_writable(sink->fd);) {
    const std::string_view front = sink->queue.front();
    const ssize_t count = write_some(sink->fd, front.substr(0, kOneWrite));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) {
      sink->gone = true;
      while (!sink->queue.empty()) sink->queue.pop(sink->queue.front().size());
      return;
    }
    sink->queue.pop(static_cast<size_t>(count));
    written += static_cast<size_t>(count);
    written_ += static_cast<uint64_t>(count);
  }
}

int Printer::waiting_fd(Stream stream) const {
  const Sink& sink = sinks_[static_cast<size_t>(stream)];
  return sink.queue.empty() ? -1 : sink.fd;
}

bool Printer::idle() const {
  return std::ranges::all_of(sinks_, [](const Sink& sink) { return sink.queue.empty(); });
}

}  // namespace alibi::run
