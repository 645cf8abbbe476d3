#include "collector/framework/javascript/vitest_shares.h"

#include <gtest/gtest.h>

namespace alibi::framework::javascript {
namespace {

TEST(MayMeanOthers, AsksForNamesInOtherPathsWhateverTheirCase) {
  EXPECT_TRUE(may_mean_others({"/p/a.js"}, {"/p/a.js", "/p/src/BA.js"}));
  EXPECT_TRUE(may_mean_others({"/p/a.js"}, {"/p/a.jsx"}));
  EXPECT_FALSE(may_mean_others({"/p/a.js", "/p/ba.js"}, {"/p/a.js", "/p/ba.js", "/p/b.js"}));
  EXPECT_FALSE(may_mean_others({}, {"/p/a.js"}));
}

TEST(VitestShares, LeaveOutWhatIsMeantInTheFolderOfAProject) {
  const std::vector<VitestProject> projects = {{"/p/src", {"/p/src/a.js", "/p/src/sub/A.js", "/p/src/b.js"}}};
  const std::vector<VitestShare> shares = vitest_shares({"/p/src/a.js", "/p/src/b.js"}, projects);
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_EQ(shares[0].files, (Words{"/p/src/a.js", "/p/src/b.js"}));
  EXPECT_EQ(shares[0].left_out, Words{"sub/A.js"});
  EXPECT_TRUE(vitest_shares({"/p/src/sub/A.js"}, projects)[0].left_out.empty());
}

TEST(VitestShares, AreTwoWhereOneLeavesOutAFileOfTheOther) {
  const std::vector<VitestProject> projects = {{"/p", {"/p/src/a.js", "/p/lib/src/a.js"}},
                                               {"/p/one", {"/p/one/lib/src/a.js"}}};
  const std::vector<VitestShare> shares = vitest_shares({"/p/src/a.js", "/p/one/lib/src/a.js"}, projects);
  ASSERT_EQ(shares.size(), 2U);
  EXPECT_EQ(shares[0].files, Words{"/p/src/a.js"});
  EXPECT_EQ(shares[0].left_out, Words{"lib/src/a.js"});
  EXPECT_EQ(shares[1].files, Words{"/p/one/lib/src/a.js"});
  EXPECT_TRUE(shares[1].left_out.empty());
  // With it in the same run, nothing is to be left out.
  EXPECT_EQ(vitest_shares({"/p/src/a.js", "/p/lib/src/a.js", "/p/one/lib/src/a.js"}, projects).size(), 1U);
}

TEST(VitestShares, RatherRunAFileOnceMoreThanNever) {
  // "lib/a.js" left out of /p is the file itself in /p/lib.
  const std::vector<VitestProject> projects = {{"/p/x/lib", {"/p/x/lib/a.js", "/p/x/lib/lib/a.js"}},
                                               {"/p/x", {"/p/x/lib/a.js"}}};
  const std::vector<VitestShare> shares = vitest_shares({"/p/x/lib/a.js"}, projects);
  ASSERT_EQ(shares.size(), 1U);
  EXPECT_EQ(shares[0].files, Words{"/p/x/lib/a.js"});
  EXPECT_TRUE(shares[0].left_out.empty());
}

TEST(VitestShares, SeeFilesOutsideOfTheFolderOfTheirProject) {
  const std::vector<VitestProject> projects = {{"/p/x/y", {"/p/x/a.js", "/p/a.js"}}};
  EXPECT_EQ(vitest_shares({"/p/x/a.js"}, projects)[0].left_out, Words{"../../a.js"});
  EXPECT_TRUE(vitest_shares({"/p/a.js"}, projects)[0].left_out.empty());
}

}  // namespace
}  // namespace alibi::framework::javascript
