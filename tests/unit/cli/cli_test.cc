#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "collector/cli/alibi_check.h"
#include "collector/cli/console.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/interpreter_facts.h"
#include "collector/cli/local_intake.h"
#include "collector/cli/options.h"
#include "collector/cli/test_selection.h"
#include "collector/model/error_codes.h"
#include "collector/store/disk.h"
#include "tests/support/temporary_directory.h"

namespace alibi::cli {
namespace {

std::vector<store::TestRow> tests(const std::vector<std::string>& ids) {
  std::vector<store::TestRow> rows;
  for (const std::string& id : ids) {
    store::TestRow row;
    row.id = id;
    rows.push_back(row);
  }
  return rows;
}

const std::vector<std::string> kIds = {"a.py::test_x", "a.py::test_x[1]", "a.py::test_x[2]", "b.py::test_y"};

TEST(Surroundings, HoldWhatTheKernelSaysOfTheContainer) {
  EXPECT_NE(surroundings_of_process().cgroup.find(":/"), std::string::npos);
}

TEST(TestSelection, AnExactIdWinsOverIdsThatContainIt) {
  const auto found = select_tests(tests(kIds), "a.py::test_x");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0].id, "a.py::test_x");
}

TEST(TestSelection, AUniquePartIsEnough) {
  EXPECT_EQ(select_tests(tests(kIds), "test_y")->front().id, "b.py::test_y");
}

TEST(TestSelection, APartOfSeveralIsRefusedWithTheirNames) {
  const auto found = select_tests(tests(kIds), "test_x[");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, collector::kAmbiguousTest);
  EXPECT_NE(found.error().message.find("a.py::test_x[2]"), std::string::npos);
}

TEST(TestSelection, PatternsMatchSeveralAndTakeBracketsLiterally) {
  EXPECT_EQ(select_tests(tests(kIds), "a.py::*")->size(), 3U);
  EXPECT_EQ(select_tests(tests(kIds), "*[1]")->size(), 1U);
  EXPECT_EQ(select_tests(tests(kIds), "*test_?")->size(), 2U);
}

TEST(TestSelection, NothingFoundSaysSo) {
  EXPECT_EQ(select_tests(tests(kIds), "zzz").error().code, collector::kNoSuchTest);
  EXPECT_EQ(select_tests(tests(kIds), "z*").error().code, collector::kNoSuchTest);
  EXPECT_EQ(select_tests(tests(kIds), "")->size(), 4U);
}

Parsed parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "alibi");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, AreReadPerCommand) {
  const Parsed merge = parsed({"merge", "/s", "--data", "/d", "--json", "--leave", "--keep", "7"});
  const auto& options = std::get<MergeOptions>(std::get<Command>(merge));
  EXPECT_EQ(options.sources, std::vector<std::string>{"/s"});
  EXPECT_EQ(options.data, "/d");
  EXPECT_EQ(options.output, Output::kJson);
  EXPECT_TRUE(options.leave);
  EXPECT_EQ(options.kept, 7U);
  EXPECT_EQ(std::get<GcOptions>(std::get<Command>(parsed({"gc", "--keep", "all"}))).kept, store::kKeepAll);
  const Parsed pull = parsed({"pull", "/shared", "--environment", "py39", "--dry-run"});
  EXPECT_EQ(std::get<PullOptions>(std::get<Command>(pull)).environment, "py39");
  EXPECT_TRUE(std::get<PullOptions>(std::get<Command>(pull)).dry_run);
  const Parsed exported = parsed({"export", "coverage", "-o", "f"});
  EXPECT_EQ(std::get<ExportOptions>(std::get<Command>(exported)).format, ExportFormat::kCoverage);
}

TEST(Options, AnAuditHandsOnWhatItIsToldAndWhatPytestIs) {
  const Parsed read = parsed({"audit", "--mutants", "40", "--seed", "7", "--selected-runs", "10%", "--python",
                              "/p", "--", "tests", "-x"});
  const auto& options = std::get<AuditOptions>(std::get<Command>(read));
  EXPECT_EQ(options.mutants, "40");
  EXPECT_EQ(options.sample, "");
  EXPECT_EQ(options.seed, "7");
  EXPECT_EQ(options.selected_runs, "10%");
  EXPECT_EQ(options.python, "/p");
  EXPECT_EQ(options.arguments, (std::vector<std::string>{"tests", "-x"}));
  EXPECT_EQ(std::get<AuditOptions>(std::get<Command>(parsed({"audit", "--sample", "10%"}))).sample, "10%");
}

