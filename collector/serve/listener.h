// Takes connections at one address and lets a fixed number of threads answer their requests. A connection
// that waits for its next request, or has not sent its first byte, costs a descriptor and no thread.
//
// One per server. run() stays on its caller's thread; `handle` is called on several at once. HTTP itself is
// the library's (cpp-httplib), as are its answers to requests that are none.
#ifndef ALIBI_COLLECTOR_SERVE_LISTENER_H_
#define ALIBI_COLLECTOR_SERVE_LISTENER_H_

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "collector/serve/connection.h"
#include "collector/serve/http_message.h"
#include "tracer/base/result.h"
#include "tracer/base/unique_fd.h"

namespace alibi::serve {

struct ListenerSetup {
  std::string host = "127.0.0.1";
  uint16_t port = 0;             // 0: any that is free
  std::string certificate, key;  // files, PEM; both empty: no TLS
  size_t threads = 64;           // most wait for a commit
  size_t most_connections = 900;
  std::chrono::seconds idle{90};     // between two requests
  std::chrono::seconds patience{5};  // for what was begun, when it ends
  ConnectionLimits limits;
};

class Listener : private httplib::Server {
 public:
  using Handle = std::function<Answer(const HttpRequest&)>;

  static Result<std::unique_ptr<Listener>> open(const ListenerSetup& setup, Handle handle);
  ~Listener() override;

  uint16_t port() const { return port_; }
  size_t open_connections() const { return connections_.load(); }

  // Until `stop_fd` is readable; returns when what was begun has been answered, or patience is over.
  void run(int stop_fd);

 private:
  struct Closed {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  using Client = std::unique_ptr<Connection>;

  Listener(ListenerSetup setup, Handle handle);
  Result<void> bind();
  Result<void> load_certificate();
  void answer_with_library();  // routes all methods to `handle_`

  void accept_all();
  void park(Client client);
  void wake(int fd);
  void drop_idle();
  void work();
  void serve(Client client);
  bool serve_one(Connection* client);

  ListenerSetup setup_;
  Handle handle_;
  std::unique_ptr<SSL_CTX, Closed> tls_;
  UniqueFd listening_, polling_;
  uint16_t port_ = 0;
  std::atomic<int64_t> ends_ns_{0};  // of the steady clock; 0: not stopping
  std::atomic<size_t> connections_{0};

  std::mutex mutex_;
  std::condition_variable wakes_workers_;
  std::deque<Client> ready_;
  std::unordered_map<int, Client> parked_;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_LISTENER_H_
