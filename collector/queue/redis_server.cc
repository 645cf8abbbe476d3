#include "collector/queue/redis_server.h"

#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>

#include "collector/model/plan_errors.h"
#include "collector/queue/answer_reader.h"
#include "collector/queue/quiet_thread.h"

namespace alibi::queue {
namespace {

using Clock = std::chrono::steady_clock;

Error failed(const std::string& what, int error_number = 0) {
  Error error{collector::kQueue, error_number, what};
  if (error_number != 0) error.message += std::string(": ") + strerror(error_number);
  return error;
}

int milliseconds_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, 3'600'000));
}

// An error when the time is over.
Result<void> wait_for(int socket, short what, Clock::time_point deadline) {
  for (;;) {
    pollfd wanted{.fd = socket, .events = what, .revents = 0};
    const int ready = poll(&wanted, 1, milliseconds_until(deadline));
    if (ready > 0) return {};
    if (ready == 0) return failed("it does not answer in time");
    if (errno != EINTR || Clock::now() >= deadline) return failed("it does not answer in time");
  }
}

struct Lookup {
  std::mutex mutex;
  std::condition_variable done;
  bool ended = false;
  int fault = 0;
  addrinfo* found = nullptr;
  ~Lookup() {
    if (found != nullptr) freeaddrinfo(found);
  }
};

// The C library has no deadline for names: whoever waits for it may go.
Result<std::shared_ptr<Lookup>> look_up(const std::string& host, const std::string& port,
                                        Clock::time_point deadline) {
  auto lookup = std::make_shared<Lookup>();
  addrinfo numeric{};
  numeric.ai_socktype = SOCK_STREAM;
  numeric.ai_flags = AI_NUMERICHOST;
  if (getaddrinfo(host.c_str(), port.c_str(), &numeric, &lookup->found) == 0) return lookup;
  lookup->found = nullptr;
  const bool started = start_quiet_thread([lookup, host, port] {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int fault = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    const std::lock_guard lock(lookup->mutex);
    lookup->found = found;
    lookup->fault = fault;
    lookup->ended = true;
    lookup->done.notify_all();
  });
  if (!started) return failed("its name cannot be looked up: no thread can be started");
  std::unique_lock lock(lookup->mutex);
  if (!lookup->done.wait_until(lock, deadline, [&] { return lookup->ended; }))
    return failed("its name is not resolved in time");
  if (lookup->fault != 0)
    return failed("its name cannot be resolved (" + std::string(gai_strerror(lookup->fault)) + ")");
  return lookup;
}

