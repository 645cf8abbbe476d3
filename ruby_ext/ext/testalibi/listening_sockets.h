// Which sockets of this machine wait at an address, and whose they are: what the kernel says in /proc. Used
// by SocketInputs. An empty answer where /proc does not tell.
#ifndef ALIBI_RUBY_EXT_LISTENING_SOCKETS_H_
#define ALIBI_RUBY_EXT_LISTENING_SOCKETS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace alibi::ruby {

// Inodes of the sockets of this type (SOCK_STREAM: listening ones) that are bound to the port, at any
// address.
std::vector<std::string> sockets_of_port(int type, unsigned port);
// The same of a path in the file system, or of an abstract name, which begins with a zero byte.
std::vector<std::string> sockets_of_path(const std::string& path);
// Has the process a descriptor of this socket?
bool has_socket(uint32_t process, const std::string& inode);

}  // namespace alibi::ruby

#endif  // ALIBI_RUBY_EXT_LISTENING_SOCKETS_H_
