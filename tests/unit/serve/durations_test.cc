#include <gtest/gtest.h>

#include "tests/unit/serve/each_database.h"
#include "tests/unit/serve/example_intake.h"

namespace alibi::serve {
namespace {

using DurationsTest = EachDatabase;
INSTANTIATE_TEST_SUITE_P(Databases, DurationsTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& made) {
                           return made.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

constexpr uint64_t kDay = 86'400'000'000'000;

Attempt timed(uint64_t session, const std::string& suite, const std::string& name, uint64_t ns) {
  Attempt made = attempt(session, session * 1000 + std::hash<std::string>()(suite + name) % 1000, name);
  made.module = "m";
  made.suite = suite;
  made.source_file = "tests/" + suite;
  made.start_ns = kStart + session * kDay;
  made.duration_ns = ns;
  return made;
}

Intake run(std::vector<Attempt> attempts) {
  Intake made = intake(std::move(attempts));
  made.sessions.front().start_ns = made.attempts.front().start_ns;
  return made;
}

TEST_P(DurationsTest, AreSumsOfWhatTestsUsuallyTake) {
  for (uint64_t session = 1; session <= 5; ++session)
    store(run({timed(session, "a.py", "x", session == 3 ? 90'000 : 1000), timed(session, "a.py", "y", 20),
               timed(session, "b.py", "x", 7)}));
  const auto page = database_->suite_durations("demo", std::nullopt, 500);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->last_suite, std::nullopt);
  ASSERT_EQ(page->suites.size(), 2U);
  EXPECT_EQ(page->suites[0].module, "m");
  EXPECT_EQ(page->suites[0].suite, "a.py");
  EXPECT_EQ(page->suites[0].source_file, "tests/a.py");
  EXPECT_EQ(page->suites[0].p50_ns, 1020U);
  EXPECT_EQ(page->suites[1].p50_ns, 7U);
  EXPECT_TRUE(database_->suite_durations("other", std::nullopt, 500)->suites.empty());
}

TEST_P(DurationsTest, AreNotLessWhereTestsWereLeftOut) {
  store(run({timed(1, "a.py", "x", 1000), timed(1, "a.py", "y", 20)}));
  for (uint64_t session = 2; session <= 9; ++session) {
    Attempt left_out = timed(session, "a.py", "x", 1);
    left_out.status = Status::kSkip;
    left_out.flags = kSkippedByItr;
    store(run({left_out, timed(session, "a.py", "y", 20)}));
  }
  EXPECT_EQ(database_->suite_durations("demo", std::nullopt, 500)->suites.at(0).p50_ns, 1020U);
}

TEST_P(DurationsTest, AreOfTestsThatAreStillThere) {
  store(run({timed(1, "a.py", "removed", 1000), timed(1, "gone.py", "x", 20)}));
  for (uint64_t session = 2; session <= 102; ++session) store(run({timed(session, "a.py", "y", 20)}));
  const auto page = database_->suite_durations("demo", std::nullopt, 500);
  ASSERT_EQ(page->suites.size(), 1U);
  EXPECT_EQ(page->suites[0].p50_ns, 20U);
}

TEST_P(DurationsTest, AreKeptOfSuitesThatWereLeftOutAsAWhole) {
  store(run({timed(1, "a.js", "x", 1000)}));
  for (uint64_t session = 2; session <= 102; ++session) {
    Intake made = run({timed(session, "b.js", "x", 20)});
    PartRecord part;
    part.kind = PartRecord::Kind::kSuite;
    part.session = session;
    part.id = session;
    part.module = "m";
    part.suite = "a.js";
    part.flags = kSkippedByItr;
    made.parts.push_back(part);
    store(made);
  }
  const auto page = database_->suite_durations("demo", std::nullopt, 500);
  ASSERT_EQ(page->suites.size(), 2U);
  EXPECT_EQ(page->suites[0].suite, "a.js");
  EXPECT_EQ(page->suites[0].p50_ns, 1000U);
}

TEST_P(DurationsTest, DoNotCountRetries) {
  Attempt again = timed(1, "a.py", "x", 5);
  again.span += 7;
  again.flags = kRetry;
  store(run({timed(1, "a.py", "x", 1000), again}));
  EXPECT_EQ(database_->suite_durations("demo", std::nullopt, 500)->suites.at(0).p50_ns, 1000U);
}

TEST_P(DurationsTest, ComePageByPage) {
  std::vector<Attempt> attempts;
  const std::vector<std::string> suites = {"", "B", "a", "b", "\xc3\xa9", "z z"};
  for (const std::string& suite : suites) attempts.push_back(timed(1, suite, "x", 5));
  store(run(attempts));
  std::vector<std::string> found;
  std::optional<std::string> after;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = database_->suite_durations("demo", after, 2);
    ASSERT_TRUE(page) << page.error().message;
    for (const SuiteDurationRow& suite : page->suites) found.push_back(suite.suite);
    after = page->last_suite;
    if (!after) break;
  }
  EXPECT_EQ(found, (std::vector<std::string>{"", "B", "a", "b", "z z", "\xc3\xa9"}));
}

}  // namespace
}  // namespace alibi::serve
