#include "collector/ship/run_report.h"

#include <gtest/gtest.h>

#include <set>

#include "collector/ship/attempt.h"

namespace alibi::ship {
namespace {

using collector::SessionCoverage;
using collector::TestCoverage;
using payload::Event;
using payload::EventType;

constexpr uint64_t kSecond = 1'000'000'000;

Reporting reporting() {
  Reporting made;
  made.session_id = 77;
  made.framework = "pytest";
  made.service = "shop";
  made.root = "/repo";
  made.tags = {{"language", "python"}};
  made.test_tags = {{"_dd.library_capabilities.test_impact_analysis", "1"}};
  made.session_tags = {{"test.command", "pytest"}};
  made.correlation_id = "c1";
  return made;
}

std::string note(const std::string& suite, const std::string& name, const std::string& status, uint64_t start,
                 const std::string& more = "") {
  return R"({"module":"m","suite":")" + suite + R"(","name":")" + name + R"(","status":")" + status +
         R"(","start_ns":)" + std::to_string(start) + R"(,"duration_ns":5)" + more + "}";
}

TestCoverage test(const std::string& id, std::vector<std::string> notes) {
  TestCoverage made;
  made.id = id;
  made.notes = std::move(notes);
  return made;
}

SessionCoverage session(std::vector<TestCoverage> tests, int exit_status = 0) {
  SessionCoverage made;
  made.description.started_unix_ns = kSecond;
  made.description.complete = true;
  made.description.exit_status = exit_status;
  made.tests = std::move(tests);
  return made;
}

std::string tag(const Event& event, const std::string& name) {
  std::string found = "(none)";
  for (const auto& [key, value] : event.meta) {
    if (key == name) found = value;
  }
  return found;
}

std::vector<Event> events_of(const RunReport& report, EventType type) {
  std::vector<Event> found;
  for (const Event& event : report.cycle.events) {
    if (event.type == type) found.push_back(event);
  }
  return found;
}

TEST(RunReport, ATestIsOneEventInItsSuiteItsModuleAndTheSession) {
  const RunReport report =
      report_of(session({test("m/test_a.py::test_x", {note("test_a.py", "test_x", "pass", 2 * kSecond)})}),
                reporting());
  ASSERT_EQ(report.cycle.events.size(), 4u);
  const Event& x = report.cycle.events[0];
  EXPECT_EQ(x.type, EventType::kTest);
  EXPECT_EQ(x.version, 2u);
  EXPECT_EQ(x.name, "pytest.test");
  EXPECT_EQ(x.resource, "test_x");
  EXPECT_EQ(x.service, "shop");
  EXPECT_EQ(x.correlation_id, "c1");
  EXPECT_EQ(x.start_ns, 2 * kSecond);
  EXPECT_EQ(x.duration_ns, 5u);
  EXPECT_FALSE(x.error);
  EXPECT_EQ(tag(x, "test.status"), "pass");
  EXPECT_EQ(tag(x, "test.final_status"), "pass");
  EXPECT_EQ(tag(x, "test.suite"), "test_a.py");
  EXPECT_EQ(tag(x, "test.command"), "pytest");
  EXPECT_EQ(tag(x, "test.is_retry"), "(none)");
  const Event& suite = report.cycle.events[1];
  const Event& module = report.cycle.events[2];
  const Event& whole = report.cycle.events[3];
  EXPECT_EQ(suite.type, EventType::kSuite);
  EXPECT_EQ(suite.suite_id, x.suite_id);
  EXPECT_EQ(suite.correlation_id, "");
  EXPECT_EQ(module.module_id, x.module_id);
  EXPECT_EQ(module.suite_id, 0u);
  EXPECT_EQ(whole.type, EventType::kSession);
  EXPECT_EQ(whole.session_id, 77u);
  EXPECT_EQ(whole.module_id, 0u);
  EXPECT_EQ(whole.start_ns, kSecond);
  EXPECT_EQ(whole.duration_ns, kSecond + 5);
  EXPECT_EQ(tag(whole, "test.status"), "pass");
  EXPECT_EQ(report.places.at("m/test_a.py::test_x").span_id, x.span_id);
  EXPECT_EQ(report.places.at("m/test_a.py::test_x").suite_id, suite.suite_id);
}

