#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "collector/queue/redis_server.h"
#include "tests/unit/queue/redis_process.h"

namespace alibi::queue {
namespace {

// A port that nobody listens at; the socket that has it, listening or not.
struct Port {
  explicit Port(bool listens) : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    EXPECT_EQ(bind(socket, reinterpret_cast<sockaddr*>(&place), size), 0);
    EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&place), &size), 0);
    if (listens) {
      EXPECT_EQ(listen(socket, 5), 0);
    }
    number = std::to_string(ntohs(place.sin_port));
  }
  ~Port() { close(socket); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  int socket;
  std::string number;
};

// A certificate for "localhost", and a redis-server that has it.
class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string made =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
        folder_ / "key" + " -out " + certificate() + " 2>/dev/null";
    ASSERT_EQ(std::system(made.c_str()), 0);
    port_ = Port(false).number;
    redis_ = std::make_unique<RedisProcess>(
        false,
        std::vector<std::string>{"--tls-port", port_, "--bind", "127.0.0.1", "--tls-cert-file", certificate(),
                                 "--tls-key-file", folder_ / "key", "--tls-ca-cert-file", certificate(),
                                 "--tls-auth-clients", "no", "--requirepass", "secret"});
  }
  std::string certificate() const { return folder_ / "certificate"; }
  QueueAddress address(const std::string& host = "localhost") const {
    return {.host = host, .port = port_, .tls = true, .password = "secret"};
  }
  static std::string refusal(const QueueAddress& address, const transport::CurlOptions& trusted,
                             uint64_t patience_ms = 10'000) {
    RedisServer server(address, trusted);
    const Result<Answer> answer = server.call({"PING"}, patience_ms);
    return answer.ok() ? "" : answer.error().message;
  }

  testing::TemporaryDirectory folder_;
  std::string port_;
  std::unique_ptr<RedisProcess> redis_;
};

TEST_F(TlsTest, AServerWithACertificateThatWeTrustAnswers) {
  RedisServer server(address(), {.certificate_file = certificate()});
  const Result<Answer> pong = server.call({"PING"}, 10'000);
  ASSERT_TRUE(pong.ok()) << pong.error().message;
  // More than TLS puts into one record, and than a socket takes at once.
  const std::string bytes(3'000'000, 'x');
  ASSERT_TRUE(server.call({"SET", "bytes", bytes}, 10'000).ok());
  EXPECT_EQ(server.call({"GETRANGE", "bytes", "0", "99999"}, 10'000)->text.size(), 100'000U);
  EXPECT_EQ(server.call({"STRLEN", "bytes"}, 10'000)->number, 3'000'000);
}

TEST_F(TlsTest, AServerThatNobodyVouchesForIsRefused) {
  EXPECT_NE(refusal(address(), {}).find("no TLS connection can be made (SSL certificate problem"),
            std::string::npos)
      << refusal(address(), {});
}

TEST_F(TlsTest, AServerOfAnotherNameIsRefused) {
  const std::string words = refusal(address("127.0.0.1"), {.certificate_file = certificate()});
  EXPECT_NE(words.find("no TLS connection can be made"), std::string::npos) << words;
  EXPECT_EQ(words.find("secret"), std::string::npos);
}

TEST_F(TlsTest, ABrokenConnectionIsMadeAgain) {
  RedisServer server(address(), {.certificate_file = certificate()});
  ASSERT_TRUE(server.call({"PING"}, 10'000).ok());
  redis_->stop();
  EXPECT_FALSE(server.call({"PING"}, 10'000).ok());
  EXPECT_NE(refusal(address(), {.certificate_file = certificate()}).find("no TLS connection can be made"),
            std::string::npos);
  redis_->start();
  EXPECT_TRUE(server.call({"PING"}, 10'000).ok());
}

TEST_F(TlsTest, WhoSaysNothingCostsThePatienceAndNoMore) {
  const Port silent(true);
  QueueAddress there = address();
  there.port = silent.number;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_NE(refusal(there, {}, 150).find("does not answer in time"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  redis_->pause();
  EXPECT_NE(refusal(address(), {.certificate_file = certificate()}, 150).find("does not answer in time"),
            std::string::npos);
  redis_->resume();
}

}  // namespace
}  // namespace alibi::queue
