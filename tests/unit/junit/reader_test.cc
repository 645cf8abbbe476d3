#include "collector/junit/reader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temporary_directory.h"

namespace alibi::junit {
namespace {

// All that was told, a line each.
struct Told {
  std::string lines;
  std::vector<Case> tests;
  std::string error;  // empty: it was read
};

Wanted all_into(Told* told) {
  const auto add = [told](std::string_view line) { told->lines.append(line) += '\n'; };
  return {.suite_begins =
              [add](const Attributes& suite) { add("suite " + std::string(value_of(suite, "name"))); },
          .suite_ends = [add] { add("end"); },
          .test =
              [add, told](Case test) {
                add("test " + std::string(value_of(test.attributes, "name")));
                told->tests.push_back(std::move(test));
              },
          .suite_child = add,
          .longest_text = 100,
          .rest = true};
}

Told read(std::string_view xml, size_t piece = SIZE_MAX) {
  Told told;
  Reader reader(all_into(&told));
  Result<void> result;
  for (; result && !xml.empty(); xml.remove_prefix(std::min(piece, xml.size())))
    result = reader.take(xml.substr(0, piece));
  if (result) result = reader.finish();
  if (!result) told.error = result.error().message;
  return told;
}

constexpr std::string_view kDocument =
    "<?xml version='1.0' encoding='utf-8'?><!-- x --><testsuites><testsuite name='o' time='1'><properties>"
    "<property name='p' value='a&#10;b'/></properties><testcase name='1' file='f'><failure type='T' "
    "message='m&lt;'>tr<b>a</b>ce</failure><system-out><![CDATA[1 < 2]]></system-out></testcase><testsuite "
    "name='i'><testcase name='2'><skipped/></testcase></testsuite><testcase name='3'/></testsuite>"
    "</testsuites>";
constexpr std::string_view kTold =
    "suite o\n<properties><property name=\"p\" value=\"a&#10;b\"></property></properties>\ntest 1\nsuite i\n"
    "test 2\nend\ntest 3\nend\n";

TEST(Reader, TellsSuitesAndTestsInTheirOrder) {
  const Told told = read(kDocument);
  EXPECT_EQ(told.error, "");
  EXPECT_EQ(told.lines, kTold);
  ASSERT_EQ(told.tests.size(), 3U);
  EXPECT_EQ(told.tests[0].attributes, (Attributes{{"name", "1"}, {"file", "f"}}));
  ASSERT_EQ(told.tests[0].problems.size(), 1U);
  EXPECT_EQ(told.tests[0].problems[0].type, "T");
  EXPECT_EQ(told.tests[0].problems[0].message, "m<");
  EXPECT_EQ(told.tests[0].problems[0].text, "trace");
  EXPECT_EQ(told.tests[0].rest, "<system-out>1 &lt; 2</system-out>");
  EXPECT_TRUE(told.tests[0].failed() && !told.tests[0].skipped());
  EXPECT_TRUE(told.tests[1].skipped() && !told.tests[1].failed());
  EXPECT_FALSE(told.tests[2].skipped() || told.tests[2].failed());
}

TEST(Reader, TellsTheSameHoweverItIsCut) {
  for (const size_t piece : {1, 2, 7, 64}) {
    const Told told = read(kDocument, piece);
    EXPECT_EQ(told.error, "");
    EXPECT_EQ(told.lines, kTold) << piece;
  }
}

TEST(Reader, TellsOnlyWhatIsWanted) {
  size_t tests = 0;
  Reader reader({.test = [&](const Case& test) {
    ++tests;
    EXPECT_EQ(test.rest, "");
    for (const Problem& problem : test.problems) EXPECT_EQ(problem.text, "");
  }});
  ASSERT_TRUE(reader.take(kDocument));
  ASSERT_TRUE(reader.finish());
  EXPECT_EQ(tests, 3U);
}

TEST(Reader, TellsWhatStandsBeforeTheLossOfAnyEnd) {
  for (size_t length = 0; length < kDocument.size(); ++length) {
    const Told told = read(kDocument.substr(0, length));
    EXPECT_TRUE(told.error.starts_with("line 1: ")) << told.error;
    std::string_view lines(told.lines);
    size_t begun = 0, ended = 0;
    for (size_t at = 0; (at = lines.find("suite ", at)) != std::string::npos; ++at) ++begun;
    for (size_t at = 0; (at = lines.find("end\n", at)) != std::string::npos; ++at) ++ended;
    EXPECT_EQ(begun, ended) << length;
  }
  EXPECT_EQ(read(kDocument.substr(0, kDocument.find("<testsuite name='i'") + 5)).tests.size(), 1U);
}

TEST(Reader, SurvivesAnyByteInAnyPlace) {
  for (size_t place = 0; place < kDocument.size(); ++place) {
    for (const char byte : {'\0', '<', '"', '&', '\xff'}) {
      std::string xml(kDocument);
      xml[place] = byte;
      (void)read(xml);
    }
  }
}

TEST(Reader, TellsNothingAfterAnError) {
  Told told;
  Reader reader(all_into(&told));
  EXPECT_FALSE(reader.take("<testsuite></a>"));
  const std::string before = told.lines;
  EXPECT_FALSE(reader.take("<testcase name='late'/>"));
  EXPECT_FALSE(reader.finish());
  EXPECT_EQ(told.lines, before);
}

TEST(Reader, SaysWhyItsUserStoppedIt) {
  size_t tests = 0;
  Reader* self = nullptr;
  Reader reader({.test = [&](const Case&) {
    ++tests;
    self->stop("enough");
  }});
  self = &reader;
  const Result<void> taken = reader.take("<a>\n<testcase/><testcase/></a>");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message, "line 2: enough");
  EXPECT_EQ(tests, 1U);
}

TEST(Reader, RefusesEntities) {
  for (const char* xml :
       {"<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite><testcase name='&b;' time='1'/></testsuite>",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><testsuite>&b;</testsuite>",
        "<!DOCTYPE a [<!ENTITY % b 'c'>]><testsuite/>",
        "<!DOCTYPE a [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><testsuite>&b;</testsuite>"}) {
    const Told told = read(xml);
    EXPECT_NE(told.error.find("declares entities"), std::string::npos) << told.error;
    EXPECT_EQ(told.lines, "");
  }
}

TEST(Reader, RefusesDepth) {
  std::string xml;
  for (int depth = 0; depth < 100'000; ++depth) xml += "<testsuite>";
  EXPECT_NE(read(xml).error.find("too deep"), std::string::npos);
}

TEST(Reader, RefusesMoreTestsThanAnybodyHas) {
  Reader reader(Wanted{});
  ASSERT_TRUE(reader.take("<testsuite>"));
  std::string tests;
  for (int count = 0; count < 10'000; ++count) tests += "<testcase/>";
  Result<void> taken;
  for (int round = 0; round < 301 && taken; ++round) taken = reader.take(tests);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("too many tests"), std::string::npos);
}

TEST(Reader, RefusesMoreSuitesThanAnybodyHas) {
  Reader reader(Wanted{});
  ASSERT_TRUE(reader.take("<a>"));
  std::string suites;
  for (int count = 0; count < 10'000; ++count) suites += "<testsuite/>";
  Result<void> taken;
  for (int round = 0; round < 51 && taken; ++round) taken = reader.take(suites);
  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("too many suites"), std::string::npos);
}

TEST(Reader, HoldsNoTagThatNeverEnds) {
  Reader reader(Wanted{});
  ASSERT_TRUE(reader.take("<testsuite name='"));
  const std::string piece(1u << 20, 'x');
  size_t taken = 0;
  while (taken < 100 && reader.take(piece)) ++taken;
  EXPECT_LE(taken, Reader::kLongestTag / piece.size());
  EXPECT_NE(reader.finish().error().message.find("too long"), std::string::npos);
}

TEST(Reader, RefusesADocumentLargerThanAnybodyHas) {
  Reader reader(Wanted{});
  ASSERT_TRUE(reader.take("<testsuite>"));
  const std::string piece(8u << 20, ' ');
  size_t taken = 0;
  while (taken < 100 && reader.take(piece)) ++taken;
  EXPECT_EQ(taken, Reader::kLargest / piece.size() - 1);
  EXPECT_NE(reader.finish().error().message.find("larger than 512 MiB"), std::string::npos);
}

TEST(Reader, CutsTextBetweenCharacters) {
  std::string text(99, 'x');
  text += "\xc3\xa9 and more";
  const Told told =
      read("<testsuite><testcase><failure>" + text + "</failure><error>e</error></testcase></testsuite>");
  ASSERT_EQ(told.tests.size(), 1U);
  EXPECT_EQ(told.tests[0].problems[0].text, std::string(99, 'x'));
  EXPECT_EQ(told.tests[0].problems[1].text, "");
}

TEST(Reader, KeepsAPartOfAnAttributeThatIsTooLong) {
  const std::string message(Reader::kLongestXml - 1, 'x');
  const Told told = read("<testcase><failure message='" + message + "\xc3\xa9'/></testcase>");
  ASSERT_EQ(told.tests.size(), 1U);
  EXPECT_EQ(told.tests[0].problems[0].message, message);
}

TEST(Reader, KeepsAPartOfAChildThatIsTooLongAsWholeXml) {
  std::string child = "<system-out>";
  for (size_t size = 0; size < Reader::kLongestXml + 100'000; size += 10) child += "<line>0</line>";
  const Told told = read("<testcase name='a'>" + child + "</system-out></testcase>");
  ASSERT_EQ(told.tests.size(), 1U);
  EXPECT_LT(told.tests[0].rest.size(), Reader::kLongestXml + 100);
  EXPECT_EQ(read(told.tests[0].rest).error, "");
}

TEST(Reader, KeepsNoMoreProblemsOfATestThanAnybodyReads) {
  std::string xml = "<testcase>";
  for (size_t count = 0; count < Reader::kMostProblems + 10; ++count) xml += "<failure>a</failure>";
  const Told told = read(xml + "</testcase>");
  ASSERT_EQ(told.tests.size(), 1U);
  EXPECT_EQ(told.tests[0].problems.size(), Reader::kMostProblems);
}

TEST(Reader, TakesNothingWithinATestForAnother) {
  const Told told = read(
      "<a><testcase name='x'><testcase name='y'/><testsuite name='z'/><failure><failure>f</failure></failure>"
      "<system-out><skipped/></system-out></testcase></a>");
  EXPECT_EQ(told.error, "");
  EXPECT_EQ(told.lines, "test x\n");
  EXPECT_EQ(told.tests[0].problems.size(), 1U);
  EXPECT_EQ(told.tests[0].problems[0].text, "f");
}

TEST(Reader, FindsTestsInWhateverWrapsThem) {
  const Told told =
      read("<testsuite name='s'><class><a/><testcase name='x'/><b/></class><testcase name='y'/></testsuite>");
  EXPECT_EQ(told.lines, "suite s\ntest x\n<b></b>\ntest y\nend\n");
}

TEST(Reader, KnowsEncodings) {
  const Told told = read("<?xml version='1.0' encoding='ISO-8859-1'?><testcase name='\xe9'/>");
  EXPECT_EQ(told.lines, "test \xc3\xa9\n");
  EXPECT_NE(read("<?xml version='1.0' encoding='EBCDIC'?><testcase/>").error, "");
  EXPECT_NE(read("<testcase name='\xe9'/>").error, "");
}

TEST(ReadFile, ReadsAWholeFileAndSaysWhatIsNone) {
  const testing::TemporaryDirectory directory;
  const auto message = [](const std::string& path) {
    Reader reader(Wanted{});
    const Result<void> read = read_file(path, &reader);
    return read ? "read" : read.error().message;
  };
  testing::write_text(directory / "good", kDocument.data());
  testing::write_text(directory / "bad", "<testsuite>\n<oops");
  EXPECT_EQ(message(directory / "good"), "read");
  EXPECT_TRUE(message(directory / "bad").starts_with("line 2: "));
  EXPECT_TRUE(
      message(directory / "absent").starts_with("cannot read the JUnit report " + (directory / "absent")));
  // Nobody writes to it: it would be waited for.
  ASSERT_EQ(::mkfifo((directory / "pipe").c_str(), 0600), 0);
  EXPECT_NE(message(directory / "pipe").find("not a regular file"), std::string::npos);
  EXPECT_NE(message(directory.path()).find("not a regular file"), std::string::npos);
}

}  // namespace
}  // namespace alibi::junit