TEST(RunReport, TheCorrelationIdOfSuitesIsOnSuitesInPythonAndOnTestsInRuby) {
  const SessionCoverage run = session({test("1", {note("s", "1", "pass", 1)})});
  const auto correlated = [&run](const char* language) {
    Reporting by_suite = reporting();
    by_suite.tags = {{"language", language}};
    by_suite.wants_suites = true;
    const RunReport report = report_of(run, by_suite);
    return std::pair(events_of(report, EventType::kTest).at(0).correlation_id,
                     events_of(report, EventType::kSuite).at(0).correlation_id);
  };
  EXPECT_EQ(correlated("python"), std::pair(std::string(), std::string("c1")));
  EXPECT_EQ(correlated("ruby"), std::pair(std::string("c1"), std::string()));
}

TEST(RunReport, ASuiteIsOfTheFileThatAllItsTestsAreIn) {
  const std::string in_a = R"(,"tags":{"test.source.file":"a.py"})";
  const std::string in_b = R"(,"tags":{"test.source.file":"b.py"})";
  const RunReport report = report_of(
      session({test("1", {note("s", "1", "pass", 1, in_a)}), test("2", {note("s", "2", "pass", 1, in_a)}),
               test("3", {note("t", "3", "pass", 1, in_a)}), test("4", {note("t", "4", "pass", 1, in_b)})}),
      reporting());
  const std::vector<Event> suites = events_of(report, EventType::kSuite);
  ASSERT_EQ(suites.size(), 2u);
  EXPECT_EQ(tag(suites[0], "test.source.file"), "a.py");
  EXPECT_EQ(tag(suites[1], "test.source.file"), "(none)");
}

TEST(RunReport, ASuiteOfRubyWithATestThatIsMarkedToRunIsMarkedItself) {
  const std::string marked = R"(,"tags":{"test.itr.unskippable":"true"})";
  const SessionCoverage ran = session({test("1", {note("s", "a", "pass", kSecond)}),
                                       test("2", {note("s", "b", "pass", kSecond, marked)}),
                                       test("3", {note("t", "c", "pass", kSecond)})});
  Reporting of_ruby = reporting();
  of_ruby.framework = "rspec";
  const std::vector<Event> suites = events_of(report_of(ran, of_ruby), EventType::kSuite);
  ASSERT_EQ(suites.size(), 2u);
  EXPECT_EQ(tag(suites[0], "test.itr.unskippable"), "true");
  EXPECT_EQ(tag(suites[1], "test.itr.unskippable"), "(none)");
  const std::vector<Event> of_pytest = events_of(report_of(ran, reporting()), EventType::kSuite);
  EXPECT_EQ(tag(of_pytest[0], "test.itr.unskippable"), "(none)");
}

TEST(RunReport, OwnersOfItsFileAreNamedWithATestAndItsSuite) {
  const origin::Codeowners owners =
      origin::Codeowners::parse("*.py @org/team\n", origin::OwnersDialect::kGithub);
  const SessionCoverage run =
      session({test("1", {note("s", "1", "pass", 1, R"(,"tags":{"test.source.file":"a.py"})")})});
  const RunReport report = report_of(run, reporting(), &owners);
  EXPECT_EQ(tag(report.cycle.events[0], "test.codeowners"), R"(["@org/team"])");
  EXPECT_EQ(tag(report.cycle.events[1], "test.codeowners"), R"(["@org/team"])");
  EXPECT_EQ(tag(report.cycle.events[2], "test.codeowners"), "(none)");
}

TEST(RunReport, IdsAreTheSameEachTimeAndOtherInAnotherSession) {
  const SessionCoverage same =
      session({test("a", {note("s", "a", "pass", 1)}), test("b", {note("s", "b", "fail", 2)})}, 1);
  const RunReport one = report_of(same, reporting());
  const RunReport two = report_of(same, reporting());
  Reporting later = reporting();
  later.session_id = 78;
  const RunReport other = report_of(same, later);
  std::set<uint64_t> spans;
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(one.cycle.events[i].span_id, two.cycle.events[i].span_id);
    EXPECT_NE(one.cycle.events[i].span_id, other.cycle.events[i].span_id);
    spans.insert(one.cycle.events[i].span_id);
  }
  EXPECT_EQ(spans.size(), 2u);
}

