// The intake's JSON messages, both directions: what is written is read, what clients write differently is
// understood, a member of the wrong type costs that member only.
#include <gtest/gtest.h>

#include <functional>

#include "collector/model/error_codes.h"
#include "collector/payload/agent_info.h"
#include "collector/payload/base64.h"
#include "collector/payload/git_messages.h"
#include "collector/payload/known_tests.h"
#include "collector/payload/report_event.h"
#include "collector/payload/settings.h"
#include "collector/payload/skippable.h"
#include "collector/payload/test_management.h"
#include "tests/unit/payload/example_messages.h"
#include "tests/unit/payload/exchanged_members.h"

namespace alibi::payload {
namespace {

using nlohmann::json;
using namespace testing;  // NOLINT: the examples

constexpr const char* kSha = "0123456789abcdef0123456789abcdef01234567";

Settings settings_with(const json& attributes) {
  const Result<Settings> settings = parse_settings(json{{"data", {{"attributes", attributes}}}}.dump());
  EXPECT_TRUE(settings);
  return settings ? *settings : Settings();
}

TEST(SettingsRequest, IsAsTheProtocolShowsIt) {
  const json request = json::parse(encode_settings_request(example_facts()));
  EXPECT_EQ(request, json::parse(R"({"data":{"id":"3e41245f-4136-4eac-9de8-275e99dbe286",
    "type":"ci_app_test_service_libraries_settings","attributes":{"service":"demo","env":"ci",
    "repository_url":"https://github.com/acme/demo.git","sha":"0123456789abcdef0123456789abcdef01234567",
    "branch":"master","test_level":"suite","configurations":{"os.platform":"linux-gnu","runtime.name":"ruby",
    "custom":{"disk":"ssd"}}}}})"));
}

TEST(SettingsRequest, IsReadAsItWasWritten) {
  const Result<RunFacts> read = parse_settings_request(encode_settings_request(example_facts()));
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_settings_request(*read), encode_settings_request(example_facts()));
  RunFacts bare;
  const Result<RunFacts> read_bare = parse_settings_request(encode_settings_request(bare));
  ASSERT_TRUE(read_bare);
  EXPECT_EQ(read_bare->env, std::nullopt);
  EXPECT_TRUE(read_bare->request_id.empty());
}

TEST(SettingsRequest, SurvivesOtherTypesInEveryMember) {
  exchange_each(json::parse(encode_settings_request(example_facts())), [](const std::string& text) {
    const Result<RunFacts> read = parse_settings_request(text);
    if (read) encode_settings_request(*read);
  });
  EXPECT_EQ(parse_settings_request("{\"data\":{}}").error().code, collector::kNotPayload);
}

