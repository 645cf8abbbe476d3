#include "collector/payload/suite_durations.h"

#include <gtest/gtest.h>

#include "tests/unit/payload/example_messages.h"
#include "tests/unit/payload/exchanged_members.h"

namespace alibi::payload {
namespace {

using nlohmann::json;
using namespace testing;  // NOLINT: the examples

std::string answer(const json& suites, const json& info = nullptr) {
  return json{{"data", {{"attributes", {{"test_suites", suites}, {"page_info", info}}}}}}.dump();
}
std::string page_with(const std::string& suite, const json& info) {
  return answer({{"m", {{suite, {{"source_file", "f"}, {"duration", {{"p50", "5"}}}}}}}}, info);
}

TEST(SuiteDurations, AreAskedForPageByPage) {
  const SuiteDurationsRequest first{"id", "demo", "https://x/y.git", 500, std::nullopt};
  EXPECT_EQ(
      json::parse(encode_suite_durations_request(first)),
      json::parse(R"({"data":{"id":"id","type":"ci_app_ddtest_test_suite_durations_request","attributes":
                {"service":"demo","repository_url":"https://x/y.git","page_info":{"page_size":500}}}})"));
  SuiteDurationsRequest second = first;
  second.page_state = "c2";
  const auto read = parse_suite_durations_request(encode_suite_durations_request(second));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->page_state, "c2");
  EXPECT_EQ(read->service, "demo");
  EXPECT_EQ(read->page_size, 500u);
}

TEST(SuiteDurations, AreReadAsTheyWereWritten) {
  const auto read = parse_suite_durations(encode_suite_durations(example_suite_durations()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_suite_durations(read->page), encode_suite_durations(example_suite_durations()));
  ASSERT_EQ(read->page.suites.size(), 2u);
  EXPECT_EQ(read->page.suites[0].source_file, "tests/test_s.py");
  EXPECT_EQ(read->page.suites[0].p50_ns, 1'200'000'000u);
  EXPECT_EQ(read->page.suites[1].p50_ns, std::nullopt);
  EXPECT_EQ(read->page.next, "t");
  EXPECT_EQ(read->left_out.total(), 0u);
  EXPECT_EQ(json::parse(encode_suite_durations({}))["data"]["attributes"]["test_suites"], json::object());
}

TEST(SuiteDurations, ThatAreNoNumbersCostOnlyThemselves) {
  for (const json& bad :
       {json("1.5"), json("-1"), json("0"), json(" 5"), json("5ns"), json(""), json(-5), json(1.5),
        json("99999999999999999999"), json("99999999999999999"), json(json::array())}) {
    const auto read = parse_suite_durations(
        answer({{"m", {{"s", {{"source_file", "f"}, {"duration", {{"p50", bad}, {"p90", "7"}}}}}}}}));
    ASSERT_TRUE(read) << bad;
    ASSERT_EQ(read->page.suites.size(), 1u) << bad;
    EXPECT_EQ(read->page.suites[0].p50_ns, std::nullopt) << bad;
    EXPECT_EQ(read->page.suites[0].p90_ns, 7u) << bad;
    EXPECT_EQ(read->left_out.total(), 1u) << bad;
  }
}

TEST(SuiteDurations, SurviveOtherTypesInEveryMember) {
  const auto read = parse_suite_durations(answer({{"m", {{"s", 5}}}, {"n", json::array()}}));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->page.suites.empty());
  EXPECT_EQ(read->left_out.total(), 2u);
  EXPECT_FALSE(parse_suite_durations(answer(json::array())));
  EXPECT_FALSE(parse_suite_durations("{}"));
  exchange_each(json::parse(encode_suite_durations(example_suite_durations())),
                [](const std::string& text) { (void)parse_suite_durations(text).ok(); });
  exchange_each(json::parse(encode_suite_durations_request({"id", "s", "r", 5, "c"})),
                [](const std::string& text) { (void)parse_suite_durations_request(text).ok(); });
}

TEST(SuiteDurations, AreCompleteAfterTheLastPage) {
  SuiteDurationsPages pages;
  ASSERT_TRUE(pages.take(page_with("a", {{"has_next", true}, {"cursor", "2"}})));
  EXPECT_FALSE(pages.complete());
  EXPECT_EQ(pages.next(), "2");
  ASSERT_TRUE(pages.take(page_with("b", {{"has_next", false}, {"cursor", "3"}})));
  EXPECT_TRUE(pages.complete());
  EXPECT_EQ(pages.suites().size(), 2u);
}

TEST(SuiteDurations, EndWherePagesGoNowhere) {
  for (const json& info : {json{{"has_next", true}}, json{{"has_next", true}, {"cursor", ""}}}) {
    SuiteDurationsPages pages;
    EXPECT_FALSE(pages.take(page_with("a", info)));
    EXPECT_EQ(pages.suites().size(), 1u);
  }
  // A circle of two.
  SuiteDurationsPages circle;
  EXPECT_TRUE(circle.take(page_with("a", {{"has_next", true}, {"cursor", "1"}})));
  EXPECT_TRUE(circle.take(page_with("b", {{"has_next", true}, {"cursor", "2"}})));
  EXPECT_FALSE(circle.take(page_with("c", {{"has_next", true}, {"cursor", "1"}})));
  SuiteDurationsPages endless;
  bool taken = true;
  uint32_t asked = 0;
  for (; taken && asked < 20'000; ++asked)
    taken = endless.take(page_with("a", {{"has_next", true}, {"cursor", std::to_string(asked)}})).ok();
  EXPECT_EQ(asked, SuiteDurationsPages::kMostPages);
}

}  // namespace
}  // namespace alibi::payload
