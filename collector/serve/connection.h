// One client's connection, plain or TLS, as the HTTP library reads and writes it, with limits that the
// library does not have: a time for the whole head and the whole body of a request, a size of the head, a
// moment after which everything ends.
//
// Used by one thread at a time: a worker while it serves, the listener while it waits for the next request.
#ifndef ALIBI_COLLECTOR_SERVE_CONNECTION_H_
#define ALIBI_COLLECTOR_SERVE_CONNECTION_H_

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "tracer/base/unique_fd.h"

namespace alibi::serve {

struct ConnectionLimits {
  std::chrono::milliseconds head{10'000};  // from its first byte to its last
  std::chrono::milliseconds body{60'000};  // likewise, and until the answer has been taken
  size_t head_bytes = 64u << 10;
};

class Connection : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  // `tls`: a session that was set up for the descriptor, or none. `ends_ns`: of Clock; 0: not yet.
  Connection(UniqueFd fd, SSL* tls, std::string peer, const ConnectionLimits& limits,
             const std::atomic<int64_t>* ends_ns);
  ~Connection() override;

  int fd() const { return fd_.fd(); }
  const std::string& peer() const { return peer_; }
  bool from_loopback() const;

  void begin_request();  // the time and the size of a head count from here
  void begin_body();
  // Lets a client finish what nobody reads, as long as it sends: else it would never see its answer.
  void drain(size_t most_bytes);
  bool has_more();  // bytes that were read from the network already
  bool greet();     // TLS's handshake, once; false: not a client of ours
  Clock::time_point idle_since() const { return idle_since_; }
  void rest() { idle_since_ = Clock::now(); }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* bytes, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  // The library asks only whether the number is one that select() takes; it never uses it here.
  socket_t socket() const override { return 0; }

 private:
  bool wait(short events);
  ssize_t receive(char* bytes, size_t size);

  UniqueFd fd_;
  SSL* tls_;
  bool greeted_ = false;
  std::string peer_;
  ConnectionLimits limits_;
  const std::atomic<int64_t>* ends_ns_;
  Clock::time_point deadline_, idle_since_;
  bool in_head_ = true;
  size_t head_bytes_ = 0;
  std::string buffer_;  // what was received and not yet read
  size_t taken_ = 0;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_CONNECTION_H_