TEST(Settings, AreReadAsTheyWereWritten) {
  const Result<Settings> read = parse_settings(encode_settings(example_settings()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_settings(*read), encode_settings(example_settings()));
  EXPECT_TRUE(read->itr_enabled && read->code_coverage && read->tests_skipping && read->require_git);
  EXPECT_TRUE(read->early_flake_detection && read->test_management);
  EXPECT_EQ(read->slow_test_retries, example_settings().slow_test_retries);
  EXPECT_EQ(read->attempt_to_fix_retries, 7U);
}

TEST(Settings, AlwaysHaveEveryMemberThatTheStrictestClientNeeds) {
  const json attributes = json::parse(encode_settings({}))["data"]["attributes"];
  for (const char* name :
       {"code_coverage", "tests_skipping", "require_git", "itr_enabled", "flaky_test_retries_enabled",
        "known_tests_enabled", "impacted_tests_enabled", "coverage_report_upload_enabled"})
    EXPECT_EQ(attributes.at(name), false) << name;
  EXPECT_EQ(attributes["early_flake_detection"],
            json::parse(R"({"enabled":false,"faulty_session_threshold":30,
                            "slow_test_retries":{"5s":10,"10s":5,"30s":3,"5m":2}})"));
}

TEST(Settings, TakeForTrueWhatEitherClientDoesExceptTheTextFalse) {
  for (const json& yes : {json(true), json(1), json("true"), json("TRUE"), json("1"), json(2.5)})
    EXPECT_TRUE(settings_with({{"itr_enabled", yes}}).itr_enabled) << yes;
  for (const json& no : {json(false), json(0), json("false"), json("0"), json(""), json(nullptr),
                         json::array({1}), json{{"a", 1}}})
    EXPECT_FALSE(settings_with({{"itr_enabled", no}}).itr_enabled) << no;
}

TEST(Settings, HaveDefaultsWhereNothingUsableIsSaid) {
  for (const json& nothing :
       {json::object(), json{{"early_flake_detection", nullptr}, {"test_management", 5}},
        json{{"early_flake_detection", {{"slow_test_retries", 1}, {"faulty_session_threshold", -1}}},
             {"test_management", {{"attempt_to_fix_retries", "many"}}}}}) {
    const Settings settings = settings_with(nothing);
    EXPECT_EQ(settings.slow_test_retries,
              (std::vector<SlowTestRetries>{{5, 10}, {10, 5}, {30, 3}, {300, 2}}));
    EXPECT_EQ(settings.faulty_session_threshold, 30U);
    EXPECT_EQ(settings.attempt_to_fix_retries, std::nullopt);
    EXPECT_FALSE(settings.test_management || settings.early_flake_detection);
  }
}

TEST(Settings, ReadStepsOfRetriesInAnyOrderAndUnit) {
  const Settings settings = settings_with(
      {{"early_flake_detection",
        {{"slow_test_retries",
          {{"5m", 1}, {"10s", "4"}, {"x", 1}, {"7", 1}, {"3h", 1}, {"20s", -1}, {"30s", 2.0}}}}}});
  EXPECT_EQ(settings.slow_test_retries, (std::vector<SlowTestRetries>{{10, 4}, {30, 2}, {300, 1}}));
  EXPECT_TRUE(settings_with({{"early_flake_detection", {{"slow_test_retries", json::object()}}}})
                  .slow_test_retries.empty());
}

TEST(Settings, AreRefusedWhereThereAreNone) {
  for (const char* none :
       {"", "null", "[]", "{}", "{\"data\":[]}", "{\"data\":{\"attributes\":5}}", "{\"data\":", "\xFF"})
    EXPECT_EQ(parse_settings(none).error().code, collector::kNotPayload) << none;
  EXPECT_NE(parse_settings("{\"errors\":[\"no key\"]}").error().message.find("no key"), std::string::npos);
}

TEST(Settings, SurviveOtherTypesInEveryMember) {
  exchange_each(json::parse(encode_settings(example_settings())), [](const std::string& text) {
    const Result<Settings> read = parse_settings(text);
    if (read) encode_settings(*read);
  });
}

TEST(Settings, AreRefusedWhenNestedDeeperThanAnyMessage) {
  const auto nested = [](size_t depth) {
    return "{\"data\":{\"attributes\":{\"itr_enabled\":true,\"x\":" + std::string(depth, '[') +
           "\"\\\"[[[[\"" + std::string(depth, ']') + "}}}";
  };
  const Result<Settings> shallow = parse_settings(nested(21));
  ASSERT_TRUE(shallow) << shallow.error().message;
  EXPECT_TRUE(shallow->itr_enabled);
  EXPECT_FALSE(parse_settings(nested(22)));
  EXPECT_FALSE(parse_settings(nested(100'000)));
  EXPECT_FALSE(parse_settings(std::string(1'000'000, '[')));
  EXPECT_FALSE(parse_settings(std::string(1'000'000, '{')));
}

TEST(SkippableRequest, HasTheTypeAndNoBranch) {
  const json request = json::parse(encode_skippable_request(example_facts()));
  EXPECT_EQ(request["data"]["type"], "test_params");
  EXPECT_FALSE(request["data"]["attributes"].contains("branch"));
  const Result<RunFacts> read = parse_skippable_request(request.dump());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->commit_sha, kSha);
  EXPECT_EQ(read->level, TestLevel::kSuite);
  EXPECT_EQ(read->custom, example_facts().custom);
}

TEST(Skippable, IsReadAsItWasWritten) {
  const Result<ParsedSkippable> read = parse_skippable(encode_skippable(example_skippable()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_skippable(read->skippable), encode_skippable(example_skippable()));
  EXPECT_EQ(read->skippable.correlation_id, "corr123");
  ASSERT_EQ(read->skippable.items.size(), 3U);
  EXPECT_EQ(read->skippable.items[0].module, "tests.unit");
  EXPECT_EQ(read->skippable.items[0].parameters, std::nullopt);
  EXPECT_EQ(read->skippable.items[1].parameters, "{\"arguments\":{}}");
  EXPECT_EQ(read->skippable.items[2].level, TestLevel::kSuite);
  EXPECT_EQ(read->skippable.coverage.at(0).path, "lib/a.py");
  EXPECT_EQ(read->skippable.coverage[0].lines, (std::vector<uint32_t>{1, 8, 300}));
  EXPECT_EQ(read->left_out.total(), 0U);
}

TEST(Skippable, IsWrittenAsTheProtocolShowsIt) {
  const json answer = json::parse(encode_skippable(example_skippable()));
  EXPECT_EQ(answer["data"][0], json::parse(R"({"id":"1","type":"test","attributes":{"suite":"test_a.py",
    "name":"test_x[1]","parameters":null,"configurations":{"test.bundle":"tests.unit"}}})"));
  EXPECT_EQ(answer["data"][2], json::parse(R"({"id":"3","type":"suite","attributes":{
    "suite":"Calc at ./spec/calc_spec.rb","configurations":{"test.bundle":"rspec"}}})"));
  EXPECT_EQ(answer["meta"]["coverage"]["/lib/b.py"], "gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
  EXPECT_EQ(json::parse(encode_skippable({})), json::parse(R"({"meta":{"correlation_id":""},"data":[]})"));
}

TEST(Skippable, NamesTestsWithAnyCharacters) {
  for (const std::string& name :
       {std::string("a\"b\\c"), std::string("\n\t\x7F\0", 4), std::string("\xC3\xA9 ~")}) {
    const Result<ParsedSkippable> read =
        parse_skippable(encode_skippable({"c", {{TestLevel::kTest, name, name, name, name}}, {}}));
    ASSERT_TRUE(read) << read.error().message;
    const SkippableItem& item = read->skippable.items.at(0);
    for (const std::string& text : {*item.module, item.suite, item.name, *item.parameters})
      EXPECT_EQ(text, name);
  }
  EXPECT_EQ(parse_skippable(encode_skippable({"", {{TestLevel::kSuite, std::nullopt, "\xFF"}}, {}}))
                ->skippable.items.at(0)
                .suite,
            "\xEF\xBF\xBD");
}

TEST(Skippable, LeavesOutItemsThatNameNoTest) {
  const Result<ParsedSkippable> read = parse_skippable(R"({"meta":7,"data":[5,null,{"type":"test"},
    {"type":"test","attributes":{"suite":"s"}},{"type":"module","attributes":{"suite":"s","name":"n"}},
    {"type":"test","attributes":{"suite":"s","name":1}},
    {"type":"test","attributes":{"suite":"s","name":"n","parameters":{},"configurations":[]}}]})");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->skippable.items.size(), 1U);
  EXPECT_EQ(read->skippable.items[0].module, std::nullopt);
  EXPECT_EQ(read->left_out.total(), 6U);
  EXPECT_TRUE(read->skippable.correlation_id.empty());
}

TEST(Skippable, LeavesOutFilesThatAreNone) {
  const Result<ParsedSkippable> read = parse_skippable(
      R"({"meta":{"coverage":{"/a.py":"QA==","/b.py":"QA","../c.py":"QA==","d.py":5,"e.py":"*"}},"data":[]})");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->skippable.coverage.size(), 2U);
  EXPECT_EQ(read->skippable.coverage[0].lines, (std::vector<uint32_t>{1}));
  EXPECT_EQ(read->left_out.count_of("covered file with a bad path or bitmap"), 3U);
}

