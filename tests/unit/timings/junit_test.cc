#include "collector/timings/junit.h"

#include <gtest/gtest.h>

namespace alibi::timings {
namespace {

Result<JunitDocument> read(std::string_view xml) {
  JunitReader reader;
  if (Result<void> taken = reader.take(xml); !taken) return taken.error();
  return reader.finish();
}

std::string message_of(std::string_view xml) {
  const Result<JunitDocument> document = read(xml);
  return document ? "read" : document.error().message;
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

TEST(Junit, SurvivesTheLossOfAnyEnd) {
  for (size_t length = 0; length < kPytest.size(); ++length)
    EXPECT_FALSE(read(kPytest.substr(0, length))) << length;
}

TEST(Junit, IsReadAByteAtATime) {
  JunitReader reader;
  for (const char letter : kPytest) ASSERT_TRUE(reader.take({&letter, 1}));
  const Result<JunitDocument> document = reader.finish();
  ASSERT_TRUE(document);
  EXPECT_EQ(document->tests, 3u);
}

TEST(Junit, SurvivesAnyByteInAnyPlace) {
  for (size_t place = 0; place < kPytest.size(); ++place) {
    for (const char byte : {'\0', '<', '"', '\xff'}) {
      std::string xml(kPytest);
      xml[place] = byte;
      (void)read(xml);
    }
  }
}

TEST(Junit, RefusesEntities) {
  EXPECT_NE(message_of("<!DOCTYPE a [<!ENTITY b \"c\">]><testsuite><testcase name=\"&b;\" time=\"1\"/>"
                       "</testsuite>")
                .find("declares entities"),
            std::string::npos);
  EXPECT_NE(message_of("<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><testsuite>&b;</testsuite>")
                .find("declares entities"),
            std::string::npos);
}

TEST(Junit, RefusesDepth) {
  std::string xml;
  for (int depth = 0; depth < 100'000; ++depth) xml += "<testsuite>";
  EXPECT_NE(message_of(xml).find("too deep"), std::string::npos);
}

TEST(Junit, RefusesMoreTestsThanAnybodyHas) {
  JunitReader reader;
  ASSERT_TRUE(reader.take("<testsuite>"));
  std::string tests;
  for (int count = 0; count < 10'000; ++count) tests += "<testcase/>";
  Result<void> taken;
  for (int round = 0; round < 301 && taken; ++round) taken = reader.take(tests);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("too many tests"), std::string::npos);
}

TEST(Junit, TakesNoTextThatIsTooLong) {
  const Result<JunitDocument> document =
      read("<testsuite name='" + std::string(100'000, 'x') + "'><testcase classname='" +
           std::string(100'000, 'x') + "' time='1'/></testsuite>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->suites[1].name, "");
  EXPECT_EQ(document->groups[0].class_name, "");
}

TEST(Junit, SurvivesTestsWithinTestsAndOutsideOfSuites) {
  const Result<JunitDocument> document =
      read("<a><testcase name='x' time='1'><testcase name='y' time='2'/><skipped/></testcase></a>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->tests, 1u);
}

TEST(JunitNumbers, AreTimesInAnyWriting) {
  EXPECT_EQ(junit_nanoseconds("0.125"), 125'000'000u);
  EXPECT_EQ(junit_nanoseconds(" 3 "), 3'000'000'000u);
  EXPECT_EQ(junit_nanoseconds("1,234.5"), 1'234'500'000'000u);
  EXPECT_EQ(junit_nanoseconds("1,234,567.5"), 1'234'567'500'000'000u);
  EXPECT_EQ(junit_nanoseconds("1e-05"), 10'000u);
  EXPECT_EQ(junit_nanoseconds("1e-4000"), 0u);
  for (const char* bad : {"", " ", "x", "1x", "-1", "nan", "inf", "1e300", "1e4000", "1,5", "1,234",
                          "1.5,000", ",123.4", "12,34.5", "1,,234.5", "0x10"})
    EXPECT_EQ(junit_nanoseconds(bad), std::nullopt) << bad;
  EXPECT_EQ(junit_nanoseconds(std::string(100'000, '1')), std::nullopt);
}

TEST(JunitNumbers, AreMomentsWithTheirOffsets) {
  EXPECT_EQ(junit_moment("1970-01-01T00:00:00"), 0);
  EXPECT_EQ(junit_moment("2026-11-20T10:00:00+01:00"), 1795165200);
  EXPECT_EQ(junit_moment("2026-11-20T10:00:00.123456Z"), 1795168800);
  EXPECT_EQ(junit_moment("2026-11-20 10:00:00 -0130"), 1795174200);
  for (const char* bad :
       {"", "now", "2026-13-01T00:00:00", "2026-02-30T00:00:00", "2026-11-20", "20261120T100000",
        "2026-11-20T25:00:00", "2026-11-20T10:00:00+xx", "-026-11-20T10:00:00"})
    EXPECT_EQ(junit_moment(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace alibi::timings
