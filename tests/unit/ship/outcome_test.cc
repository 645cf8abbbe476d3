#include "collector/ship/outcome.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace alibi::ship {
namespace {

using payload::Tags;

const Tags kToFix = {{"test.test_management.is_attempt_to_fix", "true"}};

// "pfs": passed, failed, skipped.
std::vector<Attempt> attempts(std::string_view letters, const Tags& tags = {}) {
  std::vector<Attempt> made;
  for (const char letter : letters) {
    Attempt attempt;
    attempt.status = letter == 'p' ? Status::kPass : letter == 'f' ? Status::kFail : Status::kSkip;
    attempt.tags = tags;
    made.push_back(attempt);
  }
  return made;
}

Status outcome(std::string_view letters, const Tags& tags = {}) {
  std::vector<Attempt> all = attempts(letters, tags);
  return settle_attempts(&all);
}

std::string last(std::string_view letters, std::string_view name, const Tags& tags = {}) {
  std::vector<Attempt> all = attempts(letters, tags);
  settle_attempts(&all);
  for (size_t at = 0; at + 1 < all.size(); ++at) EXPECT_EQ(tag_of(all[at].tags, name), "");
  return std::string(tag_of(all.back().tags, name));
}

TEST(Outcome, OneSuccessIsEnough) {
  EXPECT_EQ(outcome("p"), Status::kPass);
  EXPECT_EQ(outcome("fp"), Status::kPass);
  EXPECT_EQ(outcome("pf"), Status::kPass);  // a new test that turned out to be flaky
  EXPECT_EQ(outcome("ff"), Status::kFail);
  EXPECT_EQ(outcome("fs"), Status::kFail);
  EXPECT_EQ(outcome("s"), Status::kSkip);
}

TEST(Outcome, ATestThatIsToBeFixedHasToPassEachTime) {
  EXPECT_EQ(outcome("ppp", kToFix), Status::kPass);
  EXPECT_EQ(outcome("ppf", kToFix), Status::kFail);
  EXPECT_EQ(outcome("ps", kToFix), Status::kSkip);
  EXPECT_EQ(outcome("s", kToFix), Status::kSkip);
}

// What the adapters of the test runners count on.
TEST(Outcome, IsThatOfTheExamplesThatHoldForAllRunners) {
  std::ifstream file(ALIBI_RETRY_EXAMPLES);
  const nlohmann::json document = nlohmann::json::parse(file);
  ASSERT_FALSE(document["examples"].empty());
  for (const nlohmann::json& example : document["examples"]) {
    std::string letters;
    for (const nlohmann::json& attempt : example["attempts"])
      letters += attempt[0].get<std::string>().front();
    const Status status = outcome(letters, example.value("attempt_to_fix", false) ? kToFix : Tags());
    EXPECT_EQ(status_name(status), example["final"].get<std::string>()) << example["name"];
  }
}

TEST(Outcome, AFailureOfAQuarantinedOrDisabledTestIsForgiven) {
  for (const char* mark : {"test.test_management.is_quarantined", "test.test_management.is_test_disabled"}) {
    EXPECT_EQ(outcome("ff", {{mark, "true"}}), Status::kPass) << mark;
    EXPECT_EQ(outcome("pf", {{mark, "true"}, kToFix[0]}), Status::kPass) << mark;
    EXPECT_EQ(outcome("s", {{mark, "true"}}), Status::kSkip) << mark;
    EXPECT_EQ(outcome("f", {{mark, "false"}}), Status::kFail) << mark;
  }
}

TEST(Outcome, TheLastAttemptAloneHasTheFinalStatus) {
  EXPECT_EQ(last("p", "test.final_status"), "pass");
  EXPECT_EQ(last("fff", "test.final_status"), "fail");
  const Tags told = {{"test.final_status", "skip"}};  // the run does not decide
  EXPECT_EQ(last("ff", "test.final_status", told), "fail");
}

TEST(Outcome, AttemptsAfterTheFirstAreRetriesWithAReason) {
  std::vector<Attempt> all = attempts("fff");
  all[1].tags = {{"test.retry_reason", "auto_test_retry"}, {"test.is_retry", "true"}};
  settle_attempts(&all);
  EXPECT_EQ(tag_of(all[0].tags, "test.is_retry"), "");
  EXPECT_EQ(tag_of(all[0].tags, "test.retry_reason"), "");
  EXPECT_EQ(tag_of(all[1].tags, "test.is_retry"), "true");
  EXPECT_EQ(std::ranges::count(all[1].tags, std::pair<std::string, std::string>("test.is_retry", "true")), 1);
  EXPECT_EQ(tag_of(all[1].tags, "test.retry_reason"), "auto_test_retry");
  EXPECT_EQ(tag_of(all[2].tags, "test.retry_reason"), "external");
}

TEST(Outcome, RetriesThatAllFailedAreMarkedAtTheLast) {
  EXPECT_EQ(last("ff", "test.has_failed_all_retries"), "true");
  EXPECT_EQ(last("f", "test.has_failed_all_retries"), "");
  EXPECT_EQ(last("fp", "test.has_failed_all_retries"), "");
  EXPECT_EQ(last("fs", "test.has_failed_all_retries"), "");
}

TEST(Outcome, WhetherAnAttemptToFixSucceededIsToldWhateverIsForgiven) {
  constexpr char kPassed[] = "test.test_management.attempt_to_fix_passed";
  EXPECT_EQ(last("pp", kPassed, kToFix), "true");
  EXPECT_EQ(last("pf", kPassed, kToFix), "false");
  EXPECT_EQ(last("pf", kPassed, {kToFix[0], {"test.test_management.is_quarantined", "true"}}), "false");
  EXPECT_EQ(last("s", kPassed, kToFix), "");
  EXPECT_EQ(last("ff", kPassed), "");
}

TEST(Outcome, ATestThatDidNotRunIsSkipped) {
  Attempt attempt;
  attempt.tags = {{"test.final_status", "pass"}};
  settle_left_out(&attempt);
  EXPECT_EQ(attempt.status, Status::kSkip);
  EXPECT_EQ(attempt.tags, (Tags{{"test.final_status", "skip"}}));
}

}  // namespace
}  // namespace alibi::ship
