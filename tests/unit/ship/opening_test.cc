#include "collector/ship/opening.h"

#include <gtest/gtest.h>

#include <map>

#include "collector/model/error_codes.h"

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
    return open_report(facts, ask, [this] { log.emplace_back("commits"); });
  }
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
            (std::vector<std::string>{std::string(transport::entry_of(Route::kSettings).name), "commits",
                                      std::string(transport::entry_of(Route::kSkippable).name)}));
  EXPECT_TRUE(opening.problems.empty());
  ASSERT_TRUE(opening.skippable.has_value());
  ASSERT_EQ(opening.skippable->size(), 1u);  // the other item is of another level
  EXPECT_EQ(opening.reporting.correlation_id, "c1");
  EXPECT_TRUE(opening.reporting.wants_coverage);
  EXPECT_TRUE(opening.reporting.skipping);
  EXPECT_EQ(tag(opening.reporting.tags, "test.command"), "pytest -x");
  EXPECT_EQ(tag(opening.reporting.tags, "test_session.name"), "job-pytest");
  EXPECT_EQ(encode_opening(opening), R"({"reporting":true,"root":"/repo","skippable":[["m","s","n"]]})");
}

TEST(Opening, AsksForSettingsAgainWhereTheServiceWantsCommitsFirst) {
  Service service;
  service.answers = {{Route::kSettings, {R"({"data":{"attributes":{"require_git":true}}})", kAll}},
                     {Route::kSkippable, {kListed}}};
  const Opening opening = service.open(facts());
  ASSERT_EQ(service.log.size(), 4u);
  EXPECT_EQ(service.log[1], "commits");
  EXPECT_EQ(service.log[2], service.log[0]);
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
  EXPECT_EQ(encode_opening(opening), R"({"reporting":true,"root":"/repo","skippable":null})");
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
  without.itr_switched_off = true;
  const Opening opening = service.open(without);
  EXPECT_EQ(service.log.size(), 2u);
  EXPECT_FALSE(opening.reporting.wants_coverage);
  EXPECT_FALSE(opening.skippable.has_value());
}

TEST(Opening, ARunnerThatDoesNotSayWhatItIsIsTold) {
  EXPECT_FALSE(read_run_description("").ok());
  EXPECT_FALSE(read_run_description(R"({"framework":5,"root":"/x"})").ok());
  EXPECT_TRUE(read_run_description(R"({"framework":"pytest","root":"/x","command":[]})").ok());
}

}  // namespace
}  // namespace alibi::ship
