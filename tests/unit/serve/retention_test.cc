#include "collector/serve/retention.h"

#include <gtest/gtest.h>

#include "collector/serve/skippable_tests.h"
#include "tests/unit/serve/each_database.h"
#include "tests/unit/serve/example_intake.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kDay = 86'400'000'000'000;

std::string sha_of(uint64_t number) {
  std::string sha = std::to_string(number);
  return std::string(40 - sha.size(), 'c') + sha;
}

// A session of one test at a commit of its own, begun and stored `day` days after the first.
Intake session_of(uint64_t day, const std::string& test) {
  const uint64_t session = 100 + day;
  Attempt one = attempt(session, session * 10, test, day % 2 == 0 ? Status::kPass : Status::kFail);
  one.sha = sha_of(day);
  one.start_ns = kStart + day * kDay;
  one.source_file = "tests/" + test + ".py";
  one.error_message = "why";
  Intake result = intake({one});
  result.sessions.front().start_ns = one.start_ns;
  PartRecord part;
  part.session = session;
  part.id = session + 1;
  part.suite = "suite";
  result.parts.push_back(part);
  result.coverage.push_back(covered(session, session * 10, {{"lib/" + test + ".py", {1}}}).coverage.front());
  return result;
}

TEST(OldestKept, IsSoManyDaysAgoOrNever) {
  EXPECT_EQ(oldest_kept_ns(100 * kDay, 90), 10 * kDay);
  EXPECT_EQ(oldest_kept_ns(100 * kDay, 0), 0U);
  EXPECT_EQ(oldest_kept_ns(100 * kDay, 100'000), 0U);
}

class RetentionTest : public EachDatabase {
 protected:
  static constexpr uint64_t kSessions = 2 * kCommitsLookedAt + 10;

  // Of one context, each at a commit of its own, one a day.
  void fill() {
    for (uint64_t day = 0; day < kSessions; ++day) {
      now_ns_ = kStart + day * kDay;
      store(session_of(day, "test_" + std::to_string(day)));
    }
    store(session_of(kSessions, "last"));  // the last of each kind stays
    now_ns_ = kStart + 1000 * kDay;
  }
  uint64_t remove(uint64_t before_ns) {
    const Result<uint64_t> removed = remove_old(database_.get(), before_ns, [] { return true; });
    EXPECT_TRUE(removed) << removed.error().message;
    return *removed;
  }
  bool has(uint64_t day) { return database_->session(100 + day)->has_value(); }
};
INSTANTIATE_TEST_SUITE_P(Databases, RetentionTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& made) {
                           return made.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

TEST_P(RetentionTest, RemovesWhatIsOldWithAllThatOnlyItRefersTo) {
  fill();
  const uint64_t context = **database_->context({"demo", "ci", "os.platform=Linux\n"});
  EXPECT_EQ(remove(kStart + 5 * kDay), 5U);
  for (uint64_t day = 0; day <= kSessions; ++day) EXPECT_EQ(has(day), day >= 5) << day;
  EXPECT_TRUE(database_->coverage_of(102, 1020)->empty());
  EXPECT_TRUE(database_->attempts(102, std::nullopt, {})->empty());
  EXPECT_TRUE(database_->tests_of_file("lib/test_2.py", 10)->empty());
  EXPECT_TRUE(database_->files("test_2.py", {})->empty());
  TestSearch search;
  search.text = "test_2";
  const auto named = database_->tests(search, 100);
  for (const TestRow& test : *named) EXPECT_NE(test.name, "test_2");
  EXPECT_EQ(database_->recent_commits(context, 1000)->size(), kSessions + 1 - 5);
  EXPECT_EQ(database_->coverage_of(105, 1050)->size(), 1U);
  EXPECT_EQ(remove(kStart + 5 * kDay), 0U);
}

TEST_P(RetentionTest, KeepsWhatSkippingRestsOnAtAnyAge) {
  fill();
  remove(now_ns_);
  const uint64_t context = **database_->context({"demo", "ci", "os.platform=Linux\n"});
  const auto commits = database_->recent_commits(context, 1000);
  ASSERT_EQ(commits->size(), 2 * kCommitsLookedAt);
  for (const CommitRow& commit : *commits) {
    const auto found = database_->evidence(context, commit.id);
    ASSERT_EQ(found->size(), 1U);
    const auto files = database_->files_after(found->front().own_file - 1);
    ASSERT_FALSE(files->empty());
    EXPECT_EQ(files->front().id, found->front().own_file);
    EXPECT_NE(found->front().cover_set, 0U);
  }
  EXPECT_TRUE(has(kSessions));
  EXPECT_FALSE(has(0));
}

TEST_P(RetentionTest, KeepsWhatIsOldByItsOwnClockOnly) {
  now_ns_ = kStart + 500 * kDay;
  Intake old = session_of(0, "x");
  old.sessions.front().sha.clear();
  store(old);
  EXPECT_EQ(remove(kStart + 400 * kDay), 0U);
  EXPECT_EQ(remove(kStart + 600 * kDay), 1U);
}

TEST_P(RetentionTest, NumbersWhatComesBackAnew) {
  fill();
  uint64_t last = 0;
  const auto before = database_->files_after(0);
  for (const FileRow& file : *before) last = file.id;
  Result<std::unique_ptr<Database>> other = open();  // another server, which remembers names
  ASSERT_TRUE(other);
  Intake again = session_of(1, "test_1");
  again.sessions.front().id = again.attempts.front().session = 9000;
  again.coverage.front().session_id = 9000;
  ASSERT_TRUE((*other)->store(session_of(1, "test_1")));
  remove(kStart + 5 * kDay);
  for (Database* database : {other->get(), database_.get()}) ASSERT_TRUE(database->store(again));
  const auto covers = database_->tests_of_file("lib/test_1.py", 10);
  ASSERT_EQ(covers->size(), 1U);
  EXPECT_EQ(covers->front().test.name, "test_1");
  const auto fresh = database_->files_after(last);  // what reads on sees it
  ASSERT_EQ(fresh->size(), 2U);
  EXPECT_EQ(database_->sets_covering({fresh->front().id, fresh->back().id})->size(), 1U);
}

TEST_P(RetentionTest, NeverUsesANumberAgain) {
  const auto store_one = [this](uint64_t day, const std::string& file, uint32_t line) {
    Intake one = session_of(day, "test");
    one.sessions.front().sha.clear();
    one.attempts.front().sha.clear();
    one.attempts.front().source_file.clear();
    one.coverage.front() = covered(100 + day, 1000 + day * 10, {{file, {line}}}).coverage.front();
    store(one);
  };
  store_one(10, "a.py", 1);
  store_one(0, "b.py", 1);  // the last file, and not of the last coverage
  store_one(11, "a.py", 2);
  const uint64_t last = database_->files_after(0)->back().id;
  now_ns_ += 500 * kDay;
  EXPECT_EQ(remove(kStart + 5 * kDay), 1U);
  store_one(12, "c.py", 1);
  const auto fresh = database_->files_after(last);
  ASSERT_EQ(fresh->size(), 1U);
  EXPECT_EQ(fresh->front().path, "c.py");
}

TEST_P(RetentionTest, KeepsFilesThatOtherCoverageNames) {
  fill();
  Intake shares = session_of(kSessions, "test_3");
  shares.attempts.front().span = 77;
  shares.coverage.front() = covered(100 + kSessions, 77, {{"lib/test_3.py", {9}}}).coverage.front();
  store(shares);
  remove(kStart + 5 * kDay);
  const auto covers = database_->tests_of_file("lib/test_3.py", 10);
  ASSERT_EQ(covers->size(), 1U);
  EXPECT_EQ(covers->front().lines, std::vector<uint32_t>{9});
}

TEST_P(RetentionTest, KeepsMarkedTestsAndSharedCoverage) {
  fill();
  Intake shares = session_of(kSessions, "test_3");  // the same coverage, later
  shares.attempts.front().span = 77;
  shares.coverage.front().span_id = 77;
  store(shares);
  TestSearch search;
  search.text = "test_4";
  uint64_t marked = 0;
  const auto named = database_->tests(search, 100);
  for (const TestRow& test : *named) {
    if (test.name == "test_4") marked = test.id;
  }
  ASSERT_TRUE(database_->set_marks(marked, kMarkDisabled));
  remove(kStart + 5 * kDay);
  EXPECT_TRUE((*database_->test(marked)).has_value());
  EXPECT_EQ(database_->coverage_of(100 + kSessions, 77)->size(), 1U);
  EXPECT_EQ(database_->tests_of_file("lib/test_3.py", 10)->size(), 1U);
}

TEST_P(RetentionTest, GoesOnWhereItWasStopped) {
  std::vector<Attempt> many;
  for (uint64_t i = 1; i <= 700; ++i) many.push_back(attempt(5, i, "t" + std::to_string(i)));
  Intake big = intake(many);
  big.sessions.front().sha.clear();
  for (Attempt& one : big.attempts) one.sha.clear();
  store(big);
  uint64_t parts = 0;
  const auto stopped = remove_old(database_.get(), kStart + kDay, [&parts] { return ++parts < 3; });
  EXPECT_EQ(*stopped, 0U);
  EXPECT_EQ(database_->attempts(5, std::nullopt, {0, 1000})->size(), 500U);
  reopen();
  EXPECT_EQ(remove(kStart + kDay), 1U);
  EXPECT_FALSE(database_->session(5)->has_value());
  EXPECT_EQ(database_->counts()->tests, 1U);  // the last one stays
}

TEST_P(RetentionTest, WorksBesideWhoeverWrites) {
  fill();
  {
    const Retention retention(
        database_.get(), 995, [this] { return now_ns_; }, [](const std::string&) {});
    for (uint64_t i = 0; i < 2000 && has(4); ++i)
      store(intake({attempt(7, i + 1, "y" + std::to_string(i % 9))}));
  }
  EXPECT_FALSE(has(4));
  EXPECT_TRUE(has(5));
}

}  // namespace
}  // namespace alibi::serve
