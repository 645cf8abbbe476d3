#include "collector/ship/coverage_report.h"

#include <gtest/gtest.h>

namespace alibi::ship {
namespace {

using collector::FileLines;
using collector::SessionCoverage;
using collector::TestCoverage;
using Files = std::map<std::string, std::vector<uint32_t>>;

// t.py (0) imports a.py (1), which imports b.py (2) and, within a function, c.py (3); conftest.py (4); one
// outside (5).
SessionCoverage session() {
  SessionCoverage made;
  for (const char* path :
       {"/repo/t.py", "/repo/a.py", "/repo/b.py", "/repo/c.py", "/repo/conftest.py", "/usr/lib/x.py"}) {
    collector::SourceFile file;
    file.path = path;
    made.files.push_back(file);
  }
  made.statements.resize(4);
  made.statements[0].file = 0, made.statements[0].line = 1, made.statements[0].imports = {1};
  made.statements[1].file = 1, made.statements[1].line = 1, made.statements[1].imports = {2, 5};
  made.statements[2].file = 1, made.statements[2].line = 3;
  made.statements[3].file = 2, made.statements[3].line = 1;
  made.session.files = {FileLines{4, {1}}};
  made.inputs.resize(3);
  made.inputs[0].kind = collector::InputKind::kFile, made.inputs[0].subject = "/repo/data/x.json";
  made.inputs[1].kind = collector::InputKind::kFile, made.inputs[1].subject = "/etc/hosts";
  made.inputs[2].kind = collector::InputKind::kFile, made.inputs[2].subject = "/repo/none";
  made.inputs[2].state = collector::InputState::kAbsent;
  TestCoverage one;
  one.id = "one";
  one.evidence.files = {FileLines{0, {5, 6}}};
  one.evidence.inputs = {0, 1, 2};
  TestCoverage two;
  two.id = "two";
  two.evidence.files = {FileLines{3, {8}}};
  made.tests = {one, two};
  return made;
}

Files files_of(const payload::CoverageEvent& event) {
  Files files;
  for (const payload::CoveredFile& file : event.files) files[file.path] = file.lines;
  return files;
}

std::vector<payload::CoverageEvent> told(const Reporting& reporting) {
  const std::map<std::string, TestPlace> places = {{"one", {7, 71}}, {"two", {7, 72}}};
  std::vector<payload::CoverageEvent> events;
  coverage_of(session(), reporting, places,
              [&](payload::CoverageEvent event) { events.push_back(std::move(event)); });
  return events;
}

TEST(CoverageReport, ATestHasItsLinesWhatItsFilesImportWhatTheSessionDidAndTheDataItRead) {
  Reporting reporting;
  reporting.session_id = 9;
  reporting.root = "/repo";
  const auto events = told(reporting);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].session_id, 9u);
  EXPECT_EQ(events[0].suite_id, 7u);
  EXPECT_EQ(events[0].span_id, 71u);
  EXPECT_EQ(
      files_of(events[0]),
      (Files{{"a.py", {1, 3}}, {"b.py", {1}}, {"conftest.py", {1}}, {"data/x.json", {}}, {"t.py", {5, 6}}}));
  EXPECT_EQ(files_of(events[1]), (Files{{"c.py", {8}}, {"conftest.py", {1}}}));
}

TEST(CoverageReport, ASuiteHasWhatItsTestsHave) {
  Reporting reporting;
  reporting.root = "/repo";
  reporting.wants_suites = true;
  const auto events = told(reporting);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_FALSE(events[0].span_id.has_value());
  EXPECT_EQ(files_of(events[0]).size(), 6u);
}

TEST(CoverageReport, ATestThatIsNotToldHasNoCoverage) {
  std::vector<payload::CoverageEvent> events;
  coverage_of(session(), {}, {}, [&](payload::CoverageEvent event) { events.push_back(std::move(event)); });
  EXPECT_TRUE(events.empty());
}

}  // namespace
}  // namespace alibi::ship
