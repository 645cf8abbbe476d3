// Takes the place of the C library's functions that reach another program through a socket: who may answer,
// in the words of the glue of interpreters ("loopback": something on this machine; "external": the world).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "tracer/preload/observations.h"
#include "tracer/preload/observed_paths.h"
#include "tracer/preload/real_functions.h"

namespace alibi::preload {
namespace {

constexpr char kLoopback[] = "loopback\n";
constexpr char kExternal[] = "external\n";

bool is_this_machine(const in_addr& address) {
  const uint32_t number = ntohl(address.s_addr);
  return number >> 24 == IN_LOOPBACKNET || number == INADDR_ANY;
}
bool is_this_machine(const in6_addr& address) {
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == IN_LOOPBACKNET;
  return mapped || IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address);
}

std::string joined(std::string_view first, std::string_view second) {
  std::string text;
  text.reserve(first.size() + second.size());
  return text.append(first).append(second);
}

template <typename Address>
void record_internet(ProgramRecorder& recorder, int family, const Address& address, in_port_t port,
                     const char* call) {
  char host[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(family, &address, host, sizeof host);
  const char* const whose = is_this_machine(address) ? kLoopback : kExternal;
  recorder.record_socket(joined(joined(host, ":"), std::to_string(ntohs(port))), joined(whose, call));
}

void record_local(ProgramRecorder& recorder, const sockaddr_un& address, size_t length, const char* call) {
  const size_t start = offsetof(sockaddr_un, sun_path);
  if (length <= start) return;
  const bool is_abstract = address.sun_path[0] == '\0';
  std::string path(address.sun_path,
                   is_abstract ? length - start : strnlen(address.sun_path, length - start));
  if (!is_abstract) path = recorder.path_of({kHere, path.c_str()});
  // The system's log, and what the kernel offers there.
  if (!is_noise(path)) recorder.record_socket(path, joined(kLoopback, call));
}

// `address` has been read by the system, or is about to be: it is copied only as far as `length` says.
void reached(const sockaddr* address, socklen_t length, const char* call) {
  if (address == nullptr || length < sizeof(sa_family_t)) return;
  if (is_in_foreign_child()) return VforkStarts::note_loss();
  watched([&](ProgramRecorder& recorder, int) {
    sockaddr_storage copy{};
    std::memcpy(&copy, address, std::min<size_t>(length, sizeof copy));
    if (copy.ss_family == AF_INET) {
      const auto& internet = reinterpret_cast<const sockaddr_in&>(copy);
      record_internet(recorder, AF_INET, internet.sin_addr, internet.sin_port, call);
    } else if (copy.ss_family == AF_INET6) {
      const auto& internet = reinterpret_cast<const sockaddr_in6&>(copy);
      record_internet(recorder, AF_INET6, internet.sin6_addr, internet.sin6_port, call);
    } else if (copy.ss_family == AF_UNIX) {
      record_local(recorder, reinterpret_cast<const sockaddr_un&>(copy), length, call);
    } else if (copy.ss_family != AF_NETLINK && copy.ss_family != AF_UNSPEC) {
      // The kernel of this machine is no input, and no address ends a connection.
      recorder.record_socket(joined("family ", std::to_string(copy.ss_family)), joined(kExternal, call));
    }
  });
}

// A look-up asks the network, unless the name is a number or means this machine.
void looked_up(const char* host, const char* service, const char* call) {
  if (host == nullptr) return;
  in_addr numeric{};
  in6_addr longer{};
  const bool is_number =
      ::inet_pton(AF_INET, host, &numeric) == 1 || ::inet_pton(AF_INET6, host, &longer) == 1;
  if (is_number || std::strcmp(host, "localhost") == 0) return;
  watched([&](ProgramRecorder& recorder, int) {
    std::string peer = host;
    if (service != nullptr) peer.append(":").append(service);
    recorder.record_socket(peer, joined(kExternal, call));
  });
}

}  // namespace

ALIBI_HOOK(int, connect, int descriptor, const sockaddr* address, socklen_t length) {
  const int result = real().connect(descriptor, address, length);
  if (!is_bad_address(result)) reached(address, length, "connect");
  return result;
}
ALIBI_HOOK(ssize_t, sendto, int descriptor, const void* bytes, size_t count, int flags,
           const sockaddr* address, socklen_t length) {
  const ssize_t result = real().sendto(descriptor, bytes, count, flags, address, length);
  if (!is_bad_address(result)) reached(address, length, "sendto");
  return result;
}
ALIBI_HOOK(ssize_t, sendmsg, int descriptor, const msghdr* message, int flags) {
  const ssize_t result = real().sendmsg(descriptor, message, flags);
  if (!is_bad_address(result) && message != nullptr)
    reached(static_cast<const sockaddr*>(message->msg_name), message->msg_namelen, "sendmsg");
  return result;
}
ALIBI_HOOK(int, getaddrinfo, const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  const int result = real().getaddrinfo(host, service, hints, found);
  looked_up(host, service, "getaddrinfo");
  return result;
}
ALIBI_HOOK(hostent*, gethostbyname, const char* host) {
  hostent* const found = real().gethostbyname(host);
  looked_up(host, nullptr, "gethostbyname");
  return found;
}

}  // namespace alibi::preload
