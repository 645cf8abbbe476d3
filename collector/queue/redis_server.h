// A Redis or Valkey server over TCP, TLS or a socket of this machine: RESP2, no pipelining, everything
// (names, connecting, password, the command) within one patience. Used by open_queue. One thread; a name that
// nobody resolves in time leaves a thread of the C library behind, which ends by itself.
#ifndef ALIBI_COLLECTOR_QUEUE_REDIS_SERVER_H_
#define ALIBI_COLLECTOR_QUEUE_REDIS_SERVER_H_

#include <chrono>

#include "collector/queue/queue_address.h"
#include "collector/queue/server.h"
#include "collector/transport/tls_stream.h"

namespace alibi::queue {

class RedisServer final : public Server {
 public:
  // certificates: whom to trust, where the address asks for TLS.
  explicit RedisServer(QueueAddress address, transport::CurlOptions certificates = {})
      : address_(std::move(address)), certificates_(std::move(certificates)) {}
  ~RedisServer() override { close(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  Result<Answer> call(const std::vector<std::string>& command, uint64_t patience_ms) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  Result<void> open(Time deadline);
  Result<void> open_network(Time deadline);
  Result<void> open_tls(Time deadline);
  Result<void> connect_to(const void* address, size_t length, int family, Time deadline);
  Result<Answer> exchange(const std::vector<std::string>& command, Time deadline);
  Result<void> send_all(std::string_view bytes, Time deadline);
  Result<std::optional<size_t>> send_some(std::string_view bytes);
  Result<std::optional<size_t>> receive_some(char* bytes, size_t most);
  void close();

  QueueAddress address_;
  transport::CurlOptions certificates_;
  std::unique_ptr<transport::TlsStream> tls_;
  int socket_ = -1;  // tls_'s where there is one
};

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_REDIS_SERVER_H_
