#include "socket_inputs.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "observed_path.h"

namespace alibi::ruby {
namespace {

// The words that the detail of a socket's record begins with.
constexpr char kOwn[] = "own";            // this session's processes listen or bind there themselves
constexpr char kLoopback[] = "loopback";  // something else on this machine may answer
constexpr char kExternal[] = "external";

constexpr size_t kMostUnasked = 256;

bool is_this_machine(const in_addr& address) {
  const uint32_t number = ntohl(address.s_addr);
  return number >> 24 == IN_LOOPBACKNET || number == INADDR_ANY;
}
bool is_this_machine(const in6_addr& address) {
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == IN_LOOPBACKNET;
  return mapped || IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address);
}

bool is_number(const std::string& host) {
  in_addr numeric{};
  in6_addr longer{};
  const std::string plain = host.substr(0, host.find('%'));
  return inet_pton(AF_INET, plain.c_str(), &numeric) == 1 || inet_pton(AF_INET6, plain.c_str(), &longer) == 1;
}

bool means_this_machine(std::string host) {
  for (char& letter : host) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return host.empty() || host == "localhost" || host == "localhost.localdomain" || host == "ip6-localhost" ||
         host == "ip6-loopback" || host.ends_with(".localhost");
}

int type_of(int descriptor) {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 ? type : -1;
}

std::string stable_path(const std::string& path) {
  return path.empty() || path[0] == '\0' ? path : absolute_path(AT_FDCWD, path.c_str());
}

const char* name_of(Act act) {
  return act == Act::kBinds ? "bind" : "getaddrinfo";
}

}  // namespace

SocketInputs::Peer SocketInputs::peer_of(const sockaddr* address, socklen_t length) {
  Peer peer;
  sockaddr_storage copy{};
  std::memcpy(&copy, address, std::min<size_t>(length, sizeof copy));
  char host[INET6_ADDRSTRLEN] = "";
  if (copy.ss_family == AF_INET) {
    const auto& internet = reinterpret_cast<const sockaddr_in&>(copy);
    inet_ntop(AF_INET, &internet.sin_addr, host, sizeof host);
    peer.is_here = is_this_machine(internet.sin_addr);
    peer.port = ntohs(internet.sin_port);
  } else if (copy.ss_family == AF_INET6) {
    const auto& internet = reinterpret_cast<const sockaddr_in6&>(copy);
    inet_ntop(AF_INET6, &internet.sin6_addr, host, sizeof host);
    peer.is_here = is_this_machine(internet.sin6_addr);
    peer.port = ntohs(internet.sin6_port);
  } else if (copy.ss_family == AF_UNIX && length > offsetof(sockaddr_un, sun_path)) {
    const char* path = reinterpret_cast<const sockaddr_un&>(copy).sun_path;
    const size_t size = std::min<size_t>(length, sizeof(sockaddr_un)) - offsetof(sockaddr_un, sun_path);
    peer.path =
        stable_path(path[0] == '\0' ? std::string(path, size) : std::string(path, strnlen(path, size)));
    peer.text = peer.path;
    return peer;
  } else {
    peer.is_known = false;
    peer.text = "family " + std::to_string(copy.ss_family);
    return peer;
  }
  peer.text = std::string(host) + ':' + std::to_string(peer.port);
  return peer;
}

void SocketInputs::take(const Observation& seen, const std::function<Callers::Caller()>& who_asks) {
  settle();
  std::string peer_text;
  const char* whose = nullptr;
  const char* call = seen.act == Act::kConnects ? seen.other : name_of(seen.act);
  if (seen.act == Act::kLooksUp) {
    const std::string host = seen.path != nullptr ? seen.path : "";
    const std::string service = seen.other != nullptr ? seen.other : "";
    if (is_number(host)) return;  // asks nobody
    whose = looked_up(host, service);
    peer_text = host + ':' + service;
  } else {
    const Peer peer = peer_of(seen.address, seen.address_length);
    const bool is_of_kernel = seen.address->sa_family == AF_NETLINK || seen.address->sa_family == AF_UNSPEC;
    if (is_of_kernel || (!peer.path.empty() && is_noise(peer.path))) return;
    peer_text = peer.text;
    if (seen.act == Act::kBinds) {
      if (bound_.size() >= kMostUnasked) bound_.erase(bound_.begin());
      if (peer.is_known) bound_.push_back(seen.folder);
      whose = peer.is_known ? kOwn : kExternal;
    } else {
      whose = answering(peer, type_of(seen.folder));
    }
  }
  const Callers::Caller caller = who_asks();
  if (caller.asks)
    log_->record(caller, ALIBI_INPUT_SOCKET, ALIBI_NO_VALUE, {0, 0}, peer_text,
                 std::string(whose) + '\n' + call);
}

const char* SocketInputs::answering(const Peer& peer, int type) const {
  if (!peer.is_known) return kExternal;
  if (!peer.path.empty())
    return paths_.count(peer.path) != 0 || session_listens(peer.path) ? kOwn : kLoopback;
  if (!peer.is_here) return kExternal;
  if (owns_port(type, peer.port)) return kOwn;
  return session_listens(type, peer.port) ? kOwn : kLoopback;
}

const char* SocketInputs::looked_up(const std::string& host, const std::string& service) {
  if (!means_this_machine(host)) return kExternal;
  if (service.find_first_not_of("0123456789") != std::string::npos) return kLoopback;
  const long port = service.empty() ? 0 : std::strtol(service.c_str(), nullptr, 10);
  if (port == 0 || owns_port(kAnyType, port)) return kOwn;
  return session_listens(SOCK_STREAM, port) ? kOwn : kLoopback;
}

bool SocketInputs::session_listens(int type, long port) const {
  return alibi_session_listens_at_port(log_->session(), type, static_cast<uint32_t>(port)) != 0;
}
bool SocketInputs::session_listens(const std::string& path) const {
  return alibi_session_listens_at_path(log_->session(), {path.data(), path.size()}) != 0;
}

bool SocketInputs::owns_port(int type, long port) const {
  if (type != kAnyType) return ports_.count({type, port}) != 0;
  return std::any_of(ports_.begin(), ports_.end(), [port](const auto& each) { return each.second == port; });
}

void SocketInputs::settle() {
  std::vector<int> still_unbound;
  for (const int descriptor : bound_) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) continue;  // closed
    const Peer peer = peer_of(reinterpret_cast<sockaddr*>(&address), length);
    if (peer.port != 0)
      ports_.insert({type_of(descriptor), peer.port});
    else if (!peer.path.empty())
      paths_.insert(peer.path);
    else
      still_unbound.push_back(descriptor);
  }
  bound_.swap(still_unbound);
}

}  // namespace alibi::ruby