std::string printable(const std::string& text) {
  constexpr size_t kLongest = 160;
  std::string out = text.substr(0, kLongest);
  std::ranges::replace_if(
      out, [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return out;
}

}  // namespace

void RedisServer::close() {
  if (socket_ >= 0 && !tls_) ::close(socket_);
  tls_.reset();
  socket_ = -1;
}

Result<void> RedisServer::connect_to(const void* address, size_t length, int family, Time deadline) {
  close();
  socket_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return failed("no socket can be opened", errno);
  if (connect(socket_, static_cast<const sockaddr*>(address), static_cast<socklen_t>(length)) != 0) {
    if (errno != EINPROGRESS) return failed("it cannot be reached", errno);
    if (const Result<void> ready = wait_for(socket_, POLLOUT, deadline); !ready.ok()) return ready;
    int fault = 0;
    socklen_t size = sizeof fault;
    if (getsockopt(socket_, SOL_SOCKET, SO_ERROR, &fault, &size) != 0) fault = errno;
    if (fault != 0) return failed("it cannot be reached", fault);
  }
  const int yes = 1;
  if (family != AF_UNIX) setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return {};
}

Result<void> RedisServer::open_network(Time deadline) {
  const Result<std::shared_ptr<Lookup>> lookup = look_up(address_.host, address_.port, deadline);
  if (!lookup.ok()) return lookup.error();
  Result<void> connected = failed("its name has no address");
  size_t left = 0;
  for (const addrinfo* one = (*lookup)->found; one != nullptr; one = one->ai_next) ++left;
  // One address that swallows everything leaves time for the others.
  for (const addrinfo* one = (*lookup)->found; one != nullptr; one = one->ai_next, --left) {
    const auto share = (deadline - Clock::now()) / static_cast<int64_t>(left);
    connected = connect_to(one->ai_addr, one->ai_addrlen, one->ai_family, Clock::now() + share);
    if (connected.ok()) break;
  }
  return connected;
}

Result<void> RedisServer::open_tls(Time deadline) {
  Result<std::unique_ptr<transport::TlsStream>> stream = transport::TlsStream::connect(
      address_.host, address_.port, certificates_, std::chrono::milliseconds(milliseconds_until(deadline)));
  if (!stream.ok()) return failed("no TLS connection can be made (" + stream.error().message + ")");
  tls_ = std::move(*stream);
  socket_ = tls_->socket();
  return {};
}

Result<void> RedisServer::open(Time deadline) {
  if (!address_.socket.empty()) {
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    if (address_.socket.size() >= sizeof place.sun_path) return failed("the path of its socket is too long");
    memcpy(place.sun_path, address_.socket.c_str(), address_.socket.size() + 1);
    if (const Result<void> made = connect_to(&place, sizeof place, AF_UNIX, deadline); !made.ok())
      return made;
  } else {
    const Result<void> made = address_.tls ? open_tls(deadline) : open_network(deadline);
    if (!made.ok()) return made;
  }
  if (!address_.password.empty()) {
    std::vector<std::string> command = {"AUTH", address_.password};
    if (!address_.user.empty()) command.insert(command.begin() + 1, address_.user);
    if (const Result<Answer> let_in = exchange(command, deadline); !let_in.ok()) return let_in.error();
  }
  if (address_.database != 0) {
    const Result<Answer> chosen = exchange({"SELECT", std::to_string(address_.database)}, deadline);
    if (!chosen.ok()) return chosen.error();
  }
  return {};
}

// Nothing: none can go now.
Result<std::optional<size_t>> RedisServer::send_some(std::string_view bytes) {
  if (tls_) return tls_->send(bytes);
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return std::optional(static_cast<size_t>(sent));
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return std::optional<size_t>();
  return failed("the connection broke", errno);
}

// Nothing: there is none yet.
Result<std::optional<size_t>> RedisServer::receive_some(char* bytes, size_t most) {
  if (tls_) return tls_->receive(bytes, most);
  const ssize_t got = recv(socket_, bytes, most, 0);
  if (got >= 0) return std::optional(static_cast<size_t>(got));
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return std::optional<size_t>();
  return failed("the connection broke", errno);
}

Result<void> RedisServer::send_all(std::string_view bytes, Time deadline) {
  while (!bytes.empty()) {
    const Result<std::optional<size_t>> sent = send_some(bytes);
    if (!sent.ok()) return sent.error();
    if (sent->has_value()) {
      bytes.remove_prefix(**sent);
    } else if (const Result<void> ready = wait_for(socket_, POLLOUT, deadline); !ready.ok()) {
      return ready;
    }
  }
  return {};
}

Result<Answer> RedisServer::exchange(const std::vector<std::string>& command, Time deadline) {
  std::vector<const char*> words;
  std::vector<size_t> lengths;
  for (const std::string& word : command) {
    words.push_back(word.data());
    lengths.push_back(word.size());
  }
  char* text = nullptr;
  const int length =
      redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), lengths.data());
  if (length < 0) return failed("there is no memory for the command");
  const Result<void> sent = send_all({text, static_cast<size_t>(length)}, deadline);
  redisFreeCommand(text);
  if (!sent.ok()) return sent.error();
  AnswerReader reader;
  std::array<char, 65536> buffer{};
  for (;;) {
    // First, because TLS may have read ahead.
    const Result<std::optional<size_t>> got = receive_some(buffer.data(), buffer.size());
    if (!got.ok()) return got.error();
    if (!got->has_value()) {
      if (const Result<void> ready = wait_for(socket_, POLLIN, deadline); !ready.ok()) return ready.error();
      continue;
    }
    if (**got == 0) return failed("it closed the connection");
    Result<std::optional<Answer>> answer = reader.feed({buffer.data(), **got});
    if (!answer.ok()) return answer.error();
    if (!answer->has_value()) {
      // A trickle of bytes is not an answer in time.
      if (Clock::now() >= deadline) return failed("it does not answer in time");
      continue;
    }
    if ((*answer)->kind == Answer::Kind::kError)
      return failed("it refuses (" + printable((*answer)->text) + ")");
    return std::move(**answer);
  }
}

Result<Answer> RedisServer::call(const std::vector<std::string>& command, uint64_t patience_ms) {
  const Time deadline = Clock::now() + std::chrono::milliseconds(std::min<uint64_t>(patience_ms, 3'600'000));
  if (socket_ < 0) {
    if (const Result<void> opened = open(deadline); !opened.ok()) {
      close();
      return opened.error();
    }
  }
  Result<Answer> answer = exchange(command, deadline);
  if (!answer.ok()) close();
  return answer;
}

}  // namespace alibi::queue
