#include "tracer/base/listening_sockets.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"
#include "tracer/base/unique_fd.h"

namespace alibi {
namespace {

enum class Waits : bool { kBoundOnly, kListens };

// On a port of 127.0.0.1 that the system chooses.
UniqueFd at_a_port(int type, Waits waits, unsigned* port) {
  UniqueFd socket(::socket(AF_INET, type, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  EXPECT_EQ(::bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(waits == Waits::kListens ? ::listen(socket.fd(), 1) : 0, 0);
  EXPECT_EQ(::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length), 0);
  *port = ntohs(address.sin_port);
  return socket;
}

UniqueFd listening_at_path(std::string_view path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  EXPECT_EQ(::bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(::listen(socket.fd(), 1), 0);
  return socket;
}

bool is_of_this_process(const std::vector<std::string>& inodes) {
  const uint32_t processes[] = {static_cast<uint32_t>(::getpid())};
  return all_are_of(processes, inodes);
}

TEST(ListeningSockets, OfAPortAreThoseThatListen) {
  unsigned port = 0;
  UniqueFd socket = at_a_port(SOCK_STREAM, Waits::kListens, &port);
  EXPECT_EQ(sockets_of_port(SOCK_STREAM, port).size(), 1u);
  EXPECT_TRUE(is_of_this_process(sockets_of_port(SOCK_STREAM, port)));
  EXPECT_TRUE(sockets_of_port(SOCK_DGRAM, port).empty());
  socket = UniqueFd();
  EXPECT_TRUE(sockets_of_port(SOCK_STREAM, port).empty());
}

TEST(ListeningSockets, OfAPortAreNotThoseThatAreOnlyBound) {
  unsigned port = 0;
  const UniqueFd socket = at_a_port(SOCK_STREAM, Waits::kBoundOnly, &port);
  EXPECT_TRUE(sockets_of_port(SOCK_STREAM, port).empty());
}

TEST(ListeningSockets, OfDatagramsNeedOnlyBeBound) {
  unsigned port = 0;
  const UniqueFd socket = at_a_port(SOCK_DGRAM, Waits::kBoundOnly, &port);
  EXPECT_TRUE(is_of_this_process(sockets_of_port(SOCK_DGRAM, port)));
}

TEST(ListeningSockets, OfAPathMayHaveAnyNameThatAFileMayHave) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/two words";
  const UniqueFd socket = listening_at_path(path);
  EXPECT_TRUE(is_of_this_process(sockets_of_path(path)));
  EXPECT_TRUE(sockets_of_path(directory.path() + "/two").empty());
}

TEST(ListeningSockets, OfAnAbstractNameAreFoundByIt) {
  const std::string name = std::string(1, '\0') + "alibi-test-" + std::to_string(::getpid());
  const UniqueFd socket = listening_at_path(name);
  EXPECT_TRUE(is_of_this_process(sockets_of_path(name)));
}

TEST(ListeningSockets, AreOfNobodyWhereOneOfThemIsOfNobody) {
  unsigned port = 0;
  const UniqueFd socket = at_a_port(SOCK_STREAM, Waits::kListens, &port);
  std::vector<std::string> inodes = sockets_of_port(SOCK_STREAM, port);
  EXPECT_FALSE(all_are_of({}, inodes));
  inodes.emplace_back("1");
  EXPECT_FALSE(is_of_this_process(inodes));
  EXPECT_FALSE(is_of_this_process({}));
}

TEST(ListeningSockets, OfAnotherProcessAreNotOfThisOne) {
  const int status = testing::run_in_child([&] {
    unsigned port = 0;
    const UniqueFd socket = at_a_port(SOCK_STREAM, Waits::kListens, &port);
    const uint32_t parent[] = {static_cast<uint32_t>(::getppid())};
    const std::vector<std::string> inodes = sockets_of_port(SOCK_STREAM, port);
    return is_of_this_process(inodes) && !all_are_of(parent, inodes) ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace alibi
