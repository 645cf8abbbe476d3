#include "collector/serve/records.h"

#include <gtest/gtest.h>

#include "collector/serve/junit_file.h"

namespace alibi::serve {
namespace {

payload::Event test_event(uint64_t session, uint64_t span) {
  payload::Event event;
  event.session_id = session;
  event.span_id = span;
  event.service = "demo";
  event.start_ns = 1'000'000'000'000'000'000 + span;
  event.meta = {{"test.name", "x"}, {"test.status", "pass"}};
  return event;
}

TEST(Records, LayTheEventsTagsOverItsTypesOverTheBodys) {
  payload::TestCycle cycle;
  cycle.metadata.by_type = {{"*", {{"env", "all"}, {"test.suite", "all"}, {"test.module", "all"}}},
                            {"test", {{"test.suite", "type"}, {"test.module", "type"}}},
                            {"test_suite_end", {{"test.module", "other"}}}};
  cycle.events = {test_event(5, 1)};
  cycle.events[0].meta.emplace_back("test.module", "own");
  const Intake intake = intake_of(cycle);
  ASSERT_EQ(intake.attempts.size(), 1U);
  EXPECT_EQ(intake.attempts[0].module, "own");
  EXPECT_EQ(intake.attempts[0].suite, "type");
  EXPECT_EQ(intake.contexts.at(0).env, "all");
}

TEST(Records, LeaveOutSpansAndEventsWithoutASession) {
  payload::TestCycle cycle;
  cycle.events = {test_event(0, 1), test_event(5, 0), test_event(5, 1)};
  cycle.events.push_back(test_event(5, 2));
  cycle.events.back().type = payload::EventType::kSpan;
  const Intake intake = intake_of(cycle);
  EXPECT_EQ(intake.attempts.size(), 1U);
  EXPECT_EQ(intake.left_out, 3U);
}

TEST(Records, TellContextsApartByConfigurationAndUserTags) {
  payload::TestCycle cycle;
  cycle.events = {test_event(5, 1), test_event(5, 2), test_event(5, 3)};
  cycle.events[1].meta.emplace_back("test.configuration.disk", "ssd");
  cycle.events[2].meta.emplace_back("runtime.version", "3");
  const Intake intake = intake_of(cycle);
  ASSERT_EQ(intake.contexts.size(), 3U);
  EXPECT_EQ(intake.contexts[1].configurations, "custom.disk=ssd\n");
  EXPECT_EQ(intake.contexts[2].configurations, "runtime.version=3\n");
  EXPECT_EQ(intake.sessions.size(), 1U);
}

TEST(Records, TakeTheEventsOwnConfigurationWhereTheBodyHasAnother) {
  payload::TestCycle cycle;
  cycle.metadata.by_type = {{"*", {{"test.configuration.disk", "hdd"}, {"os.version", "5"}}}};
  cycle.events = {test_event(5, 1)};
  cycle.events[0].meta.emplace_back("test.configuration.disk", "ssd");
  cycle.events[0].meta.emplace_back("os.version", "6");
  EXPECT_EQ(intake_of(cycle).contexts.at(0).configurations, "custom.disk=ssd\nos.version=6\n");
}

TEST(Records, WriteConfigurationsInOneOrder) {
  EXPECT_EQ(configurations_text({{"b", "2"}, {"a", "1"}, {"c", ""}, {"a", "1"}}), "a=1\nb=2\n");
}

TEST(Junit, MakesTheSameRecordsOfTheSameFile) {
  const std::string xml =
      "<testsuite name='s'><testcase name='a' time='0.5'/><testcase name='a'><error type='T'>st"
      "ack</error></testcase></testsuite>";
  const Result<Intake> first = intake_of_junit(xml, "f", "demo");
  const Result<Intake> second = intake_of_junit(xml, "g", "demo");
  ASSERT_TRUE(first && second);
  ASSERT_EQ(first->attempts.size(), 2U);
  EXPECT_EQ(first->attempts[0].span, second->attempts[0].span);
  EXPECT_NE(first->attempts[0].span, first->attempts[1].span);
  EXPECT_EQ(first->attempts[0].duration_ns, 500'000'000U);
  EXPECT_EQ(first->attempts[1].error_stack, "stack");
  EXPECT_EQ(first->sessions[0].status, Status::kFail);
}

TEST(Junit, KnowsWhichSuiteATestIsIn) {
  const Result<Intake> read = intake_of_junit(
      "<testsuites><testsuite name='o'><testsuite name='i'><testcase name='1'/></testsuite>"
      "<testcase name='2'/></testsuite><testcase name='3'/></testsuites>",
      "f", "demo");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->attempts.size(), 3U);
  EXPECT_EQ(read->attempts[0].module, "i");
  EXPECT_EQ(read->attempts[1].module, "o");
  EXPECT_EQ(read->attempts[2].module, "");
}

TEST(Junit, KnowsTimesMomentsAndLinesInAnyWriting) {
  const auto read = [](const std::string& moment, const std::string& test) {
    return intake_of_junit("<testsuite timestamp='" + moment + "'><testcase " + test + "/></testsuite>", "f",
                           "d");
  };
  const auto started = [&](const std::string& moment) { return read(moment, "")->sessions[0].start_ns; };
  constexpr uint64_t k2000 = 946'684'800'000'000'000;
  EXPECT_EQ(started("2026-11-20T10:00:00"), 1795168800'000'000'000);
  EXPECT_EQ(started("2026-11-20T10:00:00.5+01:00"), 1795165200'000'000'000);
  for (const char* bad : {"", "now", "1970-01-01T00:00:00", "9999-01-01T00:00:00"})
    EXPECT_EQ(started(bad), k2000) << bad;
  EXPECT_EQ(read("", "time='1,234.5' line='7'")->attempts[0].duration_ns, 1'234'500'000'000U);
  EXPECT_EQ(read("", "time='nan' line='7'")->attempts[0].source_start, 7U);
  EXPECT_EQ(read("", "time='-1' line='-7'")->attempts[0].duration_ns, 0U);
  EXPECT_EQ(read("", "line='-7'")->attempts[0].source_start, 0U);
  EXPECT_EQ(read("", "line='99999999999'")->attempts[0].source_start, 0U);
}

TEST(Junit, CutsAStackBetweenCharacters) {
  const Result<Intake> read = intake_of_junit(
      "<testcase><error>" + std::string(4999, 'x') + "\xc3\xa9</error></testcase>", "f", "demo");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->attempts[0].error_stack, std::string(4999, 'x'));
}

TEST(Junit, NamesTheLineOfWhatIsNoXml) {
  const Result<Intake> read = intake_of_junit("<testsuite>\n<oops", "file.xml", "demo");
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("file.xml"), std::string::npos);
  EXPECT_NE(read.error().message.find("line 2"), std::string::npos);
}

TEST(Forms, HaveTheirBoundaryInTheFirstLine) {
  EXPECT_EQ(form_type_of("--abc\r\nX: y\r\n"), "multipart/form-data; boundary=abc");
  EXPECT_EQ(form_type_of(""), "multipart/form-data; boundary=");
}

}  // namespace
}  // namespace alibi::serve
