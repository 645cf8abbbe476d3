// Which jobs may run which plan.
#include "collector/plan_folder/plan_key.h"

#include <gtest/gtest.h>

namespace alibi::plan_folder {
namespace {

using Lines = std::vector<std::string>;

plan::Settings settings(const std::map<std::string, std::vector<std::string>>& flags, uint32_t cores = 4) {
  const Result<plan::Settings> resolved = plan::resolve_settings({flags, {}, cores});
  EXPECT_TRUE(resolved);
  return *resolved;
}

TEST(PlanKey, IsTheSameForTheSameThingsInAnyOrder) {
  const PlanKey one = make_plan_key("c1", settings({}), {"b", "a", "b"}, {{"a", 1}});
  EXPECT_EQ(one,
            make_plan_key("c1", settings({{"--logs", {"l"}}, {"--ci-node", {"3"}}}), {"a", "b"}, {{"a", 1}}));
  EXPECT_EQ(one.files_digest.size(), 16u);
  EXPECT_NE(one.files_digest, make_plan_key("c1", settings({}), {"ab"}, {}).files_digest);
  EXPECT_NE(one.timings_digest, make_plan_key("c1", settings({}), {}, {{"a", 2}}).timings_digest);
  EXPECT_NE(one.settings_digest,
            make_plan_key("c1", settings({{"--target-time", {"9s"}}}), {}, {}).settings_digest);
}

TEST(PlanKey, DoesNotDifferForAJobThatIsOnlyToldItsNode) {
  const PlanKey planned = make_plan_key(
      "c1", settings({{"--max-parallelism", {"9"}}, {"--platform", {"python"}}}, 16), {"a"}, {{"a", 1}});
  const PlanKey now =
      key_of_now("c1", settings({{"--ci-node", {"1"}}, {"--ci-node-workers", {"2"}}}, 2), nullptr);
  EXPECT_EQ(difference_of_keys(planned, now), Lines());
}

TEST(PlanKey, DiffersByCommitSettingsThatAreGivenAndFiles) {
  const PlanKey planned = make_plan_key("c1", settings({{"--target-time", {"60s"}}}), {"a"}, {{"a", 1}});
  const Lines files = {"b"};
  const PlanKey now =
      key_of_now("c2", settings({{"--target-time", {"90s"}}, {"--tests-location", {"t/**"}}}), &files);
  const Lines lines = difference_of_keys(planned, now);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "commit: planned for c1, now c2");
  EXPECT_EQ(lines[1], "--target-time: planned with 60s, now 90s");
  EXPECT_EQ(lines[2], "--tests-location: planned with nothing, now t/**");
  EXPECT_NE(lines[3].find("test files"), std::string::npos);
}

TEST(PlanKey, TakesNothingUnknownForADifference) {
  const PlanKey planned = make_plan_key("c1", settings({}), {"a"}, {});
  const PlanKey now =
      key_of_now("", settings({{"--platform", {"python"}}, {"--max-parallelism", {"4"}}}), nullptr);
  EXPECT_EQ(difference_of_keys(planned, now), Lines());
  EXPECT_EQ(difference_of_keys(PlanKey(), key_of_now("c1", settings({{"--target-time", {"1s"}}}), nullptr)),
            Lines());
}

TEST(PlanKey, TellsNoDifferenceForOtherTimings) {
  const Lines files = {"a"};
  EXPECT_EQ(difference_of_keys(make_plan_key("c1", settings({}), files, {{"a", 1}}),
                               make_plan_key("c1", settings({}), files, {{"a", 2}})),
            Lines());
}

TEST(Digest, KeepsTextsApart) {
  EXPECT_NE(digest_of({"ab", "c"}), digest_of({"a", "bc"}));
  EXPECT_NE(digest_of({}), digest_of({""}));
  EXPECT_EQ(digest_of({"a"}), digest_of({"a"}));
}

}  // namespace
}  // namespace alibi::plan_folder
