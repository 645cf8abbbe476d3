// citestcycle bodies: what the intake's protocol says of their bytes, and that no event is lost in batches.
#include "collector/payload/test_cycle_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "collector/payload/event_rules.h"
#include "tests/unit/payload/example_events.h"

namespace alibi::payload {
namespace {

using nlohmann::json;
using testing::example_cycle;
using testing::example_event;
using testing::from_hex;
using testing::unpacked;

json encoded(const Event& event) {
  const EncodedBodies encoded = encode_test_cycle({{}, {event}});
  if (encoded.bodies.size() != 1) return nullptr;
  return unpacked(encoded.bodies[0])["events"][0];
}

std::string encoded_bytes(const Event& event) {
  const EncodedBodies encoded = encode_test_cycle({{}, {event}});
  return encoded.bodies.empty() ? std::string() : encoded.bodies[0];
}

json with_tag(const std::string& value) {
  Event event = example_event(EventType::kTest);
  event.meta = {{"k", value}};
  return encoded(event)["content"]["meta"]["k"];
}

size_t characters_in(const std::string& text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0U) != 0x80U; }));
}

TEST(TestCycleEncoder, BeginsAsTheBodiesOfBothClientsDo) {
  const std::string body = encode_test_cycle(example_cycle()).bodies.at(0);
  EXPECT_TRUE(body.starts_with(from_hex("83 a776657273696f6e 01 a86d65746164617461 82 a12a")));
  const json document = unpacked(body);
  EXPECT_EQ(document["version"], 1);
  EXPECT_EQ(document["metadata"]["*"]["language"], "python");
  EXPECT_EQ(document["metadata"]["test"]["test_session.name"], "pytest");
  EXPECT_EQ(document["events"].size(), 5U);
}

TEST(TestCycleEncoder, WritesMembersInTheOrderOfTheProtocolsExample) {
  Event event = example_event(EventType::kTest);
  event.correlation_id = "c";
  const std::string body = encoded_bytes(event);
  size_t last = 0;
  for (const char* key : {"\xA4type\xA4test", "\xA7version\x02",
                          "\xA7"
                          "content\x8F",
                          "\xAFtest_session_id", "\xAEtest_module_id", "\xADtest_suite_id", "\xA8trace_id",
                          "\xA7span_id", "\xA4name", "\xA8resource", "\xA7service",
                          "\xA5"
                          "error",
                          "\xA5start",
                          "\xA8"
                          "duration",
                          "\xA4meta", "\xA7metrics", "\xA4type\xA4test", "\xB2itr_correlation_id"}) {
    const size_t found = body.find(key, last);
    ASSERT_NE(found, std::string::npos) << key;
    last = found + 1;
  }
}

TEST(TestCycleEncoder, GivesTestsVersionTwoAndTheOthersOne) {
  const json events = unpacked(encode_test_cycle(example_cycle()).bodies.at(0))["events"];
  ASSERT_EQ(events.size(), 5U);
  for (const json& event : events)
    EXPECT_EQ(event["version"], event["type"] == "test" ? 2 : 1) << event["type"];
}

TEST(TestCycleEncoder, GivesEachTypeTheIdsThatItHas) {
  const json events = unpacked(encode_test_cycle(example_cycle()).bodies.at(0))["events"];
  const auto has = [&](size_t event, const char* key) { return events[event]["content"].contains(key); };
  const char* const keys[] = {"trace_id",        "span_id",        "parent_id",
                              "test_session_id", "test_module_id", "test_suite_id"};
  const std::string expected[] = {"111111", "111000", "000111", "000110", "000100"};
  for (size_t event = 0; event < 5; ++event) {
    std::string found;
    for (const char* key : keys) found += has(event, key) ? '1' : '0';
    EXPECT_EQ(found, expected[event]) << events[event]["type"];
  }
}

TEST(TestCycleEncoder, WritesIdsUnsignedAndIntegersInTheirSmallestForm) {
  const std::string body = encoded_bytes(example_event(EventType::kTest));
  EXPECT_NE(body.find("\xA7span_id" + from_hex("cf fffffffffffffffe")), std::string::npos);
  EXPECT_NE(body.find("\xADtest_suite_id" + from_hex("cc c8")), std::string::npos);
  EXPECT_NE(body.find("\xA5"
                      "error" +
                      std::string(1, '\0')),
            std::string::npos);
  EXPECT_NE(body.find("\xA8"
                      "duration" +
                      from_hex("ce 001667b8")),
            std::string::npos);
  EXPECT_NE(body.find("\xA5start" + from_hex("cf")), std::string::npos);
}

TEST(TestCycleEncoder, WritesMetricsAsFloat64AndTagsAsText) {
  Event event = example_event(EventType::kTest);
  event.meta = {{"test.source.start", "12"}};
  event.metrics = {{"_dd.top_level", 1}};
  const std::string body = encoded_bytes(event);
  EXPECT_NE(body.find("_dd.top_level" + from_hex("cb 3ff0000000000000")), std::string::npos);
  EXPECT_NE(body.find("test.source.start\xA2"
                      "12"),
            std::string::npos);
}

