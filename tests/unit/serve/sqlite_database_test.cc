#include "collector/serve/sqlite_database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <thread>

#include "collector/model/error_codes.h"
#include "tests/support/temporary_directory.h"

namespace alibi::serve {
namespace {

using testing::TemporaryDirectory;

constexpr uint64_t kStart = 1'795'000'000'000'000'000;

Attempt attempt(uint64_t session, uint64_t span, const std::string& name, Status status = Status::kPass) {
  Attempt result;
  result.session = session;
  result.span = span;
  result.suite_id = session + 1;
  result.suite = "test_a.py";
  result.name = name;
  result.source_file = "tests/test_a.py";
  result.start_ns = kStart + span;
  result.duration_ns = 4000;
  result.status = status;
  result.sha = std::string(40, 'a');
  return result;
}

Intake intake(std::vector<Attempt> attempts) {
  Intake result;
  result.contexts.push_back({"demo", "ci", "os.platform=Linux\n"});
  SessionRecord session;
  session.id = attempts.front().session;
  session.sha = attempts.front().sha;
  session.start_ns = kStart;
  result.sessions.push_back(session);
  result.attempts = std::move(attempts);
  return result;
}

Intake covered(uint64_t session, uint64_t span, std::vector<payload::CoveredFile> files) {
  payload::CoverageEvent event;
  event.session_id = session;
  event.suite_id = session + 1;
  event.span_id = span;
  event.files = std::move(files);
  return intake_of(std::vector<payload::CoverageEvent>{event});
}

class SqliteDatabaseTest : public ::testing::Test {
 protected:
  SqliteDatabaseTest() { reopen(); }
  void reopen() {
    database_.reset();
    Result<std::unique_ptr<Database>> opened = open_sqlite(folder_ / "x.sqlite");
    ASSERT_TRUE(opened) << opened.error().message;
    database_ = std::move(*opened);
  }
  void store(const Intake& what) {
    const Result<void> stored = database_->store(what);
    ASSERT_TRUE(stored) << stored.error().message;
  }
  TestRow only_test() {
    const Result<std::vector<TestRow>> tests = database_->tests({}, 10);
    EXPECT_TRUE(tests && tests->size() == 1);
    return tests && !tests->empty() ? tests->front() : TestRow();
  }
  std::vector<Evidence> evidence() {
    const auto context = database_->context({"demo", "ci", "os.platform=Linux\n"});
    const auto commits = database_->recent_commits(context->value_or(0), 10);
    if (commits->empty()) return {};
    return *database_->evidence(**context, commits->front().id);
  }