TEST(Skippable, SkipsNothingWhereThereIsNoList) {
  for (const char* none : {"{}", "{\"data\":{}}", "[]", "x"})
    EXPECT_EQ(parse_skippable(none).error().code, collector::kNotPayload);
  exchange_each(json::parse(encode_skippable(example_skippable())),
                [](const std::string& text) { (void)parse_skippable(text).ok(); });
}

TEST(Base64, IsThatOfTheStandard) {
  const std::pair<const char*, const char*> known[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : known) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_EQ(base64("\xFB\xFF"), "+/8=");
  EXPECT_EQ(from_base64("+/8"), "\xFB\xFF");
  for (const char* wrong : {"Z", "Zg==x", "Z===", "Zm9v\n", "Zm 9v"})
    EXPECT_EQ(from_base64(wrong), std::nullopt) << wrong;
}

TEST(KnownTests, AreAskedForPageByPage) {
  const json first = json::parse(encode_known_tests_request({example_facts(), std::nullopt}));
  EXPECT_EQ(first["data"]["type"], "ci_app_libraries_tests_request");
  EXPECT_EQ(first["data"]["attributes"]["page_info"], json::object());
  const std::string second = encode_known_tests_request({example_facts(), "c2"});
  EXPECT_EQ(json::parse(second)["data"]["attributes"]["page_info"], json({{"page_state", "c2"}}));
  EXPECT_EQ(parse_known_tests_request(second)->page_state, "c2");
  EXPECT_EQ(parse_known_tests_request(first.dump())->page_state, std::nullopt);
}