TEST(TestCycleEncoder, SaysOfWhichTypeASpanIsOrThatItHasNone) {
  Event span = example_event(EventType::kSpan);
  EXPECT_TRUE(encoded(span)["content"]["type"].is_null());
  span.span_type = "http";
  EXPECT_EQ(encoded(span)["content"]["type"], "http");
  EXPECT_EQ(encoded(example_event(EventType::kModule))["content"]["type"], "test_module_end");
}

TEST(TestCycleEncoder, CutsTagsToFiveThousandCharactersNotBytes) {
  EXPECT_EQ(with_tag(std::string(5001, 'x')), std::string(5000, 'x'));
  std::string wide;
  for (int i = 0; i < 5001; ++i) wide += "\xE2\x82\xAC";
  const std::string cut = with_tag(wide);
  EXPECT_EQ(cut.size(), 15'000U);
  EXPECT_EQ(characters_in(cut), 5000U);
  EXPECT_EQ(with_tag(wide.substr(0, 15'000)), wide.substr(0, 15'000));
}

TEST(TestCycleEncoder, CutsTagsOfMetadataAndTheirNames) {
  TestCycle cycle = example_cycle();
  cycle.metadata.by_type = {{"*", {{std::string(6000, 'k'), std::string(6000, 'v')}}}};
  const json metadata = unpacked(encode_test_cycle(cycle).bodies.at(0))["metadata"];
  EXPECT_EQ(metadata["*"].begin().key(), std::string(5000, 'k'));
  EXPECT_EQ(metadata["*"].begin().value(), std::string(5000, 'v'));
}

TEST(TestCycleEncoder, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(with_tag("a\xFF"
                     "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(with_tag("\xE2\x82"), "\xEF\xBF\xBD");  // cut within a character
  EXPECT_EQ(with_tag("\xED\xA0\x80"
                     "x"),
            "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx");           // a surrogate
  EXPECT_EQ(with_tag("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // a long form of "/"
  EXPECT_EQ(with_tag("\xF4\x90\x80\x80"
                     "x")
                .get<std::string>()
                .size(),
            13U);  // beyond U+10FFFF
  EXPECT_EQ(characters_in(with_tag(std::string(7000, '\xFF'))), 5000U);
  EXPECT_EQ(with_tag("\xF0\x9F\x98\x80 \xC3\xA9"), "\xF0\x9F\x98\x80 \xC3\xA9");
}

TEST(TestCycleEncoder, LeavesOutEventsThatNoIntakeTakesAndSaysWhy) {
  struct Case {
    void (*spoil)(Event*);
    EventType type;
    const char* reason;
  };
  const Case cases[] = {
      {[](Event* e) { e->trace_id = 0; }, EventType::kTest, "no trace_id"},
      {[](Event* e) { e->span_id = 0; }, EventType::kSpan, "no span_id"},
      {[](Event* e) { e->session_id = 0; }, EventType::kSession, "no test_session_id"},
      {[](Event* e) { e->module_id = 0; }, EventType::kModule, "no test_module_id"},
      {[](Event* e) { e->suite_id = 0; }, EventType::kSuite, "no test_suite_id"},
      {[](Event* e) { e->suite_id = 0; }, EventType::kTest, "no test_suite_id"},
      {[](Event* e) { e->name.clear(); }, EventType::kTest, "no name"},
      {[](Event* e) { e->start_ns = kEarliestStart - 1; }, EventType::kTest, "start before 2000"},
      {[](Event* e) { e->start_ns = kLatestTime + 1; }, EventType::kTest, "start after 2262"},
      {[](Event* e) { e->duration_ns = kLatestTime + 1; }, EventType::kTest,
       "duration longer than 292 years"}};
  for (const Case& one : cases) {
    TestCycle cycle = example_cycle();
    Event spoilt = example_event(one.type);
    one.spoil(&spoilt);
    cycle.events.insert(cycle.events.begin() + 1, spoilt);
    const EncodedBodies encoded = encode_test_cycle(cycle);
    EXPECT_EQ(encoded.counts.events, 5U) << one.reason;
    EXPECT_EQ(encoded.counts.left_out.total(), 1U) << one.reason;
    EXPECT_EQ(encoded.counts.left_out.count_of(one.reason), 1U) << one.reason;
  }
}

TEST(TestCycleEncoder, TakesWhatLooksOddButIsAllowed) {
  Event event = example_event(EventType::kTest);
  event.start_ns = kEarliestStart;
  event.duration_ns = kLatestTime;
  event.resource = event.service = "";
  EXPECT_TRUE(encoded(event).is_object());
  event.version = 1;  // a test without a session
  event.session_id = event.module_id = event.suite_id = 0;
  EXPECT_EQ(encoded(event)["version"], 1);
  EXPECT_FALSE(encoded(event)["content"].contains("test_session_id"));
}

TEST(TestCycleEncoder, LeavesOutMetricsThatAreNoFiniteNumbers) {
  Event event = example_event(EventType::kTest);
  event.metrics = {{"a", std::nan("")}, {"b", 1.5}, {"c", std::numeric_limits<double>::infinity()}};
  const EncodedBodies encoded = encode_test_cycle({{}, {event}});
  EXPECT_EQ(unpacked(encoded.bodies.at(0))["events"][0]["content"]["metrics"], json({{"b", 1.5}}));
  EXPECT_EQ(encoded.counts.parts_left_out.count_of("metric that is no finite number"), 2U);
}

TEST(TestCycleEncoder, MakesNoBodyOfNoEvents) {
  const EncodedBodies encoded = encode_test_cycle({example_cycle().metadata, {}});
  EXPECT_TRUE(encoded.bodies.empty());
  EXPECT_EQ(encoded.counts.bodies, 0U);
}

TestCycle numbered_cycle(size_t events) {
  TestCycle cycle{example_cycle().metadata, {}};
  for (size_t number = 1; number <= events; ++number) {
    cycle.events.push_back(example_event(EventType::kTest));
    cycle.events.back().span_id = number;
    cycle.events.back().meta.emplace_back("filling", std::string(number * 37 % 900, 'x'));
  }
  return cycle;
}

TEST(TestCycleEncoder, KeepsBodiesSmallWithoutLosingAnEventOrTheirOrder) {
  const TestCycle cycle = numbered_cycle(500);
  for (const size_t most : {2000U, 5000U, 20'000U, 100'000U}) {
    const EncodedBodies encoded = encode_test_cycle(cycle, most);
    uint64_t next = 1;
    for (const std::string& body : encoded.bodies) {
      EXPECT_LE(body.size(), most);
      const json document = unpacked(body);
      EXPECT_EQ(document["metadata"]["test"]["test_session.name"], "pytest");
      for (const json& event : document["events"]) EXPECT_EQ(event["content"]["span_id"], next++);
    }
    EXPECT_EQ(next, 501U);
    EXPECT_EQ(encoded.counts.events, 500U);
    EXPECT_EQ(encoded.counts.bodies, encoded.bodies.size());
    EXPECT_EQ(encoded.counts.too_large, 0U);
    EXPECT_GT(encoded.bodies.size(), 2U);
  }
}

TEST(TestCycleEncoder, FillsBodiesAsFarAsTheyGo) {
  const EncodedBodies whole = encode_test_cycle(numbered_cycle(20));
  ASSERT_EQ(whole.bodies.size(), 1U);
  // Five bytes are set aside for the header of the array.
  EXPECT_EQ(encode_test_cycle(numbered_cycle(20), whole.bodies[0].size() + 4).bodies.size(), 1U);
  EXPECT_EQ(encode_test_cycle(numbered_cycle(20), whole.bodies[0].size() - 1).bodies.size(), 2U);
}

TEST(TestCycleEncoder, SendsAnEventThatIsTooLargeAlone) {
  TestCycle cycle = numbered_cycle(5);
  for (int i = 0; i < 10; ++i) cycle.events[2].meta.emplace_back(std::to_string(i), std::string(5000, 'x'));
  const EncodedBodies encoded = encode_test_cycle(cycle, 20'000);
  ASSERT_EQ(encoded.bodies.size(), 3U);
  EXPECT_EQ(unpacked(encoded.bodies[0])["events"].size(), 2U);
  EXPECT_EQ(unpacked(encoded.bodies[1])["events"].size(), 1U);
  EXPECT_EQ(unpacked(encoded.bodies[2])["events"].size(), 2U);
  EXPECT_EQ(encoded.counts.too_large, 1U);
}

TEST(TestCycleEncoder, SendsEventsTogetherAlsoUnderHugeMetadata) {
  TestCycle cycle = numbered_cycle(100);
  for (int i = 0; i < 10; ++i)
    cycle.metadata.by_type[0].second.emplace_back(std::to_string(i), std::string(5000, 'x'));
  const EncodedBodies encoded = encode_test_cycle(cycle, 40'000);
  EXPECT_EQ(encoded.counts.events, 100U);
  EXPECT_LE(encoded.bodies.size(), 5U);
  EXPECT_EQ(encoded.counts.too_large, encoded.bodies.size());
}

TEST(TestCycleEncoder, HandsOverBodiesAsTheyFillSoThatMemoryStaysSmall) {
  const TestCycle cycle = numbered_cycle(100);
  size_t handed = 0;
  TestCycleEncoder encoder(
      cycle.metadata, [&](std::string_view, size_t events) { handed += events; }, 10'000);
  for (const Event& event : cycle.events) encoder.add(event);
  EXPECT_GT(handed, 50U);
  EXPECT_EQ(encoder.finish().events, 100U);
  EXPECT_EQ(handed, 100U);
  encoder.add(cycle.events[0]);  // and may be used again
  EXPECT_EQ(encoder.finish().events, 1U);
}

TEST(EventRules, KnowEachTypeByItsName) {
  for (const EventType type :
       {EventType::kTest, EventType::kSuite, EventType::kModule, EventType::kSession, EventType::kSpan})
    EXPECT_EQ(type_named(type_name(type)), type);
  EXPECT_EQ(type_named("test_end"), std::nullopt);
  EXPECT_EQ(type_named(""), std::nullopt);
}

}  // namespace
}  // namespace alibi::payload