  TemporaryDirectory folder_;
  std::unique_ptr<Database> database_;
};

TEST_F(SqliteDatabaseTest, KeepsIdsOfAll64Bits) {
  const uint64_t session = UINT64_MAX - 5, span = uint64_t{1} << 63;
  store(intake({attempt(session, span, "x")}));
  reopen();
  const auto found = database_->session(session);
  ASSERT_TRUE(found && found->has_value());
  EXPECT_EQ((*found)->id, session);
  const auto attempts = database_->attempts(session, std::nullopt, {});
  ASSERT_EQ(attempts->size(), 1U);
  EXPECT_EQ(attempts->front().span, span);
}

TEST_F(SqliteDatabaseTest, StoresWhatComesTwiceOnce) {
  for (int i = 0; i < 2; ++i) {
    store(intake({attempt(5, 1, "x"), attempt(5, 2, "x", Status::kFail)}));
    store(covered(5, 1, {{"a.py", {1}}}));
  }
  const auto session = database_->session(5);
  EXPECT_EQ((*session)->tests, 2U);
  EXPECT_EQ((*session)->failed, 1U);
  EXPECT_EQ(only_test().runs, 2U);
  EXPECT_EQ(only_test().flips, 1U);
}

TEST_F(SqliteDatabaseTest, JoinsCoverageAndTestsInEitherOrder) {
  store(covered(5, 1, {{"a.py", {1, 2}}}));
  store(intake({attempt(5, 1, "x"), attempt(5, 2, "y")}));
  store(covered(5, 2, {{"a.py", {1, 2}}}));
  const std::vector<Evidence> found = evidence();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NE(found[0].cover_set, 0U);
  EXPECT_EQ(found[0].cover_set, found[1].cover_set);  // equal coverage is kept once
  const auto covers = database_->tests_of_file("a.py", 10);
  ASSERT_EQ(covers->size(), 2U);
  EXPECT_EQ(covers->front().lines, (std::vector<uint32_t>{1, 2}));
}

TEST_F(SqliteDatabaseTest, BuildsNothingOnMoreThanOneAttemptOfASession) {
  store(intake({attempt(5, 1, "x"), attempt(5, 2, "x")}));
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_EQ(evidence()[0].verdict, Status::kUnknown);
  store(intake({attempt(6, 3, "x")}));
  EXPECT_EQ(evidence()[0].verdict, Status::kPass);
}

TEST_F(SqliteDatabaseTest, KeepsTheNewestRunAtACommitWhicheverComesLast) {
  store(intake({attempt(6, 9, "x", Status::kFail)}));
  store(intake({attempt(5, 1, "x")}));
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_EQ(evidence()[0].verdict, Status::kFail);
}

TEST_F(SqliteDatabaseTest, KeepsEvidenceWhenATestWasLeftOut) {
  store(intake({attempt(5, 1, "x")}));
  Attempt skipped = attempt(6, 9, "x", Status::kSkip);
  skipped.flags = kSkippedByItr;
  store(intake({skipped}));
  EXPECT_EQ(evidence()[0].verdict, Status::kPass);
  const auto session = database_->session(6);
  EXPECT_EQ((*session)->left_out, 1U);
  EXPECT_EQ((*session)->saved_ns, 4000U);
}

TEST_F(SqliteDatabaseTest, TakesTheBodiesOfManyCallersAtATime) {
  std::vector<std::thread> writers;
  for (uint64_t i = 0; i < 8; ++i) {
    writers.emplace_back([this, i] {
      for (uint64_t j = 0; j < 20; ++j) store(intake({attempt(7, 1 + i * 100 + j, "t" + std::to_string(j))}));
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ((*database_->session(7))->tests, 160U);
}

TEST_F(SqliteDatabaseTest, KeepsSettingsMarksAndCompleteCommits) {
  store(intake({attempt(5, 1, "x")}));
  ASSERT_TRUE(database_->set_settings("demo", "{}"));
  ASSERT_TRUE(database_->set_marks(only_test().id, kMarkDisabled));
  ASSERT_TRUE(database_->add_complete_commits({std::string(40, 'a'), std::string(40, 'b')}));
  reopen();
  EXPECT_EQ(*database_->settings("demo"), "{}");
  EXPECT_EQ(*database_->settings("other"), "");
  EXPECT_EQ(only_test().marks, uint32_t{kMarkDisabled});
  EXPECT_EQ(database_->complete_commits({"c", std::string(40, 'b')})->size(), 1U);
  EXPECT_EQ(database_->marked_tests("")->size(), 1U);
}

TEST_F(SqliteDatabaseTest, SearchesTakeSignsOfPatternsLiterally) {
  store(intake({attempt(5, 1, "a_b"), attempt(5, 2, "axb"), attempt(5, 3, "50%")}));
  TestSearch search;
  search.text = "a_b";
  EXPECT_EQ(database_->tests(search, 10)->size(), 1U);
  search.text = "%";
  EXPECT_EQ(database_->tests(search, 10)->size(), 1U);
}

TEST_F(SqliteDatabaseTest, RefusesAFileOfALaterVersion) {
  database_.reset();
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "x.sqlite").c_str(), &raw), SQLITE_OK);
  sqlite3_exec(raw, "PRAGMA user_version=999", nullptr, nullptr, nullptr);
  sqlite3_close(raw);
  const Result<std::unique_ptr<Database>> opened = open_sqlite(folder_ / "x.sqlite");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, collector::kDatabase);
  EXPECT_NE(opened.error().message.find("999"), std::string::npos);
}

TEST_F(SqliteDatabaseTest, RefusesAFileThatIsNoDatabase) {
  testing::write_text(folder_ / "other", std::string(5000, 'x'));
  EXPECT_FALSE(open_sqlite(folder_ / "other"));
}

}  // namespace
}  // namespace alibi::serve
