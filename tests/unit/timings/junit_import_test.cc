#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/timings/timings.h"
#include "tests/support/temporary_directory.h"

namespace alibi::timings {
namespace {

using testing::TemporaryDirectory;
using testing::write_text;

class JunitImport : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { write_text(directory_ / name, text); }
  void folder(const std::string& name) const { ASSERT_EQ(::mkdir((directory_ / name).c_str(), 0700), 0); }

  Known import(const std::vector<std::string>& names, const std::vector<std::string>& files) const {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(directory_ / name);
    Known known;
    add_junit(paths, files, &known);
    return known;
  }
  // Of one file that was written.
  std::map<std::string, uint64_t> times(const std::string& xml, const std::vector<std::string>& files) const {
    write("x.xml", xml);
    const Known known = import({"x.xml"}, files);
    EXPECT_EQ(known.notices, std::vector<std::string>());
    std::map<std::string, uint64_t> times;
    for (const auto& [file, samples] : known.samples) {
      EXPECT_EQ(samples.size(), 1u);
      EXPECT_TRUE(samples[0].whole) << file;
      times[file] = samples[0].duration_ms;
    }
    return times;
  }

  TemporaryDirectory directory_;
};

using Times = std::map<std::string, uint64_t>;

TEST_F(JunitImport, KnowsPytests) {
  EXPECT_EQ(
      times("<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites name=\"pytest tests\">"
            "<testsuite name=\"pytest\" tests=\"3\" time=\"9.9\" timestamp=\"2026-11-20T10:00:00+00:00\">"
            "<testcase classname=\"tests.unit.test_a\" name=\"test_1\" time=\"0.100\"/>"
            "<testcase classname=\"tests.unit.test_a.TestX\" name=\"test_1\" time=\"0.200\"/>"
            "<testcase classname=\"tests.test_b\" name=\"test_2\" time=\"0.001\"/>"
            "</testsuite></testsuites>",
            {"tests/unit/test_a.py", "tests/test_b.py", "tests/test_c.py"}),
      (Times{{"tests/test_b.py", 1}, {"tests/unit/test_a.py", 300}}));
}

TEST_F(JunitImport, KnowsPytestsOldFamilyWithFiles) {
  EXPECT_EQ(
      times("<testsuites><testsuite name=\"pytest\"><testcase classname=\"tests.test_a\" "
            "file=\"tests/test_a.py\" line=\"3\" name=\"test_1\" time=\"0.5\"/></testsuite></testsuites>",
            {"tests/test_a.py"}),
      (Times{{"tests/test_a.py", 500}}));
}

TEST_F(JunitImport, KnowsRspecs) {
  EXPECT_EQ(times("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"rspec\" tests=\"2\" "
                  "skipped=\"1\" time=\"0.07\" timestamp=\"2026-11-20T10:00:00+01:00\" hostname=\"h\">\n"
                  "<properties><property name=\"seed\" value=\"1\"/></properties>\n"
                  "<testcase classname=\"spec.models.user_spec\" name=\"User is\" "
                  "file=\"./spec/models/user_spec.rb\" time=\"0.030\"></testcase>\n"
                  "<testcase classname=\"spec.models.user_spec\" name=\"User later\" "
                  "file=\"./spec/models/user_spec.rb\" time=\"0.000\"><skipped/></testcase></testsuite>",
                  {"spec/models/user_spec.rb", "spec/user_spec.rb"}),
            (Times{{"spec/models/user_spec.rb", 30}}));
}

TEST_F(JunitImport, KnowsMinitestReporters) {
  EXPECT_EQ(
      times("<testsuites><testsuite name=\"UserTest\" filepath=\"test/user_test.rb\" time=\"0.3\">"
            "<testcase name=\"test_a\" lineno=\"3\" classname=\"UserTest\" assertions=\"1\" time=\"0.3\" "
            "file=\"test/user_test.rb\"/></testsuite><testsuite name=\"AdminTest\" "
            "filepath=\"/ci/app/test/admin_test.rb\"><testcase name=\"test_b\" classname=\"AdminTest\" "
            "time=\"0.2\"/></testsuite></testsuites>",
            {"test/user_test.rb", "test/admin_test.rb"}),
      (Times{{"test/admin_test.rb", 200}, {"test/user_test.rb", 300}}));
}

TEST_F(JunitImport, KnowsJests) {
  EXPECT_EQ(
      times("<testsuites name=\"jest tests\" tests=\"2\" time=\"1.2\"><testsuite name=\"adds\" errors=\"0\" "
            "tests=\"1\" time=\"0.9\" timestamp=\"2026-11-20T10:00:00\"><testcase classname=\"adds one\" "
            "name=\"adds one\" time=\"0.002\" file=\"src/add.test.js\"></testcase></testsuite>"
            "<testsuite name=\"src/sub.test.js\"><testcase classname=\"subtracts\" name=\"s\" "
            "time=\"0.004\"/></testsuite></testsuites>",
            {"src/add.test.js", "src/sub.test.js"}),
      (Times{{"src/add.test.js", 2}, {"src/sub.test.js", 4}}));
}

TEST_F(JunitImport, KnowsVitests) {
  EXPECT_EQ(times("<testsuites name=\"vitest tests\"><testsuite name=\"test/basic.test.ts\" "
                  "timestamp=\"2026-11-20T10:00:00.000Z\" hostname=\"h\" time=\"0.5\"><testcase "
                  "classname=\"test/basic.test.ts\" name=\"suite &gt; adds\" time=\"0.0042\"></testcase>"
                  "</testsuite></testsuites>",
                  {"test/basic.test.ts", "test/other.test.ts"}),
            (Times{{"test/basic.test.ts", 4}}));
}

TEST_F(JunitImport, KnowsMochas) {
  EXPECT_EQ(
      times("<testsuites name=\"Mocha Tests\" time=\"0.3\"><testsuite name=\"Root Suite\" "
            "timestamp=\"2026-11-20T10:00:00\" file=\"/ci/app/test/array.js\" time=\"0.1\"></testsuite>"
            "<testsuite name=\"Array\" file=\"/ci/app/test/array.js\" time=\"0.2\"><testcase name=\"Array "
            "is\" time=\"0.020\" classname=\"is\"/></testsuite></testsuites>",
            {"test/array.js"}),
      (Times{{"test/array.js", 20}}));
  EXPECT_EQ(times("<testsuite name=\"Mocha Tests\"><testcase classname=\"Array\" name=\"is\" "
                  "file=\"/ci/app/test/array.js\" time=\"0.02\"/></testsuite>",
                  {"test/array.js"}),
            (Times{{"test/array.js", 20}}));
}

TEST_F(JunitImport, SaysOfWhatFileItIsNotKnown) {
  write("x.xml",
        "<testsuite><testcase classname='test_a' name='x' time='1'/><testcase classname='t.test_b' name='y' "
        "time='1'/></testsuite>");
  const Known known = import({"x.xml"}, {"p/test_a.py", "q/test_a.py", "t/test_b.py"});
  EXPECT_EQ(known.samples.size(), 1u);
  ASSERT_EQ(known.notices.size(), 1u);
  EXPECT_NE(known.notices[0].find("1 of the 2 tests"), std::string::npos) << known.notices[0];
}

TEST_F(JunitImport, SaysThatAReportIsOfAnotherProject) {
  write("x.xml", "<testsuite><testcase classname='z' file='z/z.py' name='x' time='1'/></testsuite>");
  const Known known = import({"x.xml"}, {"t/test_b.py"});
  EXPECT_TRUE(known.samples.empty());
  ASSERT_EQ(known.notices.size(), 1u);
  EXPECT_NE(known.notices[0].find("another folder"), std::string::npos);
}

TEST_F(JunitImport, NamesWhatCannotBeRead) {
  write("bad.xml", "<testsuite>");
  write("empty.xml", "<coverage/>");
  write("good.xml", "<testsuite><testcase classname='t.test_b' name='y' time='1'/></testsuite>");
  const Known known = import({"bad.xml", "empty.xml", "missing.xml", "good.xml"}, {"t/test_b.py"});
  EXPECT_EQ(known.samples.size(), 1u);
  ASSERT_EQ(known.notices.size(), 3u);
  EXPECT_NE(known.notices[0].find("missing.xml: there is no such"), std::string::npos);
  EXPECT_NE(known.notices[1].find("bad.xml: line 1"), std::string::npos);
  EXPECT_NE(known.notices[2].find("empty.xml: it names no test"), std::string::npos);
}

TEST_F(JunitImport, WalksFolders) {
  folder("reports");
  folder("reports/deep");
  write("reports/deep/TEST-1.xml",
        "<testsuite><testcase classname='t.test_a' name='y' time='1'/></testsuite>");
  write("reports/coverage.xml", "<coverage/>");
  write("reports/notes.txt", "no XML");
  ASSERT_EQ(::symlink((directory_ / "reports").c_str(), (directory_ / "reports/deep/circle").c_str()), 0);
  const Known known = import({"reports"}, {"t/test_a.py"});
  EXPECT_EQ(known.notices, std::vector<std::string>());
  EXPECT_EQ(known.samples.at("t/test_a.py").size(), 1u);
}

TEST_F(JunitImport, JoinsReportsOfOneRun) {
  folder("r");
  const auto of_class = [](const std::string& name, const std::string& day) {
    return "<testsuite name='" + name + "' filepath='test/x_test.rb' timestamp='2026-11-" + day +
           "T10:00:00'><testcase classname='" + name + "' name='a' time='2'/></testsuite>";
  };
  write("r/TEST-A.xml", of_class("A", "20"));
  write("r/TEST-B.xml", of_class("B", "20"));
  Known known = import({"r"}, {"test/x_test.rb"});
  ASSERT_EQ(known.samples.at("test/x_test.rb").size(), 1u);
  EXPECT_EQ(known.samples.at("test/x_test.rb")[0].duration_ms, 4000u);
  // Two runs: the second one ran a half.
  write("r/TEST-C.xml", of_class("A", "21"));
  known = import({"r"}, {"test/x_test.rb"});
  ASSERT_EQ(known.samples.at("test/x_test.rb").size(), 2u);
  EXPECT_TRUE(known.samples.at("test/x_test.rb")[0].whole);
  EXPECT_FALSE(known.samples.at("test/x_test.rb")[1].whole);
}

TEST_F(JunitImport, LearnsNothingFromSkips) {
  write("x.xml",
        "<testsuite><testcase classname='t.test_a' name='x' time='0'><skipped/></testcase>"
        "<testcase classname='t.test_b' name='x' time='1'/><testcase classname='t.test_b' name='y' time='0'>"
        "<skipped message='Skipped by Datadog Intelligent Test Runner'/></testcase></testsuite>");
  const Known known = import({"x.xml"}, {"t/test_a.py", "t/test_b.py"});
  EXPECT_FALSE(known.samples.at("t/test_a.py")[0].whole);
  EXPECT_FALSE(known.samples.at("t/test_b.py")[0].whole);
}

TEST_F(JunitImport, KeepsItsNoticesFew) {
  std::vector<std::string> names(500, "missing.xml");
  const Known known = import(names, {"a.py"});
  ASSERT_EQ(known.notices.size(), 21u);
  EXPECT_EQ(known.notices.back(), "and 480 more like these");
}

}  // namespace
}  // namespace alibi::timings
