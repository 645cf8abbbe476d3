// Who may answer at the other end of a socket: this session, something else on this machine, or the world.
//
// Part of Inputs, which tells it of every socket that is bound, whoever does it, with the GVL. Which port the
// system chose is asked of the socket when the next question comes; a forked child inherits the answers.
#ifndef ALIBI_RUBY_EXT_SOCKET_INPUTS_H_
#define ALIBI_RUBY_EXT_SOCKET_INPUTS_H_

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "callers.h"
#include "input_log.h"
#include "observation.h"

namespace alibi::ruby {

class SocketInputs {
 public:
  void start(InputLog* log) { log_ = log; }
  void take(const Observation& seen, const std::function<Callers::Caller()>& who_asks);
  // Before a fork, so that the child knows what this process has bound.
  void settle();

 private:
  struct Peer {
    std::string text;      // for people
    bool is_known = true;  // false: neither internet nor unix
    bool is_here = false;  // an internet address of this machine
    long port = 0;
    std::string path;  // of a unix socket; abstract ones begin with a zero byte
  };
  static constexpr int kAnyType = -1;
  static Peer peer_of(const sockaddr* address, socklen_t length);
  const char* answering(const Peer& peer, int type) const;
  const char* looked_up(const std::string& host, const std::string& service);
  // Does a living process of the session wait there? It records, and is charged to whom it meets.
  bool session_listens(int type, long port) const;
  bool session_listens(const std::string& path) const;
  bool owns_port(int type, long port) const;

  InputLog* log_ = nullptr;
  std::vector<int> bound_;                // descriptors that have not been asked yet
  std::set<std::pair<int, long>> ports_;  // type of socket, port
  std::set<std::string> paths_;
};

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_SOCKET_INPUTS_H_
