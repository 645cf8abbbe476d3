// Which sockets of this machine wait at an address, and whose they are: what the kernel says in /proc. Used
// by the session for those that connect. An empty answer where /proc does not tell.
#ifndef ALIBI_TRACER_BASE_LISTENING_SOCKETS_H_
#define ALIBI_TRACER_BASE_LISTENING_SOCKETS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alibi {

// Inodes of the sockets of this type (SOCK_STREAM: listening ones) that are bound to the port, at any
// address.
std::vector<std::string> sockets_of_port(int type, unsigned port);
// The same of a path in the file system, or of an abstract name, which begins with a zero byte.
std::vector<std::string> sockets_of_path(std::string_view path);
// Has each of these sockets, one at least, a descriptor in one of the processes?
bool all_are_of(std::span<const uint32_t> processes, const std::vector<std::string>& inodes);

}  // namespace alibi

#endif  // ALIBI_TRACER_BASE_LISTENING_SOCKETS_H_