TEST(RunReport, AttemptsAreToldInTheirOrderWithTheOutcomeAtTheLast) {
  const RunReport report =
      report_of(session({test("a", {note("s", "a", "pass", 30), note("s", "a", "fail", 20)})}), reporting());
  const std::vector<Event> tests = events_of(report, EventType::kTest);
  ASSERT_EQ(tests.size(), 2u);
  EXPECT_TRUE(tests[0].error);
  EXPECT_EQ(tag(tests[0], "test.final_status"), "(none)");
  EXPECT_EQ(tag(tests[1], "test.is_retry"), "true");
  EXPECT_EQ(tag(tests[1], "test.retry_reason"), "external");
  EXPECT_EQ(tag(tests[1], "test.final_status"), "pass");
  EXPECT_EQ(report.places.at("a").span_id, tests[1].span_id);
  EXPECT_EQ(tag(events_of(report, EventType::kSuite)[0], "test.status"), "pass");
}

TEST(RunReport, AQuarantinedTestThatFailedIsNoFailureOfItsSuite) {
  const std::string quarantined = R"(,"tags":{"test.test_management.is_quarantined":"true"})";
  const RunReport report =
      report_of(session({test("a", {note("s", "a", "fail", 20, quarantined)})}), reporting());
  EXPECT_TRUE(events_of(report, EventType::kTest)[0].error);
  EXPECT_EQ(tag(events_of(report, EventType::kTest)[0], "test.status"), "fail");
  EXPECT_EQ(tag(events_of(report, EventType::kSuite)[0], "test.status"), "pass");
  EXPECT_EQ(tag(events_of(report, EventType::kModule)[0], "test.status"), "pass");
}

TEST(RunReport, ASuiteLastsAsLongAsAllAttemptsOfItsTests) {
  const RunReport report =
      report_of(session({test("a", {note("s", "a", "fail", 20), note("s", "a", "fail", 40)})}), reporting());
  const Event suite = events_of(report, EventType::kSuite)[0];
  EXPECT_EQ(suite.start_ns, 20u);
  EXPECT_EQ(suite.duration_ns, 25u);
  EXPECT_EQ(tag(suite, "test.status"), "fail");
}

TEST(RunReport, WhatTheRunTellsOfItsSessionIsOfTheSessionsEventAlone) {
  SessionCoverage run = session({test("a", {note("s", "a", "pass", 20)})});
  run.notes = {R"({"session_tags":{"test.early_flake.abort_reason":"faulty","test.status":"skip","n":1}})",
               R"({"session_tags":{"test.early_flake.abort_reason":"other"}})", R"({"session_tags":7})"};
  Reporting with = reporting();
  with.session_only_tags = {{"test.early_flake.enabled", "true"}};
  const RunReport report = report_of(run, with);
  const Event whole = events_of(report, EventType::kSession)[0];
  EXPECT_EQ(tag(whole, "test.early_flake.abort_reason"), "faulty");
  EXPECT_EQ(tag(whole, "test.early_flake.enabled"), "true");
  EXPECT_EQ(tag(whole, "test.status"), "pass");
  EXPECT_EQ(tag(whole, "n"), "(none)");
  const Event a = events_of(report, EventType::kTest)[0];
  EXPECT_EQ(tag(a, "test.early_flake.abort_reason"), "(none)");
  EXPECT_EQ(tag(a, "test.early_flake.enabled"), "(none)");
}

TEST(RunReport, ATestThatWasLeftOutIsASkippedEventAndCounts) {
  SessionCoverage run = session({test("a", {note("s", "a", "pass", 20)})});
  run.notes = {R"({"module":"m","suite":"s","name":"b","tags":{"test.skipped_by_itr":"true"}})",
               R"({"module":"m","suite":"t","name":"c","tags":{"test.skip_reason":"disabled"}})", "no JSON"};
  const RunReport report = report_of(run, reporting());
  const std::vector<Event> tests = events_of(report, EventType::kTest);
  ASSERT_EQ(tests.size(), 3u);
  EXPECT_EQ(tag(tests[1], "test.status"), "skip");
  EXPECT_FALSE(tests[1].error);
  EXPECT_EQ(tests[1].start_ns, kSecond);
  EXPECT_EQ(report.left_out, 1u);
  const Event whole = events_of(report, EventType::kSession)[0];
  EXPECT_EQ(tag(whole, "_dd.ci.itr.tests_skipped"), "true");
  EXPECT_EQ(whole.metrics[0].second, 1.0);
  const std::vector<Event> suites = events_of(report, EventType::kSuite);
  ASSERT_EQ(suites.size(), 2u);
  EXPECT_EQ(tag(suites[1], "test.status"), "skip");
}

