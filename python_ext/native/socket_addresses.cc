#include "socket_addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>

#include "input_log.h"
#include "python_text.h"

namespace alibi::python {
namespace {

constexpr size_t kMostUnasked = 256;

bool ends_with(const std::string& text, const char* suffix) {
  const size_t length = std::strlen(suffix);
  return text.size() >= length && text.compare(text.size() - length, length, suffix) == 0;
}

// Also the addresses that mean "any of this machine's".
bool is_this_machine(std::string host) {
  host.resize(host.find('%') == std::string::npos ? host.size() : host.find('%'));
  for (char& letter : host) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  in_addr numeric{};
  if (inet_pton(AF_INET, host.c_str(), &numeric) == 1) {
    const uint32_t address = ntohl(numeric.s_addr);
    return address >> 24 == IN_LOOPBACKNET || address == INADDR_ANY;
  }
  in6_addr longer{};
  if (inet_pton(AF_INET6, host.c_str(), &longer) == 1) {
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&longer) && longer.s6_addr[12] == IN_LOOPBACKNET;
    return mapped || IN6_IS_ADDR_LOOPBACK(&longer) || IN6_IS_ADDR_UNSPECIFIED(&longer);
  }
  return host.empty() || host == "localhost" || host == "localhost.localdomain" || host == "ip6-localhost" ||
         host == "ip6-loopback" || ends_with(host, ".localhost");
}

// (host, port, …) of the internet families.
bool internet_address(PyObject* address, std::string* host, long* port) {
  if (!PyTuple_CheckExact(address) || PyTuple_GET_SIZE(address) < 2) return false;
  if (!path_bytes(PyTuple_GET_ITEM(address, 0), host) || !PyLong_CheckExact(PyTuple_GET_ITEM(address, 1)))
    return false;
  *port = PyLong_AsLong(PyTuple_GET_ITEM(address, 1));
  return true;
}

std::string stable_path(const std::string& path) {
  return path.empty() || path[0] == '\0' ? path : InputLog::absolute(path);
}

// -1 when it has none. Asks the library's type, never a class of the user derived from it.
int descriptor_of(PyObject* socket) {
  PyObject* classes = Py_TYPE(socket)->tp_mro;
  for (Py_ssize_t i = 0; classes != nullptr && i < PyTuple_GET_SIZE(classes); ++i) {
    PyObject* each = PyTuple_GET_ITEM(classes, i);
    if (std::strcmp(reinterpret_cast<PyTypeObject*>(each)->tp_name, "_socket.socket") != 0) continue;
    Ref number = Ref::steal(PyObject_CallMethod(each, "fileno", "O", socket));
    if (number && PyLong_CheckExact(number.get())) return static_cast<int>(PyLong_AsLong(number.get()));
  }
  PyErr_Clear();
  return -1;
}

int type_of(int descriptor) {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 ? type : -1;
}

}  // namespace

bool SocketAddresses::session_listens(int type, long port) const {
  return alibi_session_listens_at_port(session_, type, static_cast<uint32_t>(port)) != 0;
}

bool SocketAddresses::owns_port(int type, long port) const {
  if (type != kAnyType) return ports_.count({type, port}) != 0;
  for (const auto& [each, number] : ports_) {
    if (number == port) return true;
  }
  return false;
}

const char* SocketAddresses::binding(PyObject* socket, PyObject* address) {
  settle();
  std::string text;
  long port = 0;
  if (!internet_address(address, &text, &port) && !path_bytes(address, &text)) return kExternal;
  const int descriptor = descriptor_of(socket);
  if (descriptor >= 0) {
    if (bound_.size() >= kMostUnasked) bound_.erase(bound_.begin());
    bound_.push_back(descriptor);
  }
  return kOwn;
}

const char* SocketAddresses::connecting(PyObject* socket, PyObject* address) {
  settle();
  std::string text;
  long port = 0;
  if (internet_address(address, &text, &port)) {
    if (!is_this_machine(text)) return kExternal;
    const int type = type_of(descriptor_of(socket));
    if (owns_port(type, port)) return kOwn;
    return session_listens(type, port) ? kOwn : kLoopback;
  }
  if (!path_bytes(address, &text)) return kExternal;
  const std::string path = stable_path(text);
  return owns_path(path) || alibi_session_listens_at_path(session_, text_view(path)) != 0 ? kOwn : kLoopback;
}

const char* SocketAddresses::looking_up(PyObject* host, PyObject* port) {
  std::string name;
  const bool known = host == Py_None || path_bytes(host, &name);
  if (!known || !is_this_machine(name)) return kExternal;
  settle();
  std::string text;
  long number = 0;
  if (PyLong_CheckExact(port)) number = PyLong_AsLong(port);
  if (path_bytes(port, &text)) {
    if (text.find_first_not_of("0123456789") != std::string::npos) return kLoopback;
    number = text.empty() ? 0 : std::strtol(text.c_str(), nullptr, 10);
  }
  if (number == 0 || owns_port(kAnyType, number)) return kOwn;
  return session_listens(SOCK_STREAM, number) ? kOwn : kLoopback;
}

void SocketAddresses::settle() {
  std::vector<int> still_unbound;
  for (const int descriptor : bound_) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) continue;  // closed
    long port = 0;
    if (address.ss_family == AF_INET) port = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);
    if (address.ss_family == AF_INET6) port = ntohs(reinterpret_cast<sockaddr_in6&>(address).sin6_port);
    if (port != 0) {
      ports_.insert({type_of(descriptor), port});
    } else if (address.ss_family == AF_UNIX && length > offsetof(sockaddr_un, sun_path)) {
      const char* path = reinterpret_cast<sockaddr_un&>(address).sun_path;
      const size_t size = length - offsetof(sockaddr_un, sun_path);
      paths_.insert(
          stable_path(path[0] == '\0' ? std::string(path, size) : std::string(path, strnlen(path, size))));
    } else {
      still_unbound.push_back(descriptor);
    }
  }
  bound_.swap(still_unbound);
}

}  // namespace alibi::python