TEST(KnownTests, AreReadAsTheyWereWritten) {
  const Result<ParsedKnownTests> read = parse_known_tests(encode_known_tests(example_known_tests()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_known_tests(read->page), encode_known_tests(example_known_tests()));
  EXPECT_EQ(read->page.suites.size(), 3U);
  EXPECT_EQ(read->page.next, "c2");
  EXPECT_EQ(json::parse(encode_known_tests({}))["data"]["attributes"]["tests"], json::object());
}

std::string page(const char* test, const json& info) {
  return json{{"data", {{"attributes", {{"tests", {{"m", {{"s", {test}}}}}}, {"page_info", info}}}}}}.dump();
}

TEST(KnownTests, AreCompleteAfterTheLastPage) {
  KnownTestsPages pages;
  ASSERT_TRUE(pages.take(page("a", {{"has_next", true}, {"cursor", "2"}})));
  EXPECT_FALSE(pages.complete());
  EXPECT_EQ(pages.next(), "2");
  ASSERT_TRUE(pages.take(page("b", nullptr)));
  EXPECT_TRUE(pages.complete());
  EXPECT_EQ(pages.suites().size(), 2U);
}

TEST(KnownTests, AreGivenUpWhereHalfOfThemWouldRemain) {
  EXPECT_FALSE(KnownTestsPages().take(page("a", {{"has_next", true}})));
  EXPECT_FALSE(KnownTestsPages().take(page("a", {{"has_next", true}, {"cursor", ""}})));
  KnownTestsPages circle;
  EXPECT_TRUE(circle.take(page("a", {{"has_next", true}, {"cursor", "2"}})));
  EXPECT_FALSE(circle.take(page("a", {{"has_next", true}, {"cursor", "2"}})));
  KnownTestsPages endless;
  bool taken = true;
  uint32_t asked = 0;
  for (; taken && asked < 20'000; ++asked)
    taken = endless.take(page("a", {{"has_next", true}, {"cursor", std::to_string(asked)}})).ok();
  EXPECT_EQ(asked, KnownTestsPages::kMostPages + 1);
}

TEST(KnownTests, SurviveOtherTypesInEveryMember) {
  const Result<ParsedKnownTests> read =
      parse_known_tests(R"({"data":{"attributes":{"tests":{"m":{"s":["a",1],"t":5},"n":[]}}}})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->page.suites.at(0).tests, (std::vector<std::string>{"a"}));
  EXPECT_EQ(read->left_out.total(), 3U);
  EXPECT_FALSE(parse_known_tests(R"({"data":{"attributes":{"tests":[]}}})"));
  exchange_each(json::parse(encode_known_tests(example_known_tests())),
                [](const std::string& text) { (void)parse_known_tests(text).ok(); });
  exchange_each(json::parse(encode_known_tests_request({example_facts(), "c"})),
                [](const std::string& text) { (void)parse_known_tests_request(text).ok(); });
}

TEST(TestManagement, IsAskedForByCommit) {
  const TestManagementRequest request{"id", "https://x/y.git", kSha, "Fix it", "main"};
  const std::string text = encode_test_management_request(request);
  EXPECT_EQ(json::parse(text),
            json::parse(R"({"data":{"id":"id","type":"ci_app_libraries_tests_request","attributes":{
    "repository_url":"https://x/y.git","commit_message":"Fix it",
    "sha":"0123456789abcdef0123456789abcdef01234567","branch":"main"}}})"));
  const Result<TestManagementRequest> read = parse_test_management_request(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_test_management_request(*read), text);
  exchange_each(json::parse(text),
                [](const std::string& other) { (void)parse_test_management_request(other).ok(); });
}

TEST(TestManagement, IsReadAsItWasWritten) {
  const std::string text = encode_test_management(example_managed_tests());
  EXPECT_EQ(
      json::parse(text)["data"]["attributes"]["modules"]["m"]["suites"]["s"]["tests"]["a"],
      json::parse(
          R"({"properties":{"quarantined":true,"disabled":false,"attempt_to_fix":false,"active":true}})"));
  const Result<ParsedTestManagement> read = parse_test_management(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode_test_management(read->tests), text);
  ASSERT_EQ(read->tests.size(), 3U);
  EXPECT_TRUE(read->tests[1].disabled && !read->tests[1].quarantined);
}

TEST(TestManagement, SurvivesOtherTypesInEveryMember) {
  const Result<ParsedTestManagement> read = parse_test_management(R"({"data":{"attributes":{"modules":{
    "m":{"suites":{"s":{"tests":{"a":{"properties":{"disabled":"true"}},"b":{},"c":5}},"t":{"tests":[]}}},"n":{}}}}})");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->tests.size(), 1U);
  EXPECT_TRUE(read->tests[0].disabled);
  EXPECT_EQ(read->left_out.total(), 4U);
  EXPECT_FALSE(parse_test_management(R"({"data":{"attributes":{}}})"));
  exchange_each(json::parse(encode_test_management(example_managed_tests())),
                [](const std::string& text) { (void)parse_test_management(text).ok(); });
}

