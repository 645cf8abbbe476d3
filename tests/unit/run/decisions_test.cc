#include <gtest/gtest.h>
#include <signal.h>

#include "collector/run/escalation.h"
#include "collector/run/ledger.h"
#include "collector/run/worker_environment.h"

namespace alibi::run {
namespace {

TEST(Escalation, SendsTheSignalOnceThenTermThenKill) {
  Escalation escalation;
  EXPECT_FALSE(escalation.due(0));
  escalation.begin(SIGINT, 100, 50);
  EXPECT_EQ(escalation.due(100), SIGINT);
  EXPECT_FALSE(escalation.due(149));
  EXPECT_EQ(escalation.next_at(), 150);
  EXPECT_EQ(escalation.due(150), SIGTERM);
  EXPECT_EQ(escalation.due(200), SIGKILL);
  EXPECT_FALSE(escalation.due(10'000));
  EXPECT_FALSE(escalation.next_at());
}

TEST(Escalation, DoesNotSendTermTwice) {
  Escalation escalation;
  escalation.begin(SIGTERM, 0, 50);
  EXPECT_EQ(escalation.due(0), SIGTERM);
  EXPECT_EQ(escalation.due(50), SIGKILL);
}

TEST(Escalation, GoesOnAtOnceWhenAskedAgain) {
  Escalation escalation;
  escalation.begin(SIGINT, 0, 10'000);
  EXPECT_EQ(escalation.due(0), SIGINT);
  escalation.begin(SIGTERM, 1, 10'000);  // it has begun
  escalation.hasten(1);
  EXPECT_EQ(escalation.due(1), SIGTERM);
  EXPECT_FALSE(escalation.due(1));
  escalation.hasten(2);
  EXPECT_EQ(escalation.due(2), SIGKILL);
}

RunRequest request_with(std::map<std::string, std::string> environment) {
  RunRequest request;
  request.environment = std::move(environment);
  request.node = 3;
  request.session_name = "shop";
  request.manifest = "/p/.testoptimization/manifest.txt";
  return request;
}

TEST(WorkerEnvironment, PutsTheLaunchOverTheParentAndTheUserOverBoth) {
  RunRequest request = request_with({{"A", "parent"}, {"B", "parent"}, {"C", "parent"}, {"D", "parent"}});
  request.worker_env = {{"B", "user-{{nodeIndex}}-{{workerIndex}}-{{workerIndex}}"}};
  framework::Launch launch;
  launch.environment = {{"A", "launch"}, {"B", "launch"}, {"C", std::nullopt}};
  const auto variables = worker_environment(request, launch, 2);
  EXPECT_EQ(variables.at("A"), "launch");
  EXPECT_EQ(variables.at("B"), "user-3-2-2");
  EXPECT_FALSE(variables.contains("C"));
  EXPECT_EQ(variables.at("D"), "parent");
}

TEST(WorkerEnvironment, NamesTheSessionAsTheUserThenTheParentThenItself) {
  EXPECT_EQ(worker_environment(request_with({}), {}, 1).at("DD_TEST_SESSION_NAME"), "shop-node-3-worker-1");
  RunRequest request = request_with({{"DD_TEST_SESSION_NAME", "ci-{{nodeIndex}}"}});
  EXPECT_EQ(worker_environment(request, {}, 1).at("DD_TEST_SESSION_NAME"), "ci-3");
  request.worker_env = {{"DD_TEST_SESSION_NAME", "mine-{{workerIndex}}"}};
  EXPECT_EQ(worker_environment(request, {}, 1).at("DD_TEST_SESSION_NAME"), "mine-1");
  EXPECT_EQ(
      worker_environment(request_with({{"DD_TEST_SESSION_NAME", ""}}), {}, 0).at("DD_TEST_SESSION_NAME"),
      "shop-node-3-worker-0");
}

TEST(WorkerEnvironment, NamesTheManifestUnlessSomebodyElseHas) {
  const auto ours = worker_environment(request_with({}), {}, 0);
  EXPECT_EQ(ours.at("TEST_OPTIMIZATION_MANIFEST_FILE"), "/p/.testoptimization/manifest.txt");
  EXPECT_EQ(ours.at("DD_TEST_OPTIMIZATION_MANIFEST_FILE"), "/p/.testoptimization/manifest.txt");
  const auto theirs = worker_environment(request_with({{"DD_TEST_OPTIMIZATION_MANIFEST_FILE", "/x"}}), {}, 0);
  EXPECT_EQ(theirs.at("DD_TEST_OPTIMIZATION_MANIFEST_FILE"), "/x");
  EXPECT_FALSE(theirs.contains("TEST_OPTIMIZATION_MANIFEST_FILE"));
}

RunOutcome outcome_of(const Ledger& ledger, Ledger::Ending ending = {}) {
  RunOutcome outcome;
  ledger.fill(ending, &outcome);
  return outcome;
}

TEST(Ledger, OrdersTheStatusesOfProcessesFromBadToWorse) {
  const std::vector<std::pair<ProcessFate, int>> order = {
      {ProcessFate::kPassed, 0},     {ProcessFate::kFailed, 1},      {ProcessFate::kFailed, 77},
      {ProcessFate::kTimedOut, 124}, {ProcessFate::kInterrupted, 2}, {ProcessFate::kBroken, 4},
      {ProcessFate::kKilled, 137}};
  Ledger ledger(0, {}, 1);
  for (const auto& [fate, status] : order) {
    ledger.process_ended({0, fate, status, {}});
    EXPECT_EQ(outcome_of(ledger).exit_status, status);
  }
  ledger.process_ended({0, ProcessFate::kFailed, 1, {}});
  EXPECT_EQ(outcome_of(ledger).exit_status, 137);
  EXPECT_EQ(outcome_of(ledger, {false, SIGINT, false}).exit_status, 130);
}

TEST(Ledger, ForgivesAProcessWhenAllThatItFailedWithPassedAtLast) {
  Ledger ledger(2, {{0, 1}}, 1);
  for (const size_t unit : {0, 1}) {
    ledger.claimed(unit, 0);
    ledger.result({unit, 0, UnitEnd::kFailed, 5, true, {}});
  }
  ledger.process_ended({0, ProcessFate::kFailed, 1, {0, 1}});
  ledger.result({0, 0, UnitEnd::kPassed, 5, true, {}});
  EXPECT_EQ(outcome_of(ledger).exit_status, 1);
  ledger.result({1, 0, UnitEnd::kPassed, 5, true, {}});
  EXPECT_EQ(outcome_of(ledger).exit_status, 0);
  ledger.process_ended({0, ProcessFate::kFailed, 1, {}});  // with something that is no file
  EXPECT_EQ(outcome_of(ledger).exit_status, 1);
}

TEST(Ledger, FailsWhenAFileFailedWhateverItsProcessSays) {
  Ledger ledger(1, {{0}}, 1);
  ledger.result({0, 0, UnitEnd::kFailed, 5, true, {}});
  ledger.process_ended({0, ProcessFate::kPassed, 0, {0}});
  EXPECT_EQ(outcome_of(ledger).exit_status, 1);
}

TEST(Ledger, HasWhatWasPlannedAndNotClaimedOnlyWhenTheRunWasCutShort) {
  Ledger ledger(3, {{0}, {1}}, 2);  // the third is another node's
  ledger.claimed(0, 0);
  ledger.result({0, 0, UnitEnd::kPassed, 5, true, {}});
  EXPECT_EQ(outcome_of(ledger).units.size(), 1U);
  const RunOutcome cut = outcome_of(ledger, {true, 0, false});
  ASSERT_EQ(cut.units.size(), 2U);
  EXPECT_EQ(cut.units[1].end, UnitEnd::kNotRun);
  EXPECT_EQ(cut.exit_status, 1);
}

TEST(Ledger, CountsWhatOthersRanThanPlannedAndKeepsTheResultOfAnUnfinishedRetry) {
  Ledger ledger(1, {{0}, {}}, 2);
  ledger.claimed(0, 1);
  ledger.result({0, 1, UnitEnd::kFailed, 5, true, {"a::x"}});
  ledger.result({0, 0, UnitEnd::kNotRun, 1, true, {}});
  const RunOutcome outcome = outcome_of(ledger);
  EXPECT_EQ(outcome.stolen, 1U);
  EXPECT_EQ(outcome.units[0].end, UnitEnd::kFailed);
  plan::Unit whole;
  whole.file = "a";
  EXPECT_EQ(ledger.to_retry(0, whole).selectors, std::vector<std::string>{"a::x"});
}

TEST(Forgiveness, IsForWhatFailedWithItsUnitsAloneAndPassedOnARetry) {
  const auto status_after = [](ProcessFate fate, bool failed_outside) {
    Ledger ledger(1, {{0}}, 1);
    ledger.claimed(0, 0);
    ledger.result({0, 0, UnitEnd::kFailed, 1, true, {}});
    ledger.process_ended({0, fate, 7, {0}, failed_outside});
    ledger.result({0, 0, UnitEnd::kPassed, 1, true, {}});
    ledger.process_ended({0, ProcessFate::kPassed, 0, {}});
    RunOutcome outcome;
    ledger.fill({}, &outcome);
    return outcome.exit_status;
  };
  EXPECT_EQ(status_after(ProcessFate::kFailed, false), 0);
  EXPECT_EQ(status_after(ProcessFate::kKilled, false), 0);
  EXPECT_EQ(status_after(ProcessFate::kFailed, true), 7);
  EXPECT_EQ(status_after(ProcessFate::kKilled, true), 7);
  EXPECT_EQ(status_after(ProcessFate::kInterrupted, false), 7);
  EXPECT_EQ(status_after(ProcessFate::kBroken, false), 7);
}

}  // namespace
}  // namespace alibi::run
