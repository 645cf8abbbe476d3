#include "collector/timings/junit.h"

#include <gtest/gtest.h>

namespace alibi::timings {
namespace {

Result<JunitDocument> read(std::string_view xml) {
  JunitTimes times;
  if (Result<void> taken = times.reader()->take(xml); !taken) return taken.error();
  if (Result<void> read = times.reader()->finish(); !read) return read.error();
  return times.take();
}

constexpr std::string_view kPytest =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites name=\"pytest tests\"><testsuite name=\"pytest\" "
    "errors=\"0\" tests=\"2\" time=\"1.5\" timestamp=\"2026-11-20T10:00:00.5+01:00\" hostname=\"h\">"
    "<testcase classname=\"tests.test_a.TestX\" name=\"test_1[&lt;p&gt;]\" time=\"0.250\" />"
    "<testcase classname=\"tests.test_a.TestX\" name=\"test_2\" time=\"1,234.5\"><failure message=\"no\">"
    "at 1</failure></testcase><testcase classname=\"tests.test_b\" name=\"test_3\"><skipped "
    "message=\"later\"/></testcase></testsuite></testsuites>";

TEST(Junit, IsReadWithTimesAndPlaces) {
  const Result<JunitDocument> document = read(kPytest);
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_EQ(document->tests, 3u);
  ASSERT_EQ(document->suites.size(), 2u);
  EXPECT_EQ(document->suites[1].name, "pytest");
  EXPECT_EQ(document->suites[1].at_s, 1795165200);
  ASSERT_EQ(document->groups.size(), 2u);
  EXPECT_EQ(document->groups[0].class_name, "tests.test_a.TestX");
  ASSERT_EQ(document->groups[0].tests.size(), 2u);
  EXPECT_EQ(document->groups[0].tests[0].ns, 250'000'000u);
  EXPECT_EQ(document->groups[0].tests[1].ns, 1'234'500'000'000u);
  EXPECT_NE(document->groups[0].tests[0].hash, document->groups[0].tests[1].hash);
  EXPECT_FALSE(document->groups[0].all_skipped);
  EXPECT_TRUE(document->groups[1].all_skipped);
  EXPECT_FALSE(document->groups[1].cut);
}

TEST(Junit, GivesNestedSuitesTheFileAndMomentAroundThem) {
  const Result<JunitDocument> document = read(
      "<testsuite file='/x/a.js' timestamp='2026-01-01T00:00:00'><testsuite name='in'><testcase name='t' "
      "time='1'/></testsuite></testsuite>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->suites[2].file, "/x/a.js");
  EXPECT_EQ(document->suites[2].at_s, 1767225600);
  EXPECT_EQ(document->groups[0].suite, 2u);
}

TEST(Junit, MarksWhatHasNoTime) {
  const auto cut = [](const std::string& test) {
    const Result<JunitDocument> document = read("<testsuite>" + test + "</testsuite>");
    return document && document->groups.at(0).cut;
  };
  EXPECT_FALSE(cut("<testcase name='a' time='0'/>"));
  EXPECT_TRUE(cut("<testcase name='a'/>"));
  EXPECT_TRUE(cut("<testcase name='a' time='soon'/>"));
  EXPECT_TRUE(cut("<testcase name='a' time='-1'/>"));
  EXPECT_FALSE(cut("<testcase name='a'><skipped/></testcase>"));
  EXPECT_TRUE(
      cut("<testcase name='a' time='0'><skipped message='Skipped by Datadog Intelligent Test Runner'/>"
          "</testcase>"));
  EXPECT_TRUE(
      cut("<testcase name='a' time='0'><skipped message=\"Skipped by Datadog's Test Impact Analysis\"/>"
          "</testcase>"));
}

TEST(Junit, TakesNoTextThatIsTooLong) {
  const Result<JunitDocument> document =
      read("<testsuite name='" + std::string(100'000, 'x') + "'><testcase classname='" +
           std::string(100'000, 'x') + "' time='1'/></testsuite>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->suites[1].name, "");
  EXPECT_EQ(document->groups[0].class_name, "");
}

TEST(Junit, RefusesMoreClassesThanAnybodyHas) {
  JunitTimes times;
  Result<void> taken = times.reader()->take("<a>");
  for (int number = 0; number < 500'001 && taken; ++number)
    taken = times.reader()->take("<testcase classname='" + std::to_string(number) + "'/>");
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("too many classes"), std::string::npos);
}

TEST(Junit, SurvivesTestsWithinTestsAndOutsideOfSuites) {
  const Result<JunitDocument> document =
      read("<a><testcase name='x' time='1'><testcase name='y' time='2'/><skipped/></testcase></a>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->tests, 1u);
}

}  // namespace
}  // namespace alibi::timings
