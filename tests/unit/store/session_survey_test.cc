// What doctor says of sessions that wait for a merge.
#include "collector/store/session_survey.h"

#include <gtest/gtest.h>

#include "collector/store/disk.h"
#include "tests/support/generated_session.h"
#include "tests/support/temporary_directory.h"

namespace alibi::store {
namespace {

using testing::TemporaryDirectory;

class Survey : public ::testing::Test {
 protected:
  Survey() {
    testing::GeneratedSession session;
    session.root = directory_ / "project";
    session.directory = session_;
    session.tests = 4;
    session.lines_per_test = 10;
    session.files = 2;
    session.functions_per_file = 2;
    session.processes = 2;
    session.forks = 3;
    std::string why;
    EXPECT_TRUE(testing::write_generated_session(session, &why)) << why;
  }

  SessionSurvey survey(uint64_t budget = UINT64_MAX) { return survey_session(session_, &budget); }

  TemporaryDirectory directory_;
  std::string session_ = directory_ / "session";
};

TEST_F(Survey, CountsShardsOfAllProcessesAndTheirBytes) {
  const SessionSurvey sound = survey();
  EXPECT_EQ(sound.shards, 5U);
  EXPECT_EQ(sound.judged, 5U);
  EXPECT_GT(sound.bytes, 2U * 260 * 1024);
  EXPECT_EQ(sound.damaged, 0U);
  EXPECT_EQ(sound.lost, 0U);
}

TEST_F(Survey, NamesWhatIsDamagedAndCountsWhatIsLost) {
  testing::write_text(session_ + "/1-1-00000000000000aa.shard", "no shard");
  testing::write_text(session_ + "/2-2-00000000000000bb.lost", "");
  const SessionSurvey damaged = survey();
  EXPECT_EQ(damaged.shards, 6U);
  EXPECT_EQ(damaged.damaged, 1U);
  EXPECT_NE(damaged.first_cause.find("1-1-00000000000000aa.shard"), std::string::npos);
  EXPECT_EQ(damaged.lost, 1U);
}

TEST_F(Survey, ReadsNoMoreThanItMay) {
  uint64_t budget = 30 * 1024;
  const SessionSurvey partly = survey_session(session_, &budget);
  EXPECT_EQ(partly.shards, 5U);
  EXPECT_EQ(partly.judged, 2U) << "a child of 12 KiB, and one in a nursery";
  EXPECT_EQ(budget, 10U * 1024);
  EXPECT_EQ(survey(0).judged, 0U);
}

TEST_F(Survey, OfNothingIsEmpty) {
  uint64_t budget = 1;
  EXPECT_EQ(survey_session("/nonexistent", &budget).shards, 0U);
}

}  // namespace
}  // namespace alibi::store