TEST(RunReport, ATestWithoutAnEndFailed) {
  const RunReport report =
      report_of(session({test("a", {R"({"name":"a","suite":"s","start_ns":9})"})}), reporting());
  const Event a = events_of(report, EventType::kTest)[0];
  EXPECT_TRUE(a.error);
  EXPECT_EQ(tag(a, "error.message"), "the process ended before the test did");
}

TEST(RunReport, ASessionThatDidNotEndRegularlyFailed) {
  SessionCoverage run = session({test("a", {note("s", "a", "pass", 20)})});
  EXPECT_EQ(tag(events_of(report_of(run, reporting()), EventType::kSession)[0], "test.status"), "pass");
  run.description.exit_status = 5;
  EXPECT_EQ(tag(events_of(report_of(run, reporting()), EventType::kSession)[0], "test.status"), "pass");
  run.description.exit_status = 1;
  EXPECT_EQ(tag(events_of(report_of(run, reporting()), EventType::kSession)[0], "test.status"), "fail");
  run.description.exit_status = 0;
  run.description.complete = false;
  EXPECT_EQ(tag(events_of(report_of(run, reporting()), EventType::kSession)[0], "test.status"), "fail");
}

TEST(RunReport, TestsWithoutANoteAreNotTold) {
  const RunReport report = report_of(session({test("a", {})}), reporting());
  EXPECT_EQ(report.cycle.events.size(), 1u);
  EXPECT_TRUE(report.places.empty());
}

TEST(Attempt, MembersOfAnotherTypeCountAsAbsent) {
  const auto attempts = read_attempts(
      R"({"name":"a","suite":3,"start_ns":-5,"duration_ns":"x","status":[],"tags":{"a":1,"b":"2"},"metrics":{"m":"1","n":2}})");
  ASSERT_EQ(attempts.size(), 1u);
  const Attempt& attempt = attempts[0];
  EXPECT_EQ(attempt.suite, "");
  EXPECT_EQ(attempt.start_ns, 0u);
  EXPECT_TRUE(attempt.interrupted);
  EXPECT_EQ(attempt.tags, (payload::Tags{{"b", "2"}}));
  EXPECT_EQ(attempt.metrics, (payload::Metrics{{"n", 2.0}}));
  for (const char* nothing :
       {"", "[]", "{}", "3", "[1,[{}],null]", R"({"name":""})", R"({"name":5})", "{\"name\":\"\xff\"}"})
    EXPECT_TRUE(read_attempts(nothing).empty()) << nothing;
}

TEST(Attempt, SeveralMayStandInOneNote) {
  const auto attempts = read_attempts(R"([{"name":"a","status":"fail"},7,{"name":"a","status":"pass"}])");
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].status, Status::kFail);
  EXPECT_EQ(attempts[1].status, Status::kPass);
}

TEST(Reporting, SurvivesItsFile) {
  Reporting given = reporting();
  given.session_id = ~0ull;
  given.wants_coverage = given.skipping = true;
  given.session_only_tags = {{"test.early_flake.enabled", "true"}};
  given.wants_report = true;
  given.report_flags = {"unit"};
  const Result<Reporting> back = decode_reporting(encode_reporting(given));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->session_id, ~0ull);
  EXPECT_EQ(back->tags, given.tags);
  EXPECT_EQ(back->session_tags, given.session_tags);
  EXPECT_EQ(back->session_only_tags, given.session_only_tags);
  EXPECT_TRUE(back->wants_coverage);
  EXPECT_TRUE(back->wants_report);
  EXPECT_EQ(back->report_flags, given.report_flags);
  EXPECT_FALSE(back->wants_suites);
}

TEST(Reporting, ADamagedFileIsNamed) {
  for (const char* damaged : {"", "{", "[]", "{}", R"({"session_id":"x"})"}) {
    const Result<Reporting> read = decode_reporting(damaged);
    ASSERT_FALSE(read.ok()) << damaged;
    EXPECT_NE(read.error().message.find("reporting.json"), std::string::npos);
  }
}

}  // namespace
}  // namespace alibi::ship
