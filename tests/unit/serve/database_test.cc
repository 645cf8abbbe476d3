#include "collector/serve/sqlite_database.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <thread>

#include "collector/model/error_codes.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/serve/each_database.h"
#include "tests/unit/serve/example_intake.h"

namespace alibi::serve {
namespace {

using testing::TemporaryDirectory;

using DatabaseTest = EachDatabase;
INSTANTIATE_TEST_SUITE_P(Databases, DatabaseTest, ::testing::Values(Kind::kSqlite, Kind::kPostgres),
                         [](const auto& made) {
                           return made.param == Kind::kSqlite ? "Sqlite" : "Postgres";
                         });

TEST_P(DatabaseTest, KeepsIdsOfAll64Bits) {
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

TEST_P(DatabaseTest, StoresWhatComesTwiceOnce) {
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

TEST_P(DatabaseTest, JoinsCoverageAndTestsInEitherOrder) {
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

TEST_P(DatabaseTest, BuildsNothingOnMoreThanOneAttemptOfASession) {
  Attempt again = attempt(5, 2, "x");
  again.flags |= kRetry;
  store(intake({attempt(5, 1, "x"), again}));
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_EQ(evidence()[0].verdict, Status::kUnknown);
  store(intake({attempt(6, 3, "x")}));
  EXPECT_EQ(evidence()[0].verdict, Status::kPass);
}

TEST_P(DatabaseTest, BuildsNothingEverOnANameThatSeveralTestsOfASessionHave) {
  store(intake({attempt(5, 1, "x"), attempt(5, 2, "x")}));
  store(intake({attempt(6, 3, "x")}));
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_EQ(evidence()[0].verdict, Status::kUnknown);
  const uint64_t test = database_->tests({}, 10)->front().id;
  ASSERT_TRUE(database_->set_marks(test, kMarkQuarantined));
  EXPECT_EQ(evidence()[0].verdict, Status::kUnknown);
}

TEST_P(DatabaseTest, KeepsTheNewestRunAtACommitWhicheverComesLast) {
  store(intake({attempt(6, 9, "x", Status::kFail)}));
  store(intake({attempt(5, 1, "x")}));
  ASSERT_EQ(evidence().size(), 1U);
  EXPECT_EQ(evidence()[0].verdict, Status::kFail);
}

TEST_P(DatabaseTest, KeepsEvidenceWhenATestWasLeftOut) {
  store(intake({attempt(5, 1, "x")}));
  Attempt skipped = attempt(6, 9, "x", Status::kSkip);
  skipped.flags = kSkippedByItr;
  store(intake({skipped}));
  EXPECT_EQ(evidence()[0].verdict, Status::kPass);
  const auto session = database_->session(6);
  EXPECT_EQ((*session)->left_out, 1U);
  EXPECT_EQ((*session)->saved_ns, 4000U);
}

TEST_P(DatabaseTest, TakesTheBodiesOfManyCallersAtATime) {
  std::vector<std::thread> writers;
  for (uint64_t i = 0; i < 8; ++i) {
    writers.emplace_back([this, i] {
      for (uint64_t j = 0; j < 20; ++j) store(intake({attempt(7, 1 + i * 100 + j, "t" + std::to_string(j))}));
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ((*database_->session(7))->tests, 160U);
}

TEST_P(DatabaseTest, KeepsSettingsMarksAndCompleteCommits) {
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

TEST_P(DatabaseTest, SearchesTakeSignsOfPatternsLiterally) {
  store(intake({attempt(5, 1, "a_b"), attempt(5, 2, "axb"), attempt(5, 3, "50%")}));
  TestSearch search;
  search.text = "a_b";
  EXPECT_EQ(database_->tests(search, 10)->size(), 1U);
  search.text = "%";
  EXPECT_EQ(database_->tests(search, 10)->size(), 1U);
}

TEST_P(DatabaseTest, ConcludesTheSameFromOneBodyAsFromMany) {
  Intake all = intake({attempt(5, 1, "x"), attempt(5, 2, "y"), attempt(5, 3, "y", Status::kFail)});
  for (const uint64_t span : {1, 2, 3}) {
    Intake coverage = covered(5, span, {{"a.py", {1}}, {"b.py", {2}}});
    all.coverage.push_back(coverage.coverage.front());
  }
  store(all);
  store(all);
  const std::vector<Evidence> found = evidence();
  ASSERT_EQ(found.size(), 2U);
  for (const Evidence& one : found) {
    EXPECT_NE(one.cover_set, 0U);
    EXPECT_EQ(one.verdict, (*database_->test(one.test))->name == "x" ? Status::kPass : Status::kUnknown);
  }
  EXPECT_EQ((*database_->session(5))->tests, 3U);
  EXPECT_EQ(database_->coverage_of(5, 2)->size(), 2U);
}

TEST_P(DatabaseTest, StoresEachOfMany) {
  std::vector<Attempt> attempts;
  std::vector<payload::CoveredFile> files;
  for (uint32_t i = 1; i <= 37; ++i) {
    attempts.push_back(attempt(5, i, "t" + std::to_string(i), Status::kFail));
    attempts.back().error_message = "failure " + std::to_string(i);
    files.push_back({"lib/" + std::to_string(i) + ".py", {i}});
  }
  Intake all = intake(attempts);
  for (uint64_t i = 1; i <= 37; ++i) all.coverage.push_back(covered(5, i, files).coverage.front());
  store(all);
  const auto stored = database_->attempts(5, std::nullopt, {});
  ASSERT_EQ(stored->size(), 37U);
  for (const AttemptRow& one : *stored) EXPECT_EQ(one.error_message, "failure " + std::to_string(one.span));
  EXPECT_EQ(evidence().size(), 37U);
  for (const Evidence& one : evidence()) EXPECT_NE(one.cover_set, 0U);
  const auto rows = database_->files_after(0);
  for (const FileRow& file : *rows)
    EXPECT_EQ(database_->sets_covering({file.id})->size(), file.path.starts_with("lib/") ? 1U : 0U);
  const auto read = database_->coverage_of(5, 20);
  ASSERT_EQ(read->size(), 37U);
  for (const payload::CoveredFile& file : *read)
    EXPECT_EQ(file.path, "lib/" + std::to_string(file.lines.front()) + ".py");
}

TEST_P(DatabaseTest, BuildsNothingOnCoverageThatContradictsItself) {
  store(intake({attempt(5, 1, "x")}));
  Intake twice = covered(5, 1, {{"a.py", {1}}});
  twice.coverage.push_back(covered(5, 1, {{"b.py", {1}}}).coverage.front());
  store(twice);
  EXPECT_EQ(evidence()[0].cover_set, 0U);
}

TEST_P(DatabaseTest, TakesTextsThatAreNoTexts) {
  Attempt odd = attempt(5, 1, std::string("a\0b\xff", 4));
  odd.error_message = "\xed\xa0\x80";
  odd.suite = std::string(9000, 's');
  odd.module = std::string(20'000, 'm');
  store(intake({odd}));
  store(covered(5, 1, {{std::string(6000, 'p'), {1}}, {"\xff", {1}}, {"\xfe", {2}}}));
  EXPECT_EQ(only_test().name,
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
  EXPECT_EQ(only_test().suite.size(), 9000U);
  EXPECT_EQ(database_->files_after(0)->size(), 3U);  // and the test's own
  TestSearch search;
  search.text = "\xff";
  EXPECT_TRUE(database_->tests(search, 10));
}

TEST_P(DatabaseTest, ShowsPagesBeyondTheLast) {
  store(intake({attempt(5, 1, "x")}));
  EXPECT_TRUE(database_->sessions("", {UINT64_MAX, 10}));
  EXPECT_TRUE(database_->attempts(5, std::nullopt, {UINT64_MAX, UINT64_MAX}));
  EXPECT_EQ(database_->files("", {0, UINT64_MAX})->size(), 1U);
}

TEST_P(DatabaseTest, SearchesWithoutRegardToCase) {
  store(intake({attempt(5, 1, "TestUpper")}));
  TestSearch search;
  search.text = "testU";
  EXPECT_EQ(database_->tests(search, 10)->size(), 1U);
}

TEST_P(DatabaseTest, NumbersNamesInTheOrderInWhichTheyAreSeen) {
  Result<std::unique_ptr<Database>> other = open();
  ASSERT_TRUE(other);
  std::vector<std::thread> writers;
  for (uint64_t i = 0; i < 4; ++i) {
    writers.emplace_back([&, i] {
      Database* const database = i % 2 == 0 ? database_.get() : other->get();
      for (uint64_t j = 0; j < 30; ++j) {
        const std::string name = "t" + std::to_string(j);  // at the same time in all
        EXPECT_TRUE(database->store(intake({attempt(7, 1 + i * 100 + j, name)})));
        EXPECT_TRUE(database->store(covered(7, 1 + i * 100 + j, {{name + ".py", {1}}})));
      }
    });
  }
  // Who reads on from the last number misses nothing.
  std::vector<std::string> seen;
  uint64_t last = 0;
  const auto read_on = [&] {
    const Result<std::vector<FileRow>> rows = database_->files_after(last);
    ASSERT_TRUE(rows);
    for (const FileRow& row : *rows) {
      seen.push_back(row.path);
      last = row.id;
    }
  };
  for (int i = 0; i < 50; ++i) read_on();
  for (std::thread& writer : writers) writer.join();
  read_on();
  EXPECT_EQ(seen.size(), 31U);  // once each, and the file of all tests
  EXPECT_EQ((*database_->session(7))->tests, 120U);
  EXPECT_EQ((*database_->counts()).tests, 30U);
}

TEST_P(DatabaseTest, KeepsPacksOnceAndInOrder) {
  const std::string first("PACK\0\xff", 6), second = "PACK2";
  for (const std::string& pack : {first, second, first}) ASSERT_TRUE(database_->add_pack(pack));
  const std::string identity = *database_->identity();
  reopen();
  const Result<std::vector<PackRow>> packs = database_->packs_after(0, 10);
  ASSERT_TRUE(packs && packs->size() == 2);
  EXPECT_EQ(packs->front().bytes, first);
  EXPECT_EQ(database_->packs_after(packs->front().id, 10)->front().bytes, second);
  EXPECT_EQ(*database_->identity(), identity);
  EXPECT_EQ(identity.size(), 32U);
}

TEST(SqliteDatabase, RefusesAFileOfALaterVersion) {
  const TemporaryDirectory folder;
  ASSERT_TRUE(open_sqlite(folder / "x.sqlite"));
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "x.sqlite").c_str(), &raw), SQLITE_OK);
  sqlite3_exec(raw, "PRAGMA user_version=999", nullptr, nullptr, nullptr);
  sqlite3_close(raw);
  const Result<std::unique_ptr<Database>> opened = open_sqlite(folder / "x.sqlite");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, collector::kDatabase);
  EXPECT_NE(opened.error().message.find("999"), std::string::npos);
}

TEST(SqliteDatabase, RefusesAFileThatIsNoDatabase) {
  const TemporaryDirectory folder;
  testing::write_text(folder / "other", std::string(5000, 'x'));
  EXPECT_FALSE(open_sqlite(folder / "other"));
}

}  // namespace
}  // namespace alibi::serve
