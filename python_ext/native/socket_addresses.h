// Who may answer at the other end of a socket: this session, something else on this machine, or the world.
//
// Owned by InputEvents, which tells it of every socket that is bound, whoever does it. Whether binding
// worked, and which port the system chose, is asked of the socket when the next question comes; a forked
// child inherits the answers. Runs no code of the user; the caller holds the RecordingLock.
#ifndef ALIBI_PYTHON_EXT_SOCKET_ADDRESSES_H_
#define ALIBI_PYTHON_EXT_SOCKET_ADDRESSES_H_

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compat.h"
#include "tracer/abi/alibi.h"

namespace alibi::python {

class SocketAddresses {
 public:
  explicit SocketAddresses(alibi_session* session) : session_(session) {}

  // The words that the detail of a socket's record begins with.
  static constexpr char kOwn[] = "own";            // this session's processes listen or bind there themselves
  static constexpr char kLoopback[] = "loopback";  // something else on this machine may answer
  static constexpr char kExternal[] = "external";

  // `socket` is about to be bound to `address`.
  const char* binding(PyObject* socket, PyObject* address);
  const char* connecting(PyObject* socket, PyObject* address);
  // A name is looked up, for `port` (a number, or anything else for none in particular). That asks the
  // network, unless the name means this machine.
  const char* looking_up(PyObject* host, PyObject* port);
  // Before a fork, so that the child knows what this process has bound.
  void settle();

 private:
  static constexpr int kAnyType = -1;
  // Does a living process of the session wait there? It records, and is charged to whom it meets.
  bool session_listens(int type, long port) const;
  bool owns_port(int type, long port) const;
  bool owns_path(const std::string& path) const { return paths_.count(path) != 0; }

  alibi_session* session_;
  std::vector<int> bound_;                // descriptors that have not been asked yet
  std::set<std::pair<int, long>> ports_;  // type of socket, port
  std::set<std::string> paths_;           // of sockets in the file system or its abstract name space
};

}  // namespace alibi::python

#endif  // ALIBI_PYTHON_EXT_SOCKET_ADDRESSES_H_
