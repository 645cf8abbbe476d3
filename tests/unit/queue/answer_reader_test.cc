#include "collector/queue/answer_reader.h"

#include <gtest/gtest.h>

#include <random>

namespace alibi::queue {
namespace {

TEST(AnswerReaderTest, EveryKindIsReadWhole) {
  AnswerReader reader;
  const Result<std::optional<Answer>> answer =
      reader.feed("*5\r\n$2\r\nok\r\n:42\r\n$-1\r\n-ERR no\r\n*1\r\n+fine\r\n");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  ASSERT_TRUE(answer->has_value());
  const Answer& list = **answer;
  ASSERT_EQ(list.list.size(), 5U);
  EXPECT_EQ(list.list[0].text, "ok");
  EXPECT_EQ(list.list[1].number, 42);
  EXPECT_EQ(list.list[2].kind, Answer::Kind::kNothing);
  EXPECT_EQ(list.list[3].kind, Answer::Kind::kError);
  EXPECT_EQ(list.list[4].list.at(0).text, "fine");
}

TEST(AnswerReaderTest, AnAnswerMayComeByteByByte) {
  const std::string bytes = "*2\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n";
  AnswerReader reader;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const Result<std::optional<Answer>> answer = reader.feed(bytes.substr(at, 1));
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->has_value(), at + 1 == bytes.size());
    if (answer->has_value()) {
      EXPECT_EQ((*answer)->list[0].text, "a\r\nbc");
    }
  }
}

TEST(AnswerReaderTest, WhatIsNoAnswerIsAnError) {
  for (const char* const bytes :
       {"HTTP/1.1 400 Bad Request\r\n\r\n", "*1001\r\n", "*2147483647\r\n", "*-7\r\n", "$x\r\n",
        "+one\r\n+two\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"}) {
    AnswerReader reader;
    EXPECT_FALSE(reader.feed(bytes).ok()) << bytes;
  }
}

TEST(AnswerReaderTest, AFloodIsEndedBeforeItFillsTheMemory) {
  AnswerReader reader;
  ASSERT_TRUE(reader.feed("$999999999\r\n").ok());
  const std::string piece(1U << 20U, 'x');
  size_t taken = 0;
  while (reader.feed(piece).ok()) ASSERT_LT(++taken, 20U);
  EXPECT_LE(taken << 20U, kMostAnswerBytes);
}

TEST(AnswerReaderTest, RandomBytesNeverBreakIt) {
  std::mt19937 random(7);
  const std::string letters = "*$+-:0123456789\r\nxo";
  for (int round = 0; round < 3000; ++round) {
    AnswerReader reader;
    std::string bytes;
    for (size_t length = random() % 60; length != 0; --length) bytes += letters[random() % letters.size()];
    static_cast<void>(reader.feed(bytes));
  }
}

}  // namespace
}  // namespace alibi::queue