TEST(Options, VerifyTakesTestsOrAFileOfAlibis) {
  const Parsed read = parsed({"verify", "a.py::test_x", "b*", "--json"});
  EXPECT_EQ(std::get<VerifyOptions>(std::get<Command>(read)).tests,
            (std::vector<std::string>{"a.py::test_x", "b*"}));
  const Parsed told = parsed({"verify", "--alibi", "f.json", "--environment", "e"});
  EXPECT_EQ(std::get<VerifyOptions>(std::get<Command>(told)).alibi, "f.json");
  EXPECT_EQ(std::get<int>(parsed({"verify", "test", "--alibi", "f.json"})), kUsage);
}

TEST(Alibis, AreReadAsWhyPrintsThem) {
  const auto read = parse_alibis(R"([{"id": "a.py::test_x", "evidence": "e", "verdict": "skip",
      "alibi": [{"kind": "source", "subject": "a.py", "state": "0f"}]}])");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1U);
  EXPECT_TRUE(read->front().skipped);
  EXPECT_EQ(read->front().holdings.front().subject, "a.py");
  for (const char* text : {"", "1", "[1]", "{}", R"([{"id": "a"}])", R"([{"id": "a", "alibi": [1]}])",
                           R"([{"id": 1, "alibi": []}])"})
    EXPECT_FALSE(parse_alibis(text)) << text;
}

TEST(Alibis, MustSayWhatTheirEvidenceSays) {
  const Explanation::Holding one{"source", "a.py", "0f"}, other{"file", "a.csv", "absent"};
  CheckedAlibi checked{"a.py::test_x", "e", {}, {{one, true, {}}}};
  ToldAlibi told{"a.py::test_x", "e", true, {one}};
  compare_with_told(told, &checked);
  EXPECT_TRUE(checked.holds());
  told.holdings = {other};
  compare_with_told(told, &checked);
  EXPECT_EQ(checked.problems,
            (std::vector<std::string>{"it leaves out what its evidence names: source a.py (0f)",
                                      "it names what its evidence does not: file a.csv (absent)"}));
  checked.problems.clear();
  told = {"a.py::test_x", "e", false, {one}};
  compare_with_told(told, &checked);
  EXPECT_FALSE(checked.holds());
}

TEST(Options, MistakesHaveTheirOwnExitStatus) {
  for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                 {"merge"},
                                                                 {"nonsense"},
                                                                 {"export", "pdf"},
                                                                 {"show", "--wrong"},
                                                                 {"push"},
                                                                 {"gc", "--keep", "0"},
                                                                 {"gc", "--keep", "few"}}) {
    EXPECT_EQ(std::get<int>(parsed(words)), kUsage);
  }
  EXPECT_EQ(std::get<int>(parsed({"--version"})), kDone);
  EXPECT_EQ(std::get<int>(parsed({"show", "--help"})), kDone);
}

TEST(ExitCodes, TellWhatKindOfFailureItWas) {
  EXPECT_EQ(exit_code_of(collector::kNoSuchTest), kNotFound);
  EXPECT_EQ(exit_code_of(collector::kNotEvidence), kDamaged);
  EXPECT_EQ(exit_code_of(ErrorCode::kNotAShard), kDamaged);
  EXPECT_EQ(exit_code_of(collector::kCannotWrite), kFailed);
}

TEST(Console, EveryErrorOfTheCollectorComesWithAdvice) {
  for (int code = 40; code <= 48; ++code) EXPECT_STRNE(advice_for(ErrorCode{code}), "") << code;
}

TEST(DataFolder, IsTheChosenOneTheVariablesOrTheNearest) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(store::make_directories(directory / "project/.alibi"));
  ASSERT_TRUE(store::make_directories(directory / "project/deep/er"));
  char before[4096];
  ASSERT_NE(::getcwd(before, sizeof before), nullptr);
  ASSERT_EQ(::chdir((directory / "project/deep/er").c_str()), 0);
  ::unsetenv("ALIBI_DATA");
  EXPECT_EQ(data_folder(""), directory / "project/.alibi");
  ::setenv("ALIBI_DATA", "/elsewhere/", 1);
  EXPECT_EQ(data_folder(""), "/elsewhere");
  EXPECT_EQ(data_folder("/chosen/"), "/chosen");
  ::unsetenv("ALIBI_DATA");
  ASSERT_EQ(::chdir(before), 0);
}

TEST(InterpreterFacts, SomethingThatIsNoInterpreterIsAnError) {
  EXPECT_FALSE(ask_interpreter("/nonexistent/python"));
  EXPECT_FALSE(ask_interpreter("false"));
}

}  // namespace
}  // namespace alibi::cli
