#include "collector/ship/opening.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "collector/model/error_codes.h"
#include "collector/ship/opening_json.h"

namespace alibi::ship {
namespace {

using transport::Route;

constexpr char kAll[] =
    R"({"data":{"attributes":{"itr_enabled":true,"code_coverage":true,"tests_skipping":true,"require_git":false}}})";
constexpr char kListed[] =
    R"({"meta":{"correlation_id":"c1"},"data":[{"type":"test","attributes":{"suite":"s","name":"n","configurations":{"test.bundle":"m"}}},{"type":"suite","attributes":{"suite":"t"}}]})";

struct Service {
  std::map<Route, std::vector<std::string>> answers;  // one after the other, the last one stays; none: fails
  std::vector<std::string> log;
  std::vector<std::string> bodies;
  std::string diff;  // empty: there is none to be had
  bool commits_fail = false;
  bool out_of_memory = false;

  Opening open(const SessionFacts& facts) {
    const Ask ask = [this](Route route, std::string_view json) -> Result<std::string> {
      log.emplace_back(transport::entry_of(route).name);
      bodies.emplace_back(json);
      std::vector<std::string>& known = answers[route];
      if (known.empty()) return Error{collector::kNotReached, 0, "nobody answers"};
      std::string answer = known.front();
      if (known.size() > 1) known.erase(known.begin());
      return answer;
    };
    const Doors doors{ask,
                      [this]() -> Result<void> {
                        log.emplace_back("commits");
                        if (commits_fail) return Error{collector::kGitFailed, 0, "git is away"};
                        return {};
                      },
                      [this]() -> Result<origin::ChangedRanges> {
                        log.emplace_back("changes");
                        if (diff.empty()) return Error{collector::kGitFailed, 0, "no base commit"};
                        return origin::ChangedRanges::parse(diff);
                      },
                      [this](const Jobs& jobs) {
                        log.push_back("at once: " + std::to_string(jobs.size()));
                        if (out_of_memory) return;
                        for (const auto& job : jobs) job();
                      }};
    return open_report(facts, doors);
  }