TEST(GitMessages, NameCommitsAsTheProtocolShows) {
  const std::string search = encode_commit_search({"https://x/y.git", {kSha}, {}});
  EXPECT_EQ(json::parse(search), json::parse(R"({"meta":{"repository_url":"https://x/y.git"},"data":[
    {"id":"0123456789abcdef0123456789abcdef01234567","type":"commit"}]})"));
  EXPECT_EQ(parse_commit_search(search)->commits, (std::vector<std::string>{kSha}));
  EXPECT_EQ(parse_commit_search(search)->repository_url, "https://x/y.git");
  EXPECT_EQ(parse_known_commits(encode_known_commits({kSha}))->commits, (std::vector<std::string>{kSha}));
  EXPECT_TRUE(parse_known_commits("{\"data\":[]}")->commits.empty());
  const std::string pushed = encode_pushed_commit({"https://x/y.git", kSha});
  EXPECT_EQ(json::parse(pushed)["data"]["type"], "commit");
  EXPECT_EQ(parse_pushed_commit(pushed)->commit, kSha);
  EXPECT_EQ(parse_pushed_commit(pushed)->repository_url, "https://x/y.git");
}

TEST(GitMessages, LetNothingPassThatGitCouldTakeForAnOption) {
  const Result<KnownCommits> known = parse_known_commits(json{
      {"data",
       {{{"id", "--upload-pack=x"}, {"type", "commit"}},
        {{"id", std::string(40, 'A')}, {"type", "commit"}},
        {{"id", std::string(39, 'a')}, {"type", "commit"}},
        {{"id", kSha}, {"type", "tree"}},
        {{"id", 5}, {"type", "commit"}},
        {{"id", std::string(64, 'a')}, {"type", "commit"}}}}}.dump());
  ASSERT_TRUE(known);
  EXPECT_EQ(known->commits, (std::vector<std::string>{std::string(64, 'a')}));
  EXPECT_EQ(known->left_out.count_of("item that is no commit"), 5U);
  EXPECT_FALSE(parse_known_commits("{}"));
  EXPECT_FALSE(parse_pushed_commit(R"({"data":{"id":"x","type":"commit"}})"));
  exchange_each(json::parse(encode_commit_search({"u", {kSha}, {}})), [](const std::string& text) {
    (void)parse_commit_search(text).ok();
    (void)parse_known_commits(text).ok();
    (void)parse_pushed_commit(text).ok();
  });
}

TEST(AgentInfo, IsWrittenAsAgentsDo) {
  const AgentInfo info{{"/evp_proxy/v2/", "/evp_proxy/v4/"}, "none"};
  EXPECT_EQ(
      json::parse(encode_agent_info(info)),
      json::parse(R"({"endpoints":["/evp_proxy/v2/","/evp_proxy/v4/"],"config":{"default_env":"none"}})"));
  EXPECT_EQ(json::parse(encode_agent_info({})), json::parse(R"({"endpoints":[]})"));
}

TEST(ReportEvent, IsReadAsItWasWritten) {
  const ReportEvent event{
      "lcov", 1'795'251'772'793, {"unit", "fast"}, {{"ci.job.name", "j"}, {"git.branch", "b"}}};
  const std::string text = encode_report_event(event);
  EXPECT_EQ(json::parse(text),
            json::parse(R"({"type":"coverage_report","format":"lcov","timestamp":1795251772793,
    "report.flags":["unit","fast"],"ci.job.name":"j","git.branch":"b"})"));
  const Result<ReportEvent> read = parse_report_event(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode_report_event(*read), text);
  EXPECT_EQ(read->tags, event.tags);
  exchange_each(json::parse(text), [](const std::string& other) { (void)parse_report_event(other).ok(); });
  EXPECT_FALSE(parse_report_event("{\"type\":\"x\"}"));
}

TEST(ReportEvent, HasNoFlagsWhereThereAreTooManyAndNoTagsThatAreItsOwn) {
  ReportEvent event{"lcov", 0, std::vector<std::string>(33, "f"), {{"format", "x"}}};
  EXPECT_EQ(json::parse(encode_report_event(event)),
            json::parse(R"({"type":"coverage_report","format":"lcov"})"));
  event.flags.pop_back();
  EXPECT_EQ(json::parse(encode_report_event(event))["report.flags"].size(), 32U);
}

}  // namespace
}  // namespace alibi::payload
