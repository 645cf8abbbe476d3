// Reading citestcycle bodies: what clients send is understood, what anybody sends is survived.
#include "collector/payload/test_cycle_decoder.h"

#include <gtest/gtest.h>

#include "collector/model/error_codes.h"
#include "collector/payload/event_rules.h"
#include "collector/payload/merged_tags.h"
#include "collector/payload/test_cycle_encoder.h"
#include "tests/unit/payload/example_events.h"

namespace alibi::payload {
namespace {

using nlohmann::json;
using testing::example_cycle;
using testing::from_hex;
using testing::packed;

json raw_event(const char* type = "test") {
  return {{"type", type},
          {"version", 2},
          {"content",
           {{"trace_id", 1},
            {"span_id", 2},
            {"test_session_id", 3},
            {"test_module_id", 4},
            {"test_suite_id", 5},
            {"name", "rspec.test"},
            {"resource", "r"},
            {"service", "s"},
            {"error", 0},
            {"start", kEarliestStart},
            {"duration", 7},
            {"meta", {{"test.name", "adds"}}},
            {"metrics", {{"m", 1}}}}}};
}

std::string body_of(const std::vector<json>& events) {
  return packed({{"version", 1}, {"metadata", json::object()}, {"events", events}});
}

DecodedTestCycle decoded(const std::string& body) {
  Result<DecodedTestCycle> result = decode_test_cycle(body);
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : DecodedTestCycle();
}

// The reason for which an event is left out whose content has `value` at `key`; empty: it is taken.
std::string fault_with(const char* key, const json& value, const char* type = "test") {
  json event = raw_event(type);
  if (value.is_discarded())
    event["content"].erase(key);
  else
    event["content"][key] = value;
  const DecodedTestCycle cycle = decoded(body_of({event, raw_event()}));
  EXPECT_EQ(cycle.cycle.events.size() + cycle.left_out.total(), 2U);
  return cycle.left_out.by_reason().empty() ? "" : std::string(cycle.left_out.by_reason()[0].first);
}

const json kMissing(json::value_t::discarded);

TEST(TestCycleDecoder, ReadsWhatTheEncoderWrites) {
  const TestCycle cycle = example_cycle();
  const DecodedTestCycle found = decoded(encode_test_cycle(cycle).bodies.at(0));
  ASSERT_EQ(found.cycle.events.size(), 5U);
  EXPECT_EQ(found.left_out.total() + found.tags_left_out.total(), 0U);
  EXPECT_EQ(found.cycle.metadata.by_type, cycle.metadata.by_type);
  const Event& test = found.cycle.events[0];
  EXPECT_EQ(test.version, 2U);
  EXPECT_EQ(test.span_id, 0xFFFFFFFFFFFFFFFEU);
  EXPECT_EQ(test.parent_id, 1U);
  EXPECT_EQ(test.correlation_id, "corr123");
  EXPECT_TRUE(test.error);
  EXPECT_EQ(test.meta, cycle.events[0].meta);
  EXPECT_EQ(test.metrics, cycle.events[0].metrics);
  EXPECT_EQ(found.cycle.events[1].type, EventType::kSpan);
  // Encoded again it is the same, to the byte.
  EXPECT_EQ(encode_test_cycle(found.cycle).bodies, encode_test_cycle(cycle).bodies);
}

TEST(TestCycleDecoder, DoesNotCareAboutTheOrderOfMembers) {
  // Ruby's client: type, version, content. Python's: version, type, content. And content before all.
  const std::string content = packed(raw_event()["content"]);
  const std::string type = "\xA4type\xA4test";
  const std::string version = "\xA7version\x02";
  for (const std::string& event : {type + version +
                                       "\xA7"
                                       "content" +
                                       content,
                                   version + type +
                                       "\xA7"
                                       "content" +
                                       content,
                                   "\xA7"
                                   "content" +
                                       content + version + type}) {
    const std::string events =
        "\xA6"
        "events\x91\x83" +
        event;
    for (const std::string& body : {"\x82\xA7version\x01" + events, "\x82" + events + "\xA7version\x01"})
      EXPECT_EQ(decoded(body).cycle.events.size(), 1U);
  }
}

TEST(TestCycleDecoder, SkipsWhatItDoesNotKnow) {
  json event = raw_event();
  event["more"] = {1, {{"a", nullptr}}};
  event["content"]["metrics_of_tomorrow"] = {{"a", {1, 2, 3.5}}};
  json document = {{"version", 1}, {"events", json::array({event})}, {"extra", {{"deep", {{}, {}}}}}};
  EXPECT_EQ(decoded(packed(document)).cycle.events.size(), 1U);
}

TEST(TestCycleDecoder, LeavesOutAnEventOfWrongTypesAndOnlyThat) {
  EXPECT_EQ(fault_with("name", "fine"), "");
  for (const char* id : {"trace_id", "span_id", "test_session_id", "test_module_id", "test_suite_id"}) {
    for (const json& wrong : {json("12"), json(-1), json(1.5), json(true), json::array()})
      EXPECT_EQ(fault_with(id, wrong), "id that is no unsigned number") << id << wrong;
    for (const json& none : {kMissing, json(nullptr), json(0)})
      EXPECT_EQ(fault_with(id, none), std::string("no ") + id);
  }
  for (const json& wrong : {json("12"), json(-1), json(1.5), json::object()}) {
    EXPECT_EQ(fault_with("start", wrong), "time that is no unsigned number");
    EXPECT_EQ(fault_with("duration", wrong), "time that is no unsigned number");
    EXPECT_NE(fault_with("error", json::array()), "");
  }
  EXPECT_EQ(fault_with("start", kMissing), "no start");
  EXPECT_EQ(fault_with("start", 1), "start before 2000");
  EXPECT_EQ(fault_with("duration", kMissing), "no duration");
  EXPECT_EQ(fault_with("duration", nullptr), "no duration");
  EXPECT_EQ(fault_with("error", kMissing), "no error");
  EXPECT_EQ(fault_with("error", "1"), "error that is no number");
  EXPECT_EQ(fault_with("name", kMissing), "no name");
  EXPECT_EQ(fault_with("name", 1), "name that is no text");
  EXPECT_EQ(fault_with("resource", kMissing), "no resource");
  EXPECT_EQ(fault_with("resource", nullptr), "no resource");
  EXPECT_EQ(fault_with("resource", json::array()), "resource that is no text");
  EXPECT_EQ(fault_with("service", 1), "service that is no text");
  EXPECT_EQ(fault_with("meta", "x"), "meta that is no map");
  EXPECT_EQ(fault_with("metrics", 1), "metrics that are no map");
  EXPECT_EQ(fault_with("itr_correlation_id", 5), "itr_correlation_id that is no text");
  EXPECT_EQ(fault_with("parent_id", "x"), "id that is no unsigned number");
  EXPECT_EQ(fault_with("type", 1, "span"), "span type that is no text");
}

TEST(TestCycleDecoder, TakesWhatClientsDoDifferently) {
  for (const char* optional : {"service", "meta", "metrics", "parent_id", "itr_correlation_id"}) {
    EXPECT_EQ(fault_with(optional, kMissing), "");
    EXPECT_EQ(fault_with(optional, nullptr), "");
  }
  EXPECT_EQ(fault_with("resource", ""), "");  // the module of tests at the top
  EXPECT_EQ(fault_with("error", true), "");
  EXPECT_EQ(fault_with("type", nullptr, "span"), "");
  json alone = raw_event();  // Ruby's client without sessions
  alone["version"] = 1;
  for (const char* id : {"test_session_id", "test_module_id", "test_suite_id"}) alone["content"].erase(id);
  EXPECT_EQ(decoded(body_of({alone})).cycle.events.size(), 1U);
}

TEST(TestCycleDecoder, LeavesOutEventsThatAreNone) {
  json unknown = raw_event("test_end");
  json without = raw_event();
  without.erase("content");
  json versioned = raw_event();
  versioned["version"] = "2";
  const DecodedTestCycle found = decoded(body_of({1, unknown, without, versioned, raw_event()}));
  EXPECT_EQ(found.cycle.events.size(), 1U);
  EXPECT_EQ(found.left_out.count_of("event that is no map"), 1U);
  EXPECT_EQ(found.left_out.count_of("unknown type of event"), 1U);
  EXPECT_EQ(found.left_out.count_of("event without content"), 1U);
  EXPECT_EQ(found.left_out.count_of("event version that is no number"), 1U);
}

TEST(TestCycleDecoder, LeavesOutTagsOfWrongTypesButNotTheirEvent) {
  json event = raw_event();
  event["content"]["meta"] = {{"good", "yes"}, {"number", 1}, {"nothing", nullptr}, {"", "x"}};
  event["content"]["metrics"] = {{"i", -5}, {"f", 2.5}, {"t", "1"}, {"b", true}};
  const DecodedTestCycle found = decoded(body_of({event}));
  ASSERT_EQ(found.cycle.events.size(), 1U);
  EXPECT_EQ(found.cycle.events[0].meta, (Tags{{"good", "yes"}}));
  EXPECT_EQ(found.cycle.events[0].metrics, (Metrics{{"f", 2.5}, {"i", -5}}));
  EXPECT_EQ(found.tags_left_out.count_of("tag that is no text"), 2U);
  EXPECT_EQ(found.tags_left_out.count_of("tag without a name"), 1U);
  EXPECT_EQ(found.tags_left_out.count_of("metric that is no finite number"), 2U);
}

TEST(TestCycleDecoder, GivesTextsThatAreValidAndNoLongerThanAllowed) {
  json event = raw_event();
  event["content"]["meta"] = {{"long", std::string(9000, 'x')}, {"k\xFF", "v\xFF"}};
  event["content"]["name"] = "n\xC3";
  const DecodedTestCycle found = decoded(body_of({event}));
  ASSERT_EQ(found.cycle.events.size(), 1U);
  EXPECT_EQ(found.cycle.events[0].name, "n\xEF\xBF\xBD");
  EXPECT_EQ(found.cycle.events[0].meta,
            (Tags{{"k\xEF\xBF\xBD", "v\xEF\xBF\xBD"}, {"long", std::string(5000, 'x')}}));
}

TEST(TestCycleDecoder, TakesTheLastOfTagsThatComeTwice) {
  std::string body = body_of({raw_event()});
  const std::string tag =
      "\x81\xA9test.name\xA4"
      "adds";
  const std::string twice =
      "\x82\xA9test.name\xA4"
      "adds\xA9test.name\xA3"
      "sub";
  ASSERT_NE(body.find(tag), std::string::npos);
  body.replace(body.find(tag), tag.size(), twice);
  EXPECT_EQ(decoded(body).cycle.events.at(0).meta, (Tags{{"test.name", "sub"}}));
}

TEST(TestCycleDecoder, SurvivesMetadataOfEveryType) {
  for (const json& wrong : {json("x"), json(1), json::array(), json({{"*", 1}})}) {
    const DecodedTestCycle found =
        decoded(packed({{"version", 1}, {"metadata", wrong}, {"events", json::array({raw_event()})}}));
    EXPECT_EQ(found.cycle.events.size(), 1U);
    EXPECT_EQ(found.tags_left_out.count_of("metadata that is no map"), 1U) << wrong;
  }
  EXPECT_EQ(decoded(packed({{"version", 1}, {"events", json::array({raw_event()})}})).tags_left_out.total(),
            0U);
}

TEST(TestCycleDecoder, LeavesOutAnEventThatIsNestedTooDeeply) {
  const std::string deep = std::string(5000, '\x91') + "\xC0";
  const std::string body = from_hex("82 a776657273696f6e 01 a66576656e7473 92") + deep + packed(raw_event());
  const DecodedTestCycle found = decoded(body);
  EXPECT_EQ(found.cycle.events.size(), 1U);
  EXPECT_EQ(found.left_out.count_of("event nested too deeply or of too many values"), 1U);
}

TEST(TestCycleDecoder, LeavesOutAnEventOfMoreValuesThanAnyHas) {
  json event = raw_event();
  event["padding"] = std::vector<json>(size_t{1} << 20);
  const DecodedTestCycle found = decoded(body_of({event, raw_event()}));
  EXPECT_EQ(found.cycle.events.size(), 1U);
  EXPECT_EQ(found.left_out.count_of("event nested too deeply or of too many values"), 1U);
}

TEST(TestCycleDecoder, RefusesBodiesThatAreNone) {
  const auto code_of = [](const std::string& body) {
    const Result<DecodedTestCycle> result = decode_test_cycle(body);
    return result ? ErrorCode{0} : result.error().code;
  };
  const std::string sound = body_of({raw_event()});
  for (const std::string& none :
       {std::string(), std::string("{}"), std::string("\xC1"), packed(json::array()), sound + "x",
        packed({{"version", 1}}), packed({{"version", 1}, {"events", "x"}}),
        packed({{"events", json::array()}})})
    EXPECT_EQ(code_of(none), collector::kNotPayload);
  EXPECT_EQ(code_of(packed({{"version", 2}, {"events", json::array()}})), collector::kPayloadVersion);
  EXPECT_EQ(code_of(packed({{"version", "1"}, {"events", json::array()}})), collector::kPayloadVersion);
  EXPECT_EQ(code_of(sound), ErrorCode{0});
  const Result<DecodedTestCycle> later =
      decode_test_cycle(packed({{"version", 9}, {"events", json::array()}}));
  EXPECT_EQ(later.error().message, "a body of \"events\" has version 9; only version 1 is known");
}

TEST(TestCycleDecoder, RefusesCountsLargerThanTheBytesBeforeReservingMemory) {
  for (const char* count :
       {"dd ffffffff", "df ffffffff", "db ffffffff", "c6 ffffffff", "c9 ffffffff 01", "dc ffff"}) {
    const std::string head = from_hex("82 a776657273696f6e 01 a66576656e7473");
    EXPECT_FALSE(decode_test_cycle(head + from_hex(count))) << count;
    EXPECT_FALSE(decode_test_cycle(head + from_hex("91") + from_hex(count))) << count;
    EXPECT_FALSE(decode_test_cycle(head + from_hex("91 81 a1 61") + from_hex(count))) << count;
  }
  EXPECT_FALSE(decode_test_cycle(from_hex("df ffffffff")));
}

TEST(MergedTags, AreTheEventsOverThoseOfItsTypeOverThoseOfAll) {
  Metadata metadata{{{"*", {{"a", "all"}, {"b", "all"}, {"c", "all"}}},
                     {"test", {{"b", "type"}, {"d", "type"}}},
                     {"test_suite_end", {{"e", "suite"}}}}};
  Event event;
  event.meta = {{"c", "own"}, {"z", "own"}};
  const MergedTags tags(metadata, event);
  EXPECT_EQ(tags.beginning_with(""),
            (Tags{{"c", "own"}, {"z", "own"}, {"b", "type"}, {"d", "type"}, {"a", "all"}}));
  EXPECT_EQ(tags["c"], "own");
  EXPECT_EQ(tags["b"], "type");
  EXPECT_EQ(tags["a"], "all");
  EXPECT_EQ(tags.find("e"), nullptr);
  EXPECT_EQ(tags["e"], "");
  event.type = EventType::kSuite;
  EXPECT_EQ(MergedTags(metadata, event)["b"], "all");
  EXPECT_EQ(MergedTags(metadata, event)["e"], "suite");
}

}  // namespace
}  // namespace alibi::payload