  std::multiset<std::string> asked() const { return {log.begin(), log.end()}; }
};

SessionFacts facts() {
  SessionFacts made;
  made.run.framework = "pytest";
  made.run.command = "pytest -x";
  made.run.language = "python";
  made.root = "/repo";
  made.origin.service.name = "shop";
  made.origin.tags = {{"git.repository_url", "https://x/y.git"}, {"git.commit.sha", "abc"}};
  made.origin.session_name = "job-pytest";
  made.session_id = 5;
  made.runtime_id = "0123";
  return made;
}

std::string tag(const payload::Tags& tags, const std::string& name) {
  for (const auto& [key, value] : tags) {
    if (key == name) return value;
  }
  return "(none)";
}

TEST(Opening, AsksForSettingsTellsCommitsAndThenAsksWhatMayBeSkipped) {
  Service service;
  service.answers = {{Route::kSettings, {kAll}}, {Route::kSkippable, {kListed}}};
  const Opening opening = service.open(facts());
  EXPECT_EQ(service.log,
            (std::vector<std::string>{"settings", "at once: 1", "commits", "at once: 1", "skippable"}));
  EXPECT_TRUE(opening.problems.empty());
  ASSERT_TRUE(opening.skippable.has_value());
  ASSERT_EQ(opening.skippable->size(), 1u);  // the other item is of another level
  EXPECT_EQ(opening.reporting.correlation_id, "c1");
  EXPECT_TRUE(opening.reporting.wants_coverage);
  EXPECT_TRUE(opening.reporting.skipping);
  EXPECT_EQ(tag(opening.reporting.tags, "test.command"), "pytest -x");
  EXPECT_EQ(tag(opening.reporting.tags, "test_session.name"), "job-pytest");
  EXPECT_EQ(
      encode_opening(opening),
      R"({"attempt_to_fix_retries":20,"early_flake_detection":null,"flaky_test_retries":null,"known":null,)"
      R"("managed":null,"modified":null,"reporting":true,"root":"/repo","skippable":[["m","s","n",null]]})");
}

TEST(Opening, AsksForSettingsAgainWhereTheServiceWantsCommitsFirst) {
  Service service;
  service.answers = {{Route::kSettings, {R"({"data":{"attributes":{"require_git":true}}})", kAll}},
                     {Route::kSkippable, {kListed}}};
  const Opening opening = service.open(facts());
  EXPECT_EQ(service.log, (std::vector<std::string>{"settings", "at once: 1", "commits", "settings",
                                                   "at once: 1", "skippable"}));
  EXPECT_TRUE(opening.reporting.skipping);
}

TEST(Opening, AServiceThatDoesNotAnswerIsAskedOnceAndItsFeaturesAreOff) {
  Service service;
  const Opening opening = service.open(facts());
  EXPECT_EQ(service.log.size(), 1u);
  EXPECT_EQ(opening.problems, (std::vector<std::string>{"nobody answers"}));
  EXPECT_FALSE(opening.skippable.has_value());
  EXPECT_FALSE(opening.reporting.wants_coverage);
  EXPECT_EQ(tag(opening.reporting.session_tags, "_dd.ci.library_configuration_error.settings"), "true");
  EXPECT_FALSE(opening.known || opening.managed || opening.flaky_test_retries || opening.modified);
}

TEST(Opening, AListThatIsNoneIsNoOpinion) {
  Service service;
  service.answers = {{Route::kSettings, {kAll}}, {Route::kSkippable, {"[]"}}};
  const Opening opening = service.open(facts());
  EXPECT_FALSE(opening.skippable.has_value());
  EXPECT_EQ(tag(opening.reporting.session_tags, "_dd.ci.library_configuration_error.skippable_tests"),
            "true");
}

TEST(Opening, TheUserMaySwitchTestImpactAnalysisOff) {
  Service service;
  service.answers = {{Route::kSettings, {kAll}}, {Route::kSkippable, {kListed}}};
  SessionFacts without = facts();
  without.switches.test_impact_analysis = false;
  const Opening opening = service.open(without);
  EXPECT_EQ(service.asked().count("skippable"), 0u);
  EXPECT_FALSE(opening.reporting.wants_coverage);
  EXPECT_FALSE(opening.skippable.has_value());
}

TEST(Opening, ARunnerThatDoesNotSayWhatItIsIsTold) {
  EXPECT_FALSE(read_run_description("").ok());
  EXPECT_FALSE(read_run_description(R"({"framework":5,"root":"/x"})").ok());
  EXPECT_TRUE(read_run_description(R"({"framework":"pytest","root":"/x","command":[]})").ok());
}

constexpr char kFeatures[] =
    R"({"data":{"attributes":{"known_tests_enabled":true,"flaky_test_retries_enabled":true,"impacted_tests_enabled":true,
    "early_flake_detection":{"enabled":true,"slow_test_retries":{"5s":3,"1m":1},"faulty_session_threshold":40},
    "test_management":{"enabled":true,"attempt_to_fix_retries":7}}}})";
constexpr char kFirstPage[] =
    R"({"data":{"attributes":{"tests":{"m":{"s":["a"],"empty":[]}},"page_info":{"cursor":"p2","has_next":true}}}})";
constexpr char kSecondPage[] = R"({"data":{"attributes":{"tests":{"m":{"s":["b"]}}}}})";
constexpr char kManaged[] =
    R"({"data":{"attributes":{"modules":{"m":{"suites":{"s":{"tests":{
    "bad":{"properties":{"quarantined":true,"attempt_to_fix":true}},"off":{"properties":{"disabled":true}},"fine":{"properties":{"active":true}}}}}}}}}})";
constexpr char kDiff[] = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -3,0 +4,2 @@\n+a\n+b\n";

Service with_features() {
  Service service;
  service.answers = {{Route::kSettings, {kFeatures}},
                     {Route::kKnownTests, {kFirstPage, kSecondPage}},
                     {Route::kTestManagement, {kManaged}}};
  service.diff = kDiff;
  return service;
}

SessionFacts with_impacted_tests() {
  SessionFacts made = facts();
  made.switches.impacted_tests = true;
  return made;
}

