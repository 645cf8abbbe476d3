#include "collector/run/junit_merge.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "collector/junit/reader.h"
#include "tests/support/temporary_directory.h"

namespace alibi::run {
namespace {

class JunitMergeTest : public ::testing::Test {
 protected:
  void report(const std::string& xml, uint32_t attempt = 1) {
    const std::string path = directory_ / ("report" + std::to_string(merge_.reports.size()));
    testing::write_text(path, xml);
    merge_.reports.push_back({path, attempt});
  }
  std::string merged() {
    merge_.output = directory_ / "junit.xml";
    merge_.scratch = directory_.path();
    Result<std::vector<std::string>> problems = merge_junit(merge_);
    EXPECT_TRUE(problems) << (problems ? "" : problems.error().message);
    if (problems) problems_ = *problems;
    const std::vector<std::byte> bytes = testing::read_bytes(merge_.output);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  testing::TemporaryDirectory directory_;
  JunitMerge merge_;
  std::vector<std::string> problems_;
};

TEST_F(JunitMergeTest, PutsSuitesInOneOrderWhoeverRanThem) {
  report(
      "<testsuites><testsuite name='b' hostname='h'><testcase classname='x' name='t1' "
      "time='1.5'/></testsuite></testsuites>");
  report(
      "<testsuite name='a'><testcase name='t2' time='0.5'><skipped message='why'/></testcase></testsuite>");
  EXPECT_EQ(merged(), R"(<?xml version="1.0" encoding="utf-8"?>
<testsuites name="alibi run" tests="2" failures="0" errors="0" skipped="1" time="2.000">
<testsuite name="a" tests="1" failures="0" errors="0" skipped="1" time="0.500">
<testcase name="t2" time="0.5"><skipped message="why"></skipped></testcase>
</testsuite>
<testsuite name="b" hostname="h" tests="1" failures="0" errors="0" skipped="0" time="1.500">
<testcase classname="x" name="t1" time="1.5"></testcase>
</testsuite>
</testsuites>
)");
  EXPECT_TRUE(problems_.empty());
}

TEST_F(JunitMergeTest, CallsATestFlakyThatPassedOnARetry) {
  report(
      "<testsuite name='s'><testcase classname='c' name='t'><failure type='E' message='m'>trace</failure>"
      "</testcase><testcase classname='c' name='u'/></testsuite>");
  report("<testsuite name='s'><testcase classname='c' name='t' time='2'/></testsuite>", 2);
  const std::string xml = merged();
  EXPECT_NE(xml.find("<testcase classname=\"c\" name=\"t\" time=\"2\"><flakyFailure message=\"m\" type=\"E\">"
                     "<stackTrace>trace</stackTrace></flakyFailure></testcase>"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("tests=\"2\" failures=\"0\" errors=\"0\""), std::string::npos);
}

TEST_F(JunitMergeTest, KeepsTheFirstFailureAndCallsTheOthersReruns) {
  report("<testsuite name='s'><testcase name='t'><failure message='one'/></testcase></testsuite>");
  report("<testsuite name='s'><testcase name='t'><error message='two'/></testcase></testsuite>", 2);
  const std::string xml = merged();
  EXPECT_NE(xml.find("<failure message=\"one\"></failure><rerunError message=\"two\">"), std::string::npos)
      << xml;
  EXPECT_NE(xml.find("tests=\"1\""), std::string::npos);
}

TEST_F(JunitMergeTest, HasTestsThatOnlyARetryReported) {
  report("<testsuite name='s'><testcase name='only'/></testsuite>", 2);
  const std::string xml = merged();
  EXPECT_NE(xml.find("<testsuite name=\"s\" tests=\"1\""), std::string::npos) << xml;
}

TEST_F(JunitMergeTest, TakesWhatATruncatedReportHasAndNamesIt) {
  const std::string whole =
      "<testsuite name='s'><testcase name='a'/><testcase "
      "name='b'><failure>x</failure></testcase></testsuite>";
  for (size_t length = 0; length <= whole.size(); ++length) {
    merge_.reports.clear();
    report(whole.substr(0, length));
    report("<testsuite name='other'><testcase name='good'/></testsuite>");
    const std::string xml = merged();
    EXPECT_NE(xml.find("name=\"good\""), std::string::npos) << length;
    EXPECT_EQ(problems_.size(), length < whole.size() ? 1U : 0U) << length;
    size_t tests = 0;
    junit::Reader reader({.test = [&](const junit::Case&) { ++tests; }});
    EXPECT_TRUE(junit::read_file(merge_.output, &reader)) << length;
    EXPECT_GE(tests, 1U);
  }
}

TEST_F(JunitMergeTest, NamesWhoseReportIsTruncatedAndNoPathThatNobodyKnows) {
  report("<testsuite name='s'><testcase name='a'/>");
  merge_.reports.back().whose = "worker 0 (a.py, b.py)";
  (void)merged();
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_NE(problems_[0].find("worker 0 (a.py, b.py)"), std::string::npos);
  EXPECT_EQ(problems_[0].find(directory_.path()), std::string::npos);
}

TEST_F(JunitMergeTest, NamesAReportThatIsNotThere) {
  merge_.reports.push_back({directory_ / "absent", 1});
  (void)merged();
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_NE(problems_[0].find("absent"), std::string::npos);
}

TEST_F(JunitMergeTest, HasAnErrorForAFileWhoseProcessDied) {
  merge_.missing.push_back({"tests/a.py", "killed & gone"});
  const std::string xml = merged();
  EXPECT_NE(xml.find("errors=\"1\""), std::string::npos);
  EXPECT_NE(xml.find("killed &amp; gone"), std::string::npos);
}

TEST_F(JunitMergeTest, KeepsUnknownChildrenAndEscapesWhatItWrites) {
  report(
      "<testsuite name='&lt;s&gt;'><properties><property name='p' value='a&#10;b'/></properties>"
      "<testcase name='t&quot;'><system-out>1 &lt; 2</system-out></testcase></testsuite>");
  const std::string xml = merged();
  EXPECT_NE(xml.find("<property name=\"p\" value=\"a&#10;b\"></property>"), std::string::npos) << xml;
  EXPECT_NE(xml.find("<system-out>1 &lt; 2</system-out>"), std::string::npos);
  EXPECT_NE(xml.find("name=\"t&quot;\""), std::string::npos);
}

TEST_F(JunitMergeTest, ExpandsNoEntitiesOfADocument) {
  report(
      "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]>"
      "<testsuite name='s'><testcase name='t'><system-out>&b;</system-out></testcase></testsuite>");
  EXPECT_EQ(merged().find("aaaa"), std::string::npos);
}

TEST_F(JunitMergeTest, FlattensNestedSuites) {
  report(
      "<testsuite name='o'><testcase name='1'/><testsuite name='i'><testcase name='2'/></testsuite>"
      "<testcase name='3'/></testsuite>");
  const std::string xml = merged();
  EXPECT_NE(xml.find("<testsuite name=\"i\" tests=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("tests=\"3\""), std::string::npos);
}

TEST_F(JunitMergeTest, HasTestsThatAreInNoSuite) {
  report("<testsuites><testcase name='alone'/></testsuites>");
  report("<testcase name='whole'/>");
  const std::string xml = merged();
  EXPECT_NE(xml.find("name=\"alone\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("name=\"whole\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<testsuites name=\"alibi run\" tests=\"2\""), std::string::npos) << xml;
}

TEST_F(JunitMergeTest, HasTestsThatSomethingWrapsInTheirSuite) {
  report("<testsuite name='s'><class><testcase name='a'/></class></testsuite>");
  EXPECT_NE(merged().find("<testsuite name=\"s\" tests=\"1\""), std::string::npos);
}

TEST_F(JunitMergeTest, AddsTimesWithCommasBetweenThousands) {
  report(
      "<testsuite name='s'><testcase name='a' time='1,234.5'/><testcase name='b' time='nan'/>"
      "<testcase name='c' time='-1'/></testsuite>");
  EXPECT_NE(merged().find("time=\"1234.500\""), std::string::npos);
}

TEST_F(JunitMergeTest, IsXmlWhereAFailureIsTooLong) {
  std::string text((4u << 20) - 1, 'x');
  text += "\xc3\xa9\xc3\xa9";
  report("<testsuite name='s'><testcase name='a'><failure>" + text + "</failure></testcase></testsuite>");
  (void)merged();
  junit::Reader reader(junit::Wanted{});
  const Result<void> read = junit::read_file(merge_.output, &reader);
  EXPECT_TRUE(read) << read.error().message;
}

TEST_F(JunitMergeTest, WaitsForNobodyWhereAPipeLiesInPlaceOfAReport) {
  const std::string path = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  merge_.reports.push_back({path, 1});
  (void)merged();
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_NE(problems_[0].find("not a regular file"), std::string::npos) << problems_[0];
}

TEST_F(JunitMergeTest, WritesIntoLinksAndDevicesAndReplacesNone) {
  const std::string link = directory_ / "link.xml", target = directory_ / "target.xml";
  ASSERT_EQ(::symlink(target.c_str(), link.c_str()), 0);
  merge_.scratch = directory_.path();
  for (const std::string& place : {link, std::string("/dev/null")}) {
    merge_.output = place;
    ASSERT_TRUE(merge_junit(merge_));
  }
  struct stat status {};
  ASSERT_EQ(::lstat(link.c_str(), &status), 0);
  EXPECT_TRUE(S_ISLNK(status.st_mode));
  EXPECT_FALSE(testing::read_bytes(target).empty());
  ASSERT_EQ(::lstat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST_F(JunitMergeTest, WaitsForNoReaderOfAPipe) {
  merge_.output = directory_ / "pipe.xml";
  merge_.scratch = directory_.path();
  ASSERT_EQ(::mkfifo(merge_.output.c_str(), 0600), 0);
  const auto result = merge_junit(merge_);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("pipe.xml"), std::string::npos);
}

TEST_F(JunitMergeTest, SaysWhereItCannotWrite) {
  merge_.output = directory_ / "absent/junit.xml";
  merge_.scratch = directory_.path();
  const auto result = merge_junit(merge_);
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("absent/junit.xml"), std::string::npos);
}

}  // namespace
}  // namespace alibi::run
