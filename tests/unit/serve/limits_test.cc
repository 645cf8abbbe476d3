#include <gtest/gtest.h>

#include "collector/serve/api_keys.h"
#include "collector/serve/html.h"
#include "collector/serve/http_message.h"
#include "collector/serve/json_text.h"
#include "collector/serve/metrics.h"
#include "collector/serve/rate_limit.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

TEST(RateLimit, LetsTwiceTheRateThroughAtOnceAndThenTheRate) {
  RateLimit limit(10);
  uint64_t now = 5 * kSecond;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limit.take("a", now), 0U);
  EXPECT_EQ(limit.take("a", now), 1U);
  EXPECT_EQ(limit.take("b", now), 0U);
  now += kSecond;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limit.take("a", now), 0U);
  EXPECT_NE(limit.take("a", now), 0U);
}

TEST(RateLimit, OfZeroIsNone) {
  RateLimit limit(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.take("a", 0), 0U);
}

TEST(ApiKeys, AllowWhatIsInTheFileAndNothingElse) {
  const Result<ApiKeys> keys = ApiKeys::parse("# ours\n one \r\n\ntwo");
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->allow("one"));
  EXPECT_TRUE(keys->allow("two"));
  for (const char* wrong : {"", "on", "ones", "# ours", " one "}) EXPECT_FALSE(keys->allow(wrong)) << wrong;
}

TEST(ApiKeys, RefuseAFileWithoutAKey) {
  EXPECT_FALSE(ApiKeys::parse(""));
  EXPECT_FALSE(ApiKeys::parse("# only this\n\n"));
}

TEST(BasicPassword, IsWhatFollowsTheFirstColon) {
  EXPECT_EQ(basic_password("Basic dXNlcjpwYXNzd29yZA=="), "password");
  EXPECT_EQ(basic_password("Basic YTpiOmM="), "b:c");
  for (const char* wrong :
       {"", "Basic", "Basic ", "Basic !!!!", "Basic dXNlcg==", "Bearer dXNlcjpwYXNzd29yZA=="})
    EXPECT_EQ(basic_password(wrong), "") << wrong;
}

TEST(Html, EscapesTextsAndAttributes) {
  Html html;
  html.element("p", "<script>alert('1')</script> & \"", {{"title", "\"><script>"}});
  EXPECT_EQ(html.take(),
            "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; "
            "&quot;</p>\n");
}

TEST(Html, PagesForbidScripts) {
  const Answer answer = page("<b>", "", "/");
  EXPECT_EQ(answer.body.find("<b>"), std::string::npos);
  EXPECT_EQ(answer.headers[0].first, "Content-Security-Policy");
  EXPECT_NE(answer.headers[0].second.find("default-src 'none'"), std::string::npos);
}

TEST(JsonText, EscapesWhatJsonCannotHold) {
  std::string json;
  append_json_string(std::string("a\"\\\n\0\x1f\xc3\xa9", 8), &json);
  EXPECT_EQ(json, "\"a\\\"\\\\\\u000a\\u0000\\u001f\xc3\xa9\"");
}

TEST(Addresses, AreDecodedAndEncodedThereAndBack) {
  EXPECT_EQ(decoded("a%2Fb+c%zz%", false), "a/b+c%zz%");
  EXPECT_EQ(decoded("a%2fb+c", true), "a/b c");
  const std::string any("\0<>&=?%+ \xff/a", 12);
  EXPECT_EQ(decoded(encoded(any), false), any);
  const auto query = parse_query("a=1&b=%26&c&&d=x=y");
  ASSERT_EQ(query.size(), 4U);
  EXPECT_EQ(query[1].second, "&");
  EXPECT_EQ(query[2].second, "");
  EXPECT_EQ(query[3].second, "x=y");
}

TEST(Metrics, CountInCumulativeBuckets) {
  Metrics metrics;
  metrics.add_request("r", 202, kSecond / 1000 * 3);
  metrics.add_request("r", 400, kSecond * 9);
  const std::string text = metrics.text(3, 4);
  EXPECT_NE(text.find("alibi_request_seconds_bucket{route=\"r\",le=\"0.0025\"} 0\n"), std::string::npos);
  EXPECT_NE(text.find("alibi_request_seconds_bucket{route=\"r\",le=\"0.005\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("alibi_request_seconds_bucket{route=\"r\",le=\"+Inf\"} 2\n"), std::string::npos);
  EXPECT_NE(text.find("alibi_requests_total{route=\"r\",status=\"400\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("alibi_connections 3\n"), std::string::npos);
}

}  // namespace
}  // namespace alibi::serve