TEST(Opening, AsksForEverythingThatTheSettingsNameTogetherWithTheCommits) {
  Service service = with_features();
  const Opening opening = service.open(with_impacted_tests());
  EXPECT_EQ(service.log, (std::vector<std::string>{"settings", "at once: 4", "commits", "known_tests",
                                                   "known_tests", "test_management", "changes"}));
  EXPECT_TRUE(opening.problems.empty());
  const nlohmann::json told = nlohmann::json::parse(encode_opening(opening));
  EXPECT_EQ(told["known"], nlohmann::json::parse(R"({"m":{"s":["a","b"]}})"));
  EXPECT_EQ(told["early_flake_detection"],
            nlohmann::json::parse(R"({"retries":[[5,3],[60,1]],"faulty_percent":40})"));
  EXPECT_EQ(told["flaky_test_retries"], nlohmann::json::parse(R"({"per_test":5,"tests":1000})"));
  EXPECT_EQ(told["managed"],
            nlohmann::json::parse(
                R"([["m","s","bad",["quarantined","attempt_to_fix"]],["m","s","off",["disabled"]]])"));
  EXPECT_EQ(told["attempt_to_fix_retries"], 7);
  EXPECT_EQ(told["modified"], nlohmann::json::parse(R"({"x.py":[[4,5]]})"));
  EXPECT_EQ(told["skippable"], nullptr);
}

TEST(Opening, AsksForTheNextPageWithTheCursorOfTheLast) {
  Service service = with_features();
  service.open(facts());
  const auto pages = [&](size_t at) {
    return nlohmann::json::parse(service.bodies.at(at))["data"]["attributes"]["page_info"].dump();
  };
  EXPECT_EQ(pages(1), "{}");
  EXPECT_EQ(pages(2), R"({"page_state":"p2"})");
}

TEST(Opening, TestManagementIsAskedForTheCommitThatSomebodyWrote) {
  Service service = with_features();
  SessionFacts of_pull_request = facts();
  of_pull_request.origin.tags["git.commit.message"] = "merge";
  of_pull_request.origin.tags["git.commit.head.sha"] = "def";
  of_pull_request.origin.tags["git.commit.head.message"] = "Fix it";
  service.open(of_pull_request);
  const nlohmann::json asked = nlohmann::json::parse(service.bodies.back())["data"]["attributes"];
  EXPECT_EQ(asked["sha"], "def");
  EXPECT_EQ(asked["commit_message"], "Fix it");
  Service again = with_features();
  again.open(facts());
  EXPECT_EQ(nlohmann::json::parse(again.bodies.back())["data"]["attributes"]["sha"], "abc");
}

TEST(Opening, AsksOnlyOnceForWhatBothSettingsWantAndAfterThemForWhatTheSecondAdd) {
  Service service = with_features();
  service.answers[Route::kSettings] = {
      R"({"data":{"attributes":{"require_git":true,"known_tests_enabled":true}}})", kFeatures};
  const Opening opening = service.open(facts());
  EXPECT_EQ(service.log,
            (std::vector<std::string>{"settings", "at once: 2", "commits", "known_tests", "known_tests",
                                      "settings", "at once: 1", "test_management"}));
  EXPECT_TRUE(opening.known && opening.managed);
}

TEST(Opening, WhatTheSecondSettingsDoNotWantIsOff) {
  Service service = with_features();
  service.answers[Route::kSettings] = {
      R"({"data":{"attributes":{"require_git":true,"known_tests_enabled":true}}})",
      R"({"data":{"attributes":{}}})"};
  EXPECT_FALSE(service.open(facts()).known);
}

TEST(Opening, AQuestionThatFailsIsAFeatureThatIsOffATagAndALine) {
  Service service = with_features();
  service.answers[Route::kKnownTests] = {kFirstPage, "nonsense"};
  service.answers[Route::kTestManagement] = {};
  service.diff.clear();
  service.commits_fail = true;
  const Opening opening = service.open(with_impacted_tests());
  EXPECT_FALSE(opening.known || opening.early_flake_detection || opening.managed || opening.modified);
  EXPECT_TRUE(opening.flaky_test_retries);
  const payload::Tags& tags = opening.reporting.session_tags;
  EXPECT_EQ(tag(tags, "_dd.ci.library_configuration_error.known_tests"), "true");
  EXPECT_EQ(tag(tags, "_dd.ci.library_configuration_error.test_management_tests"), "true");
  EXPECT_EQ(opening.problems.size(), 4u);
}

TEST(Opening, AThreadThatHadNoMemoryLeavesItsFeatureOff) {
  Service service = with_features();
  service.out_of_memory = true;
  const Opening opening = service.open(facts());
  EXPECT_FALSE(opening.known || opening.managed);
  EXPECT_EQ(tag(opening.reporting.session_tags, "_dd.ci.library_configuration_error.known_tests"), "true");
}

