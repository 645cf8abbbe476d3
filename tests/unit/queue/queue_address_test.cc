#include "collector/queue/queue_address.h"

#include <gtest/gtest.h>

#include "collector/model/plan_errors.h"

namespace alibi::queue {
namespace {

TEST(QueueAddressTest, TheUsualFormsAreUnderstood) {
  const QueueAddress plain = *parse_address("redis://cache");
  EXPECT_EQ(plain.host, "cache");
  EXPECT_EQ(plain.port, "6379");
  EXPECT_EQ(plain.database, 0U);
  EXPECT_EQ(plain.shown, "redis://cache:6379");
  const QueueAddress escaped = *parse_address("redis://ann:p%40ss%2fx:y@10.0.0.1:6400/3");
  EXPECT_EQ(escaped.user, "ann");
  EXPECT_EQ(escaped.password, "p@ss/x:y");
  EXPECT_EQ(escaped.host, "10.0.0.1");
  EXPECT_EQ(escaped.port, "6400");
  EXPECT_EQ(escaped.database, 3U);
  EXPECT_EQ(parse_address("redis://:secret@host/")->password, "secret");
  EXPECT_EQ(parse_address("redis://:a@b@host")->password, "a@b");
  EXPECT_EQ(parse_address("redis://[::1]:7000")->host, "::1");
  EXPECT_EQ(parse_address("redis://[::1]:7000")->port, "7000");
  const QueueAddress socket = *parse_address("unix:///run/redis.sock?db=2");
  EXPECT_EQ(socket.socket, "/run/redis.sock");
  EXPECT_EQ(socket.database, 2U);
  EXPECT_EQ(parse_address("unix://:pass@/run/redis.sock")->password, "pass");
}

TEST(QueueAddressTest, NobodySeesAPassword) {
  EXPECT_EQ(parse_address("redis://ann:secret@host:1")->shown, "redis://host:1");
  EXPECT_EQ(parse_address("unix://:secret@/s")->shown, "unix:///s");
  for (const char* const url :
       {"http://a:secret@host", "redis://secret@host", "redis://a:secret@", "redis://a:secret@host:no",
        "redisss://a:secret@host", "redis://a:secret%@h"}) {
    const Result<QueueAddress> refused = parse_address(url);
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().message.find("secret"), std::string::npos) << refused.error().message;
  }
}

TEST(QueueAddressTest, WhatIsNoAddressIsRefusedWithTheRightForm) {
  for (const char* const url : {"",
                                "host",
                                "redis:/host",
                                "redis://",
                                "redis://:6379",
                                "redis://host:0",
                                "redis://host:65536",
                                "redis://host:6379x",
                                "redis://host/x",
                                "redis://host/99999999999",
                                "redis://[::1",
                                "redis://[::1]7",
                                "redis://a b",
                                "redis://%zz:x@host",
                                "unix://relative",
                                "unix://",
                                "unix:///s?db=x",
                                "unix:///s?x=1",
                                "tcp://host:1",
                                "REDIS://host"}) {
    const Result<QueueAddress> refused = parse_address(url);
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().code, collector::kQueue);
    EXPECT_NE(refused.error().message.find("redis://[user:password@]host"), std::string::npos);
  }
}

TEST(QueueAddressTest, TlsIsAskedForByTheScheme) {
  const Result<QueueAddress> secure = parse_address("rediss://a:secret@host:6380/2");
  ASSERT_TRUE(secure.ok());
  EXPECT_TRUE(secure->tls);
  EXPECT_EQ(secure->shown, "rediss://host:6380");
  EXPECT_EQ(secure->database, 2U);
  EXPECT_FALSE(parse_address("redis://host")->tls);
}

}  // namespace
}  // namespace alibi::queue
