#include "collector/run/worker_channel.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace alibi::run {
namespace {

plan::Unit file(const std::string& name) {
  plan::Unit unit;
  unit.file = name;
  return unit;
}

TEST(WorkerChannel, FollowsAUnitFromTheQuestionToItsResult) {
  WorkerChannel channel;
  ASSERT_EQ(channel.read("{\"ready\":1,\"framework\":\"pytest\",\"version\":\"7.2.1\"}\n").size(), 1U);
  EXPECT_TRUE(channel.is_ready());
  EXPECT_EQ(channel.read("{\"next\":true}\n").at(0).says, DriverSays::kNext);
  EXPECT_TRUE(channel.is_asked());
  const auto sent = nlohmann::json::parse(channel.give(7, file("tests/test_a.py"), 2));
  EXPECT_EQ(sent, nlohmann::json::parse(R"({"unit":{"id":7,"file":"tests/test_a.py",
      "arguments":["tests/test_a.py"],"attempt":2}})"));
  EXPECT_FALSE(channel.is_asked());
  EXPECT_EQ(channel.promised(), std::vector<size_t>{7});
  EXPECT_EQ(channel.read("{\"begin\":7}\n").at(0).unit, 7U);
  EXPECT_EQ(channel.running(), 7U);
  EXPECT_TRUE(channel.promised().empty());
  const auto done = channel.read(
      "{\"done\":7,\"outcome\":\"failed\",\"ms\":123,\"loading_ms\":20,\"tests\":5,\"failed\":[\"tests/"
      "test_a.py::test_x\"]}\n");
  ASSERT_EQ(done.size(), 1U);
  EXPECT_TRUE(done[0].failed);
  EXPECT_EQ(done[0].wall_ms, 123U);
  EXPECT_EQ(done[0].loading_ms, 20U);
  EXPECT_EQ(done[0].failed_selectors, std::vector<std::string>{"tests/test_a.py::test_x"});
  EXPECT_FALSE(channel.running());
}

TEST(WorkerChannel, HearsThatSomethingOutsideOfUnitsFailed) {
  WorkerChannel channel;
  const auto messages = channel.read("{\"ready\":1}\n{\"failed_outside\":true}\n");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].says, DriverSays::kFailedOutside);
  EXPECT_TRUE(channel.read("{\"failed_outside\":false}\n").empty());
  EXPECT_TRUE(channel.broken());
}

TEST(WorkerChannel, SendsAPartOfAFileAsWhatSelectsIt) {
  WorkerChannel channel;
  plan::Unit part = file("a.py");
  part.selectors = {"a.py::one", "a.py::two"};
  const auto sent = nlohmann::json::parse(channel.give(0, part, 1));
  EXPECT_EQ(sent["unit"]["arguments"], nlohmann::json({"a.py::one", "a.py::two"}));
}

TEST(WorkerChannel, PutsLinesTogetherHoweverTheyArrive) {
  WorkerChannel channel;
  const std::string text = "{\"ready\":1}\n{\"next\":\"early\"}\n\n";
  std::vector<DriverMessage> messages;
  for (const char c : text) {
    for (DriverMessage& message : channel.read({&c, 1})) messages.push_back(std::move(message));
  }
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].says, DriverSays::kNextEarly);
  EXPECT_TRUE(channel.is_asked_early());
  EXPECT_EQ(channel.later(), "{\"later\":true}\n");
  EXPECT_FALSE(channel.is_asked());
}

TEST(WorkerChannel, HasAUnitPromisedWhileAnotherRuns) {
  WorkerChannel channel;
  (void)channel.read("{\"ready\":1}\n{\"next\":true}\n");
  (void)channel.give(1, file("a"), 1);
  (void)channel.read("{\"begin\":1}\n{\"next\":\"early\"}\n");
  (void)channel.give(2, file("b"), 1);
  EXPECT_EQ(channel.running(), 1U);
  EXPECT_EQ(channel.promised(), std::vector<size_t>{2});
  (void)channel.read("{\"done\":1,\"outcome\":\"none\"}\n{\"begin\":2}\n");
  EXPECT_FALSE(channel.broken());
  EXPECT_EQ(channel.running(), 2U);
}

TEST(WorkerChannel, EndsTheConversationOnWhatMeansNothing) {
  const std::string ready = "{\"ready\":1}\n", given = "{\"begin\":3}\n";
  for (const std::string& line :
       {std::string("hello"), std::string("[1]"), std::string("{\"next\":1}"), std::string("{\"begin\":4}"),
        std::string("{\"begin\":\"3\"}"), std::string("{\"done\":3,\"outcome\":\"passed\"}"),
        std::string("{\"what\":1}"), std::string("{\"ready\":1}"), std::string("{\"begin\":-3}"),
        std::string("\xff\xfe{}"), std::string("{\"begin\":3}\n{\"done\":3,\"outcome\":\"odd\"}"),
        std::string("{\"begin\":3}\n{\"begin\":3}"), std::string("{\"next\":true}\n{\"next\":true}")}) {
    WorkerChannel channel;
    (void)channel.read(ready);
    (void)channel.give(3, file("a"), 1);
    (void)channel.read(line + "\n");
    EXPECT_TRUE(channel.broken()) << line;
    EXPECT_TRUE(channel.read(given).empty()) << line;
  }
}

TEST(WorkerChannel, BelievesNothingBeforeItIsReady) {
  WorkerChannel channel;
  (void)channel.read("{\"next\":true}\n");
  EXPECT_TRUE(channel.broken());
}

TEST(WorkerChannel, IgnoresKeysThatItDoesNotKnowAndWrongOptionalOnes) {
  WorkerChannel channel;
  (void)channel.read("{\"ready\":1,\"new\":[1,2]}\n");
  (void)channel.give(0, file("a"), 1);
  const auto messages = channel.read(
      "{\"begin\":0}\n{\"done\":0,\"outcome\":\"passed\",\"ms\":-4,\"tests\":\"x\",\"failed\":[1,\"t\"]}\n");
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].wall_ms, 0U);
  EXPECT_EQ(messages[1].failed_selectors, std::vector<std::string>{"t"});
}

TEST(WorkerChannel, HoldsNoMoreThanALineMayHave) {
  WorkerChannel channel;
  const std::string piece(1u << 20, 'x');
  for (int i = 0; i < 16; ++i) (void)channel.read(piece);
  EXPECT_FALSE(channel.broken());
  (void)channel.read("x");
  EXPECT_TRUE(channel.broken());
}

TEST(WorkerChannel, SendsNamesThatAreNotUtf8WithoutFailing) {
  WorkerChannel channel;
  const std::string line = channel.give(0, file("caf\xe9.py"), 1);
  EXPECT_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded());
}

}  // namespace
}  // namespace alibi::run
