#include "collector/queue/redis_server.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "collector/queue/shared_queue.h"
#include "tests/unit/queue/redis_process.h"

namespace alibi::queue {
namespace {

// Something that listens where a Redis should be: `behave` gets every connection.
class Impostor {
 public:
  explicit Impostor(std::function<void(int, const std::atomic<bool>&)> behave) : behave_(std::move(behave)) {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un place{};
    place.sun_family = AF_UNIX;
    path().copy(place.sun_path, sizeof place.sun_path - 1);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&place), sizeof place), 0);
    EXPECT_EQ(listen(listener_, 5), 0);
    thread_ = std::thread([this] {
      while (!over_) {
        pollfd wanted{.fd = listener_, .events = POLLIN, .revents = 0};
        if (poll(&wanted, 1, 20) <= 0) continue;
        const int connection = accept(listener_, nullptr, nullptr);
        behave_(connection, over_);
        close(connection);
      }
    });
  }
  ~Impostor() {
    over_ = true;
    thread_.join();
    close(listener_);
  }
  std::string path() const { return folder_ / "s"; }

 private:
  testing::TemporaryDirectory folder_;
  std::function<void(int, const std::atomic<bool>&)> behave_;
  int listener_ = -1;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

void say(int connection, const std::string& text) {
  static_cast<void>(send(connection, text.data(), text.size(), MSG_NOSIGNAL));
}

// Milliseconds it took.
int64_t expect_failure(const QueueAddress& address, uint64_t patience_ms, const std::string& words) {
  const auto start = std::chrono::steady_clock::now();
  RedisServer server(address);
  const Result<Answer> answer = server.call({"PING"}, patience_ms);
  EXPECT_FALSE(answer.ok());
  if (!answer.ok()) {
    EXPECT_NE(answer.error().message.find(words), std::string::npos) << answer.error().message;
  }
  const auto took = std::chrono::steady_clock::now() - start;
  return std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
}

