#include "collector/change/ground.h"

#include <gtest/gtest.h>

#include "collector/change/ground_json.h"
#include "collector/store/disk.h"
#include "tests/support/temporary_directory.h"
#include "tracer/base/hash.h"

namespace alibi::change {
namespace {

using collector::Input;
using collector::InputKind;
using collector::InputState;

using Lines = std::vector<std::string>;

Input file_of(const std::string& path, const std::string& content) {
  Input input;
  input.hash = hash128(content.data(), content.size());
  input.subject = path;
  return input;
}

class Grounds : public ::testing::Test {
 protected:
  void write(const std::string& path, const std::string& text = "") {
    const std::string whole = directory_ / path;
    ASSERT_TRUE(store::make_directories(whole.substr(0, whole.rfind('/'))).ok());
    testing::write_text(whole, text);
  }
  void install(const std::string& folder, const std::string& name, const std::string& version) {
    write(folder + "/" + name + "/__init__.py", "VERSION = '" + version + "'\n");
    write(folder + "/" + name + "-" + version + ".dist-info/METADATA",
          "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n");
  }
  // Rests on version 1.0 of lemon, found in one/.
  Ground on_lemon() {
    Ground ground;
    ground.root = directory_ / "project";
    ground.interpreter = "cpython 3.11.2";
    ground.imported = {{"lemon", directory_ / "one/lemon/__init__.py"}};
    ground.distributions = {{"lemon", "1.0", false, {"lemon"}, {}}};
    return ground;
  }
  CurrentProject now(const std::string& root = "project") {
    CurrentProject project;
    project.root = directory_ / root;
    project.sys_path = {directory_ / "one", directory_ / "two"};
    return project;
  }
  testing::TemporaryDirectory directory_;
};

TEST_F(Grounds, AreTheSameWhereNothingIsOtherwise) {
  install("one", "lemon", "1.0");
  EXPECT_EQ(ground_differences(on_lemon(), now(), {}), Lines());
}

TEST_F(Grounds, NameThePackageThatIsAnotherOneAndBothVersions) {
  install("one", "lemon", "2.0");
  EXPECT_EQ(ground_differences(on_lemon(), now(), {}), Lines{"the package lemon was 1.0 and is 2.0"});
}

TEST_F(Grounds, NameThePackageThatIsNotThere) {
  EXPECT_EQ(ground_differences(on_lemon(), now(), {}), Lines{"the package lemon was 1.0 and is not found"});
}

TEST_F(Grounds, DoNotMindPackagesThatNobodyRestsOn) {
  install("one", "lemon", "1.0");
  install("one", "melon", "3.0");
  EXPECT_EQ(ground_differences(on_lemon(), now(), {}), Lines());
}

TEST_F(Grounds, TakeTheVersionThatAnImportWouldFind) {
  install("one", "lemon", "2.0");
  install("two", "lemon", "1.0");
  Ground ground = on_lemon();
  ground.imported = {{"lemon", directory_ / "two/lemon/__init__.py"}};
  EXPECT_EQ(ground_differences(ground, now(), {}), Lines{"the package lemon was 1.0 and is 2.0"});
}

TEST_F(Grounds, FindAPackageInAnotherFolderOfThePath) {
  install("two", "lemon", "1.0");
  EXPECT_EQ(ground_differences(on_lemon(), now(), {}), Lines());
}

TEST_F(Grounds, KnowAPackageWithoutMetadataByItsContent) {
  write("one/lemon/__init__.py", "A = 1\n");
  Ground ground = on_lemon();
  ground.distributions[0].version = "content of then";
  ground = seen_ground(ground, now(), {});
  ASSERT_EQ(ground.distributions.size(), 1U);
  EXPECT_EQ(ground_differences(ground, now(), {}), Lines());
  write("one/lemon/__init__.py", "A = 2\n");
  EXPECT_EQ(ground_differences(ground, now(), {}).size(), 1U);
}

TEST_F(Grounds, NameAModuleThatWasNotThereAndIs) {
  Ground ground;
  ground.absent = {"melon"};
  EXPECT_EQ(ground_differences(ground, now(), {}), Lines());
  install("two", "melon", "1.0");
  EXPECT_EQ(ground_differences(ground, now(), {}), Lines{"the module melon was not found and is there (" +
                                                         (directory_ / "two/melon/__init__.py") + ")"});
}

TEST_F(Grounds, ComparePluginsOfTheTestRunner) {
  Ground ground;
  ground.plugins = {"pytest-a 1", "pytest-b 1"};
  EXPECT_EQ(ground_differences(ground, now(), {"pytest-b 1", "pytest-a 1"}), Lines());
  const Lines expected = {"the test runner's plugin pytest-a was 1 and is 2",
                          "the test runner's plugin pytest-b 1 is not installed",
                          "the test runner's plugin pytest-c 1 was not installed where the plan was made"};
  EXPECT_EQ(ground_differences(ground, now(), {"pytest-a 2", "pytest-c 1"}), expected);
  ground.ignored = {"Pytest_A", "pytest-b", "pytest-c"};
  EXPECT_EQ(ground_differences(ground, now(), {"pytest-a 2", "pytest-c 1"}), Lines());
}

TEST_F(Grounds, CompareFilesOfCheckoutsThatLieElsewhere) {
  write("other/local.yml", "a: 1\n");
  Ground ground;
  ground.root = directory_ / "project";
  ground.inputs = {file_of(directory_ / "project/local.yml", "a: 1\n")};
  EXPECT_EQ(ground_differences(ground, now("other"), {}), Lines());
  write("other/local.yml", "a: 2\n");
  EXPECT_EQ(ground_differences(ground, now("other"), {}),
            Lines{"the file " + (directory_ / "other/local.yml") + " is another one (changed)"});
}

TEST_F(Grounds, LeaveAwayWhatTheCommitHasAndFoldersOfTheProject) {
  Ground ground;
  ground.root = "/p";
  ground.inputs = {file_of("/p/tracked", ""), file_of("/p/local", ""), file_of("/data/tracked", ""),
                   file_of("/p", ""), file_of("/data", "")};
  ground.inputs[3].kind = ground.inputs[4].kind = InputKind::kDirectory;
  leave_away(&ground, [](const std::string& path) { return path.ends_with("tracked"); });
  Lines left;
  for (const Input& input : ground.inputs) left.push_back(input.subject);
  EXPECT_EQ(left, (Lines{"/p/local", "/data/tracked", "/data"}));
}

TEST_F(Grounds, AreOnlyWhatTheMachineOfThePlanSeesTheSameWay) {
  install("one", "lemon", "2.0");
  write("kept", "x");
  Ground ground = on_lemon();
  ground.inputs = {file_of(directory_ / "kept", "x"), file_of(directory_ / "gone", "x")};
  ground.absent = {"lemon", "melon"};
  const Ground seen = seen_ground(ground, now(), {"pytest-a 1"});
  EXPECT_EQ(ground_differences(seen, now(), {"pytest-a 1"}), Lines());
  ASSERT_EQ(seen.distributions.size(), 1U);
  EXPECT_EQ(seen.distributions[0].version, "2.0");
  EXPECT_EQ(seen.inputs.size(), 1U);
  EXPECT_EQ(seen.absent, Lines{"melon"});
}

TEST_F(Grounds, AreTheSameTextInAnyOrder) {
  Ground one = on_lemon(), other;
  other.absent = {"b", "a"};
  other.inputs = {file_of("/b", ""), file_of("/a", "")};
  Ground first = one, second = other;
  first.add(other);
  second.add(one);
  first.sort();
  second.sort();
  second.add(second);
  second.sort();
  EXPECT_EQ(ground_text(first), ground_text(second));
}

TEST_F(Grounds, AreReadAsTheyWereWrittenWhateverTheirBytes) {
  Ground ground = on_lemon();
  ground.root_from_plan = "..";
  ground.inputs = {file_of("/a\xff\xc3\xa4\n", "x")};
  ground.inputs[0].hash = {UINT64_MAX, 1};
  ground.absent = {"m"};
  ground.plugins = {"p 1"};
  ground.ignored = {"i"};
  const std::string text = ground_text(ground);
  const Result<Ground> read = parse_ground(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(ground_text(*read), text);
  EXPECT_EQ(read->inputs[0].subject, "/a\xff\xc3\xa4\n");
  EXPECT_EQ(read->inputs[0].hash.low, UINT64_MAX);
  EXPECT_EQ(read->distributions[0].modules, Lines{"lemon"});
}

TEST_F(Grounds, AreNotReadFromWhatIsNone) {
  Ground ground = on_lemon();
  ground.inputs = {file_of("/a", "x")};
  const std::string text = ground_text(ground);
  for (size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_ground(text.substr(0, length)).ok()) << length;
  for (const auto& [from, into] : {std::pair<std::string, std::string>{"\"version\":1", "\"version\":2"},
                                   {"[[1,1,", "[[10,1,"},
                                   {"[[1,1,", "[[0,1,"},
                                   {"[[1,1,", "[[1,-1,"},
                                   {"\"lemon\"", "7"},
                                   {"\"lemon\"", "\"\xe2\x82\xac\""}}) {
    std::string other = text;
    const size_t at = other.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    EXPECT_FALSE(parse_ground(other.replace(at, from.size(), into)).ok()) << into;
  }
}

}  // namespace
}  // namespace alibi::change