TEST(Opening, WhereNothingIsKnownNothingIsNew) {
  Service service = with_features();
  service.answers[Route::kKnownTests] = {R"({"data":{"attributes":{"tests":{"m":{"s":[]}}}}})"};
  const Opening opening = service.open(facts());
  EXPECT_FALSE(opening.known || opening.early_flake_detection);
  EXPECT_TRUE(opening.problems.empty());
}

TEST(Opening, EarlyFlakeDetectionNeedsKnownTests) {
  Service service = with_features();
  service.answers[Route::kSettings] = {
      R"({"data":{"attributes":{"early_flake_detection":{"enabled":true}}}})"};
  EXPECT_FALSE(service.open(facts()).early_flake_detection);
}

TEST(Opening, TheUserMaySwitchEachFeatureOff) {
  Service service = with_features();
  SessionFacts without = facts();  // impacted tests are off unless switched on
  without.switches.flaky_test_retries = without.switches.early_flake_detection = false;
  without.switches.test_management = false;
  const Opening opening = service.open(without);
  EXPECT_FALSE(opening.early_flake_detection || opening.flaky_test_retries || opening.managed ||
               opening.modified);
  EXPECT_TRUE(opening.known);
  EXPECT_EQ(service.asked().count("test_management") + service.asked().count("changes"), 0u);
}

TEST(Opening, SaysWhatTheClientCanDoAndWhatIsOn) {
  const Opening opening = with_features().open(facts());
  const payload::Tags& can = opening.reporting.test_tags;
  EXPECT_EQ(can.size(), 7u);
  EXPECT_EQ(tag(can, "_dd.library_capabilities.test_management.attempt_to_fix"), "5");
  EXPECT_EQ(tag(can, "_dd.library_capabilities.early_flake_detection"), "1");
  EXPECT_EQ(opening.reporting.session_only_tags,
            (payload::Tags{{"test.test_management.enabled", "true"}, {"test.early_flake.enabled", "true"}}));
  SessionFacts ruby = facts();
  ruby.run.language = "ruby";
  EXPECT_EQ(
      tag(with_features().open(ruby).reporting.test_tags, "_dd.library_capabilities.coverage_report_upload"),
      "(none)");
  Service silent;
  EXPECT_TRUE(silent.open(facts()).reporting.session_only_tags.empty());
}

TEST(Opening, ACoverageReportIsWantedByTheServiceAndInPythonByTheVariable) {
  const auto wanted = [](const char* language, bool asked, std::optional<bool> said) {
    Service service;
    service.answers[Route::kSettings] = {
        asked ? R"({"data":{"attributes":{"coverage_report_upload_enabled":true}}})"
              : R"({"data":{"attributes":{}}})"};
    SessionFacts run = facts();
    run.run.language = language;
    run.switches.coverage_report_upload = said;
    run.switches.coverage_flags = {"unit"};
    const Opening opening = service.open(run);
    EXPECT_EQ(opening.reporting.report_flags, (std::vector<std::string>{"unit"}));
    return opening.reporting.wants_report;
  };
  for (const char* language : {"python", "ruby"}) {
    EXPECT_TRUE(wanted(language, true, std::nullopt)) << language;
    EXPECT_FALSE(wanted(language, false, std::nullopt)) << language;
    EXPECT_FALSE(wanted(language, true, false)) << language;
  }
  EXPECT_TRUE(wanted("python", false, true));
  EXPECT_FALSE(wanted("ruby", false, true));
}

TEST(Opening, ThePythonVariableForAttemptsToFixGoesBeforeTheAnswerTheRubyOneAfterIt) {
  SessionFacts said = facts();
  said.switches.attempt_to_fix_retries = 3;
  EXPECT_EQ(with_features().open(said).attempt_to_fix_retries, 3u);
  said.run.language = "ruby";
  EXPECT_EQ(with_features().open(said).attempt_to_fix_retries, 7u);
  Service silent;
  silent.answers[Route::kSettings] = {R"({"data":{"attributes":{}}})"};
  EXPECT_EQ(silent.open(said).attempt_to_fix_retries, 3u);
}

TEST(Opening, ParametersOfSkippableTestsArePassedOn) {
  Opening opening;
  opening.skippable = {{payload::TestLevel::kTest, "m", "s", "n", R"({"arguments":{}})"}};
  EXPECT_EQ(nlohmann::json::parse(encode_opening(opening))["skippable"],
            nlohmann::json::parse(R"([["m","s","n","{\"arguments\":{}}"]])"));
}

}  // namespace
}  // namespace alibi::ship
