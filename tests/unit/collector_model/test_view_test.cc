#include "collector/model/test_view.h"

#include <gtest/gtest.h>

namespace alibi::collector {
namespace {

using Lines = std::vector<uint32_t>;

class TestView : public ::testing::Test {
 protected:
  TestView() {
    coverage_.description.root = "/project";
    coverage_.files = {{"/elsewhere/c.py", 1, {}, false, false},
                       {"/project/a.py", 1, {}, false, false},
                       {"/project/b.py", 1, {}, false, false}};
    coverage_.names = {
        {NameKind::kGlobal, 0, "limit"}, {NameKind::kImport, 0, "six.moves"}, {NameKind::kImport, 1, "yaml"}};
    coverage_.units = {{1, 1, 20, CodeKind::kModule, 1, {1, 1}, "<module>", {1, 2}},
                       {1, 3, 4, CodeKind::kFunction, 3, {2, 2}, "f", {0}},
                       {2, 1, 9, CodeKind::kFunction, 1, {3, 3}, "g", {0}}};
    coverage_.statements = {{1, 1, {{2, {4, 5}}}, {2}, {2}}};
    coverage_.distributions = {{"six", "1.16.0", false, {"six"}}, {"PyYAML", "6.0", true, {"yaml"}}};
  }

  SessionCoverage coverage_;
};

TEST_F(TestView, PathsAreRelativeBelowTheRootAndAbsoluteOutside) {
  EXPECT_EQ(relative_path("/project/a.py", "/project"), "a.py");
  EXPECT_EQ(relative_path("/project/a.py", "/project/"), "a.py");
  EXPECT_EQ(relative_path("/projects/a.py", "/project"), "/projects/a.py");
  EXPECT_EQ(relative_path("/project", "/project"), "/project");
  EXPECT_EQ(relative_path("/a.py", "/"), "/a.py");
  EXPECT_EQ(relative_path("<string>", "/project"), "<string>");
}

TEST_F(TestView, FoldsInTheImportsThatRanWhileTheTestWasCurrent) {
  Evidence evidence;
  evidence.files = {{1, {4, 7}}};
  evidence.units = {1};
  evidence.statements = {0};
  const EvidenceView view = view_evidence(coverage_, evidence);
  EXPECT_EQ(view.files, (std::map<std::string, Lines>{{"a.py", {1, 4, 7}}, {"b.py", {4, 5}}}));
  ASSERT_EQ(view.imports_run.size(), 1U);
  EXPECT_EQ(view.imports_run[0].line, 1U);
  EXPECT_EQ(view.imports_run[0].imports, std::vector<std::string>{"b.py"});
  EXPECT_EQ(view.scopes.size(), 2U);
}

TEST_F(TestView, ModuleBodiesAreNoScopes) {
  Evidence evidence;
  evidence.files = {{1, {1, 4}}};
  evidence.units = {0, 1};
  const EvidenceView view = view_evidence(coverage_, evidence);
  ASSERT_EQ(view.scopes.size(), 1U);
  EXPECT_EQ(view.scopes.begin()->name, "f");
}

TEST_F(TestView, NamesTheDistributionsThatTheTouchedFilesImport) {
  Evidence evidence;
  evidence.files = {{1, {4}}};
  evidence.units = {1};
  EvidenceView view = view_evidence(coverage_, evidence);
  EXPECT_EQ(view.inputs.packages, (std::map<std::string, std::string>{{"six", "1.16.0"}}))
      << "a relative yaml is none";
  evidence.files = {{2, {4}}};
  evidence.units = {2};
  view = view_evidence(coverage_, evidence);
  EXPECT_TRUE(view.inputs.packages.empty());
}

TEST_F(TestView, SortsInputsByKindAndState) {
  coverage_.inputs = {{InputKind::kFile, InputState::kPresent, {7, 0}, "/project/data.txt", ""},
                      {InputKind::kFile, InputState::kAbsent, {}, "/project/none.txt", ""},
                      {InputKind::kEnvironment, InputState::kPresent, {9, 0}, "HOME", ""},
                      {InputKind::kEnvironment, InputState::kAbsent, {}, "DEBUG", ""},
                      {InputKind::kProbe, InputState::kAbsent, {}, "/etc/none", ""},
                      {InputKind::kFile, InputState::kOther, {}, "/dev/null", ""},
                      {InputKind::kProcess, InputState::kNoValue, {}, "git", "git status"}};
  Evidence evidence;
  evidence.inputs = {0, 1, 2, 3, 4, 5, 6};
  const InputsView inputs = view_evidence(coverage_, evidence).inputs;
  EXPECT_EQ(inputs.files.count("data.txt"), 1U);
  EXPECT_EQ(inputs.absent, (std::set<std::string>{"none.txt", "/etc/none"}));
  EXPECT_FALSE(inputs.environment.at("HOME").absent);
  EXPECT_TRUE(inputs.environment.at("DEBUG").absent);
  EXPECT_EQ(inputs.unhashable, std::set<std::string>{"/dev/null"});
  EXPECT_EQ(inputs.processes, std::set<std::string>{"git"});
}

}  // namespace
}  // namespace alibi::collector
