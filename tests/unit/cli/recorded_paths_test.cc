#include "collector/cli/recorded_paths.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temporary_directory.h"

namespace alibi::cli {
namespace {

using collector::Input;
using collector::InputKind;

collector::SessionCoverage recorded(const std::string& root) {
  collector::SessionCoverage coverage;
  coverage.description.root = root;
  return coverage;
}

Input input(InputKind kind, const std::string& subject, const std::string& detail = {}) {
  Input made;
  made.kind = kind;
  made.subject = subject;
  made.detail = detail;
  return made;
}

class RecordedPathsTest : public ::testing::Test {
 protected:
  bool is_read(const std::string& path) const { return paths_.known().is_read(path); }
  RecordedPaths paths_{"/here"};
};

TEST_F(RecordedPathsTest, WhatLayBelowTheRecordedRootLiesBelowOurs) {
  collector::SessionCoverage coverage = recorded("/there");
  coverage.files.push_back({"/there/shop.py", 0, {}, false, false, {}, {}});
  coverage.files.push_back({"/sibling/lib.py", 0, {}, false, false, {}, {}});
  paths_.add(coverage);
  EXPECT_TRUE(is_read("/here/shop.py"));
  EXPECT_TRUE(is_read("/sibling/lib.py"));
  EXPECT_FALSE(is_read("/there/shop.py"));
}

TEST_F(RecordedPathsTest, InputsOfAllKindsCountEachInItsWay) {
  collector::SessionCoverage coverage = recorded("/here");
  coverage.inputs = {input(InputKind::kFile, "/here/data.json"),
                     input(InputKind::kProbe, "/here/maybe.cfg", "stat"),
                     input(InputKind::kOption, "/here/pytest.ini", "ini bytes"),
                     input(InputKind::kOption, "command line", "{}"),
                     input(InputKind::kDirectory, "/here/cases"),
                     input(InputKind::kWritten, "/here/out.txt", "created"),
                     input(InputKind::kWritten, "/here/made", "folder")};
  coverage.collections.push_back({"tests/cases.yaml", true, {}, {}});
  paths_.add(coverage);
  EXPECT_TRUE(is_read("/here/data.json"));
  EXPECT_TRUE(is_read("/here/maybe.cfg"));
  EXPECT_TRUE(is_read("/here/pytest.ini"));
  EXPECT_TRUE(paths_.known().is_listed("/here/cases"));
  EXPECT_TRUE(paths_.known().is_written("/here/out.txt"));
  EXPECT_TRUE(paths_.known().is_written("/here/made/x"));
  EXPECT_TRUE(paths_.known().may_hold_tests("/here/more.yaml"));
}

TEST_F(RecordedPathsTest, FilesOfTheSystemAreNotWatched) {
  collector::SessionCoverage coverage = recorded("/here");
  for (const char* path : {"/etc/hosts", "/proc/cpuinfo", "/tmp/pytest-1/x", "/usr/share/zoneinfo/UTC",
                           "/home/me/shared/data.json"})
    coverage.inputs.push_back(input(InputKind::kFile, path));
  coverage.inputs.push_back(input(InputKind::kDirectory, "/tmp"));
  paths_.add(coverage);
  EXPECT_FALSE(is_read("/etc/hosts"));
  EXPECT_FALSE(is_read("/tmp/pytest-1/x"));
  EXPECT_TRUE(is_read("/home/me/shared/data.json"));
  EXPECT_EQ(paths_.known().folders(), std::vector<std::string>{"/home/me/shared"});
}

TEST_F(RecordedPathsTest, ALinkCountsAsTheFileItLeadsToAsWell) {
  testing::TemporaryDirectory directory;
  testing::write_text(directory / "real.json", "x");
  ASSERT_EQ(::symlink("real.json", (directory / "link.json").c_str()), 0);
  RecordedPaths paths(directory.path());
  collector::SessionCoverage coverage = recorded(directory.path());
  coverage.inputs = {input(InputKind::kFile, directory / "link.json")};
  paths.add(coverage);
  EXPECT_TRUE(paths.known().is_read(directory / "link.json"));
  EXPECT_TRUE(paths.known().is_read(directory / "real.json"));
}

}  // namespace
}  // namespace alibi::cli