TEST(RedisServerTest, ARealServerAnswers) {
  RedisServer server(common_redis().address());
  const Result<Answer> pong = server.call({"PING"}, 10'000);
  ASSERT_TRUE(pong.ok()) << pong.error().message;
  EXPECT_EQ(pong->text, "PONG");
  const std::string bytes("a\0b\r\n", 5);
  ASSERT_TRUE(server.call({"SET", "bytes", bytes}, 10'000).ok());
  EXPECT_EQ(server.call({"GET", "bytes"}, 10'000)->text, bytes);
}

TEST(RedisServerTest, WhatTheServerRefusesIsAnErrorInItsWords) {
  RedisServer server(common_redis().address());
  const Result<Answer> refused = server.call({"NO-SUCH-COMMAND"}, 10'000);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("it refuses (ERR unknown command"), std::string::npos);
  EXPECT_TRUE(server.call({"PING"}, 10'000).ok()) << "the next call connects again";
}

TEST(RedisServerTest, PasswordAndDatabaseAreUsed) {
  RedisProcess redis(false, {"--requirepass", "secret"});
  QueueAddress address = redis.address();
  expect_failure(address, 10'000, "NOAUTH");
  address.password = "wrong";
  expect_failure(address, 10'000, "WRONGPASS");
  address.password = "secret";
  address.database = 4;
  RedisServer server(address);
  ASSERT_TRUE(server.call({"SET", "a", "b"}, 10'000).ok());
  address.database = 0;
  RedisServer other(address);
  EXPECT_EQ(other.call({"GET", "a"}, 10'000)->kind, Answer::Kind::kNothing);
  address.user = "default";
  RedisServer by_name(address);
  EXPECT_TRUE(by_name.call({"PING"}, 10'000).ok());
}

TEST(RedisServerTest, NobodyThereIsKnownAtOnce) {
  EXPECT_LT(expect_failure({.socket = "/nowhere/at/all"}, 60'000, "it cannot be reached"), 30'000);
  EXPECT_LT(expect_failure({.host = "127.0.0.1", .port = "1"}, 60'000, "it cannot be reached"), 30'000);
  EXPECT_LT(expect_failure({.host = "no-such-host.invalid", .port = "1"}, 500, "its name"), 30'000);
}

TEST(RedisServerTest, WhoSaysNothingCostsThePatienceAndNoMore) {
  const Impostor silent([](int, const std::atomic<bool>& over) {
    while (!over) poll(nullptr, 0, 5);
  });
  const int64_t took = expect_failure({.socket = silent.path()}, 120, "does not answer in time");
  EXPECT_GE(took, 119);
  EXPECT_LT(took, 20'000);
}

TEST(RedisServerTest, ATrickleOfBytesIsNoAnswerInTime) {
  const Impostor slow([](int connection, const std::atomic<bool>& over) {
    say(connection, "$1000\r\n");
    while (!over) {
      say(connection, "x");
      poll(nullptr, 0, 5);
    }
  });
  EXPECT_LT(expect_failure({.socket = slow.path()}, 150, "does not answer in time"), 20'000);
}

TEST(RedisServerTest, OthersThanRedisAreToldApart) {
  const Impostor web([](int connection, const std::atomic<bool>&) {
    say(connection, "HTTP/1.1 400 Bad Request\r\n\r\n");
    poll(nullptr, 0, 20);
  });
  expect_failure({.socket = web.path()}, 10'000, "it does not speak as Redis does");
  const Impostor rude([](int, const std::atomic<bool>&) {});
  expect_failure({.socket = rude.path()}, 10'000, "");
}

TEST(RedisServerTest, AFloodIsCut) {
  const Impostor flood([](int connection, const std::atomic<bool>&) {
    say(connection, "$2000000000\r\n");
    const std::string piece(1U << 16U, 'x');
    for (int count = 0; count < 20'000; ++count)
      if (send(connection, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return;
  });
  expect_failure({.socket = flood.path()}, 60'000, "more than can be meant");
}

TEST(RedisServerTest, TheQueueOpensWithoutAServerAndSaysSoOnce) {
  const plan::Plan plan = plan_of({30, 20, 10, 5}, 2);
  const Impostor web([](int connection, const std::atomic<bool>&) {
    say(connection, "HTTP/1.1 400 Bad Request\r\n\r\n");
    poll(nullptr, 0, 20);
  });
  for (const std::string& url : {std::string("redis://127.0.0.1:1"), "unix://" + web.path()}) {
    Result<std::unique_ptr<run::WorkSource>> source =
        open_queue({.url = url, .key = "k", .node = "n", .node_index = 1}, plan);
    ASSERT_TRUE(source.ok());
    EXPECT_EQ((*source)->claim(0, 1000).units, (std::vector<size_t>{1, 3}));
    (*source)->end(1, run::UnitEnd::kPassed, 1);
    (*source)->end(3, run::UnitEnd::kPassed, 1);
    EXPECT_TRUE((*source)->claim(0, 1000).none_left);
    const std::vector<std::string> notices = (*source)->notices();
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_NE(notices[0].find("goes on with its static share"), std::string::npos) << notices[0];
    EXPECT_TRUE((*source)->notices().empty());
  }
}

TEST(RedisServerTest, AQueueThatMeansNothingIsRefused) {
  const plan::Plan plan = plan_of({30, 20}, 2);
  const QueueRequest good = {.url = "redis://127.0.0.1:1", .key = "k", .node = "n"};
  QueueRequest request = good;
  request.url = "http://host";
  EXPECT_FALSE(open_queue(request, plan).ok());
  request = good;
  request.key = "";
  EXPECT_NE(open_queue(request, plan).error().message.find("--queue-key"), std::string::npos);
  plan::Plan broken = plan;
  broken.nodes[0].workers[0].units.push_back(1);
  EXPECT_FALSE(open_queue(good, broken).ok());
  broken = plan;
  broken.nodes[1].workers[0].units.clear();
  EXPECT_FALSE(open_queue(good, broken).ok());
}

}  // namespace
}  // namespace alibi::queue
