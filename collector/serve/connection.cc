#include "collector/serve/connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace alibi::serve {
namespace {

constexpr std::chrono::seconds kIdleDrain{1};
constexpr std::chrono::seconds kLongestDrain{10};

}  // namespace

Connection::Connection(UniqueFd fd, SSL* tls, std::string peer, const ConnectionLimits& limits,
                       const std::atomic<int64_t>* ends_ns)
    : fd_(std::move(fd)),
      tls_(tls),
      peer_(std::move(peer)),
      limits_(limits),
      ends_ns_(ends_ns),
      deadline_(Clock::now() + limits.head),
      idle_since_(Clock::now()) {}

Connection::~Connection() {
  if (tls_ == nullptr) return;
  SSL_shutdown(tls_);
  SSL_free(tls_);
}

bool Connection::from_loopback() const {
  return peer_.starts_with("127.") || peer_ == "::1" || peer_.starts_with("::ffff:127.");
}

void Connection::begin_request() {
  in_head_ = true;
  head_bytes_ = 0;
  deadline_ = Clock::now() + limits_.head;
}

void Connection::begin_body() {
  in_head_ = false;
  deadline_ = Clock::now() + limits_.body;
}

void Connection::drain(size_t most_bytes) {
  in_head_ = false;
  const Clock::time_point end = Clock::now() + kLongestDrain;
  if (tls_ == nullptr) ::shutdown(fd_.fd(), SHUT_WR);
  std::string piece(64u << 10, '\0');
  while (most_bytes > 0) {
    deadline_ = std::min(end, Clock::now() + kIdleDrain);
    const ssize_t count = read(piece.data(), std::min(piece.size(), most_bytes));
    if (count <= 0) return;
    most_bytes -= static_cast<size_t>(count);
  }
}

bool Connection::has_more() {
  return taken_ < buffer_.size() || (tls_ != nullptr && SSL_pending(tls_) > 0);
}

// The descriptor does not block: all waiting is done here.
bool Connection::wait(short events) {
  while (true) {
    Clock::time_point until = deadline_;
    if (const int64_t ends = ends_ns_->load(); ends != 0)
      until = std::min(until, Clock::time_point(std::chrono::nanoseconds(ends)));
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    pollfd waited{fd_.fd(), events, 0};
    // In steps, so that a server that stops is heard of.
    const int ready = ::poll(&waited, 1, static_cast<int>(std::min<int64_t>(left, 500)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool Connection::greet() {
  if (tls_ == nullptr || greeted_) return true;
  while (true) {
    const int status = SSL_accept(tls_);
    if (status == 1) break;
    const int wanted = SSL_get_error(tls_, status);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) return false;
    if (!wait(wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return false;
  }
  greeted_ = true;
  return true;
}

ssize_t Connection::receive(char* bytes, size_t size) {
  while (true) {
    if (tls_ == nullptr) {
      const ssize_t count = ::recv(fd_.fd(), bytes, size, 0);
      if (count >= 0) return count;
      if (errno == EINTR) continue;
      if (errno != EAGAIN || !wait(POLLIN)) return -1;
      continue;
    }
    const int count = SSL_read(tls_, bytes, static_cast<int>(std::min<size_t>(size, 1 << 20)));
    if (count > 0) return count;
    const int wanted = SSL_get_error(tls_, count);
    if (wanted == SSL_ERROR_ZERO_RETURN) return 0;
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) return -1;
    if (!wait(wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return -1;
  }
}

ssize_t Connection::read(char* bytes, size_t size) {
  if (Clock::now() > deadline_) return -1;
  if (in_head_) {
    head_bytes_ += size;  // the library reads heads byte by byte
    if (head_bytes_ > limits_.head_bytes) return -1;
  }
  if (taken_ == buffer_.size()) {
    constexpr size_t kPiece = 16u << 10;
    if (size >= kPiece) return receive(bytes, size);
    buffer_.resize(kPiece);
    taken_ = 0;
    const ssize_t count = receive(buffer_.data(), buffer_.size());
    buffer_.resize(count > 0 ? static_cast<size_t>(count) : 0);
    if (count <= 0) return count;
  }
  const size_t count = std::min(size, buffer_.size() - taken_);
  std::memcpy(bytes, buffer_.data() + taken_, count);
  taken_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* bytes, size_t size) {
  while (true) {
    if (tls_ == nullptr) {
      const ssize_t count = ::send(fd_.fd(), bytes, size, MSG_NOSIGNAL);
      if (count >= 0) return count;
      if (errno == EINTR) continue;
      if (errno != EAGAIN || !wait(POLLOUT)) return -1;
      continue;
    }
    const int count = SSL_write(tls_, bytes, static_cast<int>(std::min<size_t>(size, 1 << 20)));
    if (count > 0) return count;
    const int wanted = SSL_get_error(tls_, count);
    if (wanted != SSL_ERROR_WANT_READ && wanted != SSL_ERROR_WANT_WRITE) return -1;
    if (!wait(wanted == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) return -1;
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = peer_;
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace alibi::serve
