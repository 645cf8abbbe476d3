// A Redis or Valkey server over TCP or a socket of this machine: RESP2, no pipelining, everything (names,
// connecting, password, the command) within one patience. Used by open_queue. One thread; a name that nobody
// resolves in time leaves a thread of the C library behind, which ends by itself.
#ifndef ALIBI_COLLECTOR_QUEUE_REDIS_SERVER_H_
#define ALIBI_COLLECTOR_QUEUE_REDIS_SERVER_H_

#include <chrono>

#include "collector/queue/queue_address.h"
#include "collector/queue/server.h"

namespace alibi::queue {

class RedisServer final : public Server {
 public:
  explicit RedisServer(QueueAddress address) : address_(std::move(address)) {}
  ~RedisServer() override { close(); }
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  Result<Answer> call(const std::vector<std::string>& command, uint64_t patience_ms) override;

 private:
  using Time = std::chrono::steady_clock::time_point;
  Result<void> open(Time deadline);
  Result<void> open_network(Time deadline);
  Result<void> connect_to(const void* address, size_t length, int family, Time deadline);
  Result<Answer> exchange(const std::vector<std::string>& command, Time deadline);
  Result<void> send_all(const char* bytes, size_t length, Time deadline);
  void close();

  QueueAddress address_;
  int socket_ = -1;
};

}  // namespace alibi::queue

#endif  // ALIBI_COLLECTOR_QUEUE_REDIS_SERVER_H_
