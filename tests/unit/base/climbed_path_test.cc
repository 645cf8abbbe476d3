#include "tracer/base/climbed_path.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace alibi {
namespace {

namespace fs = std::filesystem;

class ClimbedPath : public ::testing::Test {
 protected:
  ClimbedPath() : root_(fs::canonical(directory_.path()).string()) { fs::create_directories(at("deep/x")); }

  std::string at(const std::string& path) const { return root_ + "/" + path; }
  std::string climbed(const std::string& path) {
    passed_.clear();
    return climbed_path(at(path), &passed_);
  }
  std::vector<std::string> passed() const {
    std::vector<std::string> paths;
    for (const PassedFolder& each : passed_) paths.push_back(each.path.substr(root_.size() + 1));
    return paths;
  }

  testing::TemporaryDirectory directory_;
  std::string root_;
  std::vector<PassedFolder> passed_;
};

using Paths = std::vector<std::string>;

TEST_F(ClimbedPath, LeavesAFolderAsItIsSpelled) {
  EXPECT_EQ(climbed("deep/x/../d"), at("deep/d"));
  EXPECT_EQ(passed(), Paths({"deep/x"}));
  EXPECT_TRUE(S_ISDIR(passed_[0].status.st_mode));
}

TEST_F(ClimbedPath, LeavesALinkTowardsWhatIsAboveItsTarget) {
  fs::create_symlink("deep/x", at("cur"));
  EXPECT_EQ(climbed("cur/../d"), at("deep/d"));
  EXPECT_EQ(passed(), Paths({"cur", "deep/x"}));
  EXPECT_EQ(passed_[0].target, "deep/x");
  fs::create_symlink(at("deep/x"), at("absolute"));
  EXPECT_EQ(climbed("absolute/.././d//"), at("deep/d"));
}

TEST_F(ClimbedPath, PassesEveryLinkOfAChain) {
  fs::create_symlink("deep/x", at("one"));
  fs::create_symlink("deep/../one", at("two"));
  EXPECT_EQ(climbed("two/../d"), at("deep/d"));
  EXPECT_EQ(passed(), Paths({"two", "deep", "one", "deep/x"}));
}

TEST_F(ClimbedPath, LeavesSeveralFoldersAtOnce) {
  fs::create_directories(at("deep/x/y"));
  fs::create_symlink("deep/x", at("cur"));
  EXPECT_EQ(climbed("cur/y/../../d"), at("deep/d"));
  EXPECT_EQ(climbed("cur/y/../d"), at("cur/d"));
}

TEST_F(ClimbedPath, GoesThroughLinksThatItDoesNotLeave) {
  fs::create_symlink("deep", at("cur"));
  EXPECT_EQ(climbed("cur/x/../d"), at("cur/d"));
  EXPECT_EQ(passed(), Paths({"cur/x"}));
}

TEST_F(ClimbedPath, TakesWhatIsMissingAsItIsSpelled) {
  EXPECT_EQ(climbed("none/../d"), at("d"));
  ASSERT_EQ(passed(), Paths({"none"}));
  EXPECT_EQ(passed_[0].error, ENOENT);
}

TEST_F(ClimbedPath, ComesToAnEndInALoopOfLinks) {
  fs::create_symlink("b", at("a"));
  fs::create_symlink("a", at("b"));
  EXPECT_EQ(climbed("a/../d"), at("d"));
}

TEST_F(ClimbedPath, StaysBelowTheRootAndKeepsErrno) {
  errno = EINTR;
  EXPECT_EQ(climbed_path("/../..", nullptr), "/");
  EXPECT_EQ(climbed_path("/no such folder/../..", nullptr), "/");
  EXPECT_EQ(errno, EINTR);
}

}  // namespace
}  // namespace alibi
