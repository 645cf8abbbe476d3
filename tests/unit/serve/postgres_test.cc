#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <thread>

#include "collector/model/error_codes.h"
#include "collector/serve/postgres_address.h"
#include "collector/serve/postgres_database.h"
#include "tests/unit/serve/each_database.h"
#include "tests/unit/serve/example_intake.h"

namespace alibi::serve {
namespace {

TEST(PostgresAddress, IsShownWithoutItsPassword) {
  const auto address = read_postgres_url("postgresql://me:se%40cret@db.example:6543/alibi?sslmode=require");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->shown, "postgresql://me@db.example:6543/alibi");
  EXPECT_TRUE(address->has_password);
  EXPECT_FALSE(read_postgres_url("postgres:///alibi?host=/run/postgresql")->has_password);
  EXPECT_EQ(read_postgres_url("postgres://me@/alibi?host=/run/postgresql&password=x")->shown,
            "postgresql://me@/alibi?host=/run/postgresql");
}

TEST(PostgresAddress, ThatIsNotUnderstoodIsNotRepeated) {
  for (const char* url : {"postgresql://me:secret@[host/x", "postgresql://me:se/cret@host/secret",
                          "postgresql://me:secret@h/x?secret"}) {
    const auto address = read_postgres_url(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().code, collector::kBadServeOption);
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
}

class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    url_ = new_postgres_url();
    if (url_.empty()) GTEST_SKIP() << "PostgreSQL is not installed (package postgresql)";
  }
  void execute(const std::string& sql) const {
    PGconn* const connection = PQconnectdb(url_.c_str());
    PGresult* const result = PQexec(connection, sql.c_str());
    EXPECT_NE(PQresultStatus(result), PGRES_FATAL_ERROR) << PQerrorMessage(connection);
    PQclear(result);
    PQfinish(connection);
  }

  std::string url_;
};

TEST_F(PostgresTest, MakesItsTablesOnceWhenServersBeginAtATime) {
  std::vector<std::thread> servers;
  for (uint64_t i = 0; i < 6; ++i) {
    servers.emplace_back([this, i] {
      const Result<std::unique_ptr<Database>> opened = open_postgres(url_);
      ASSERT_TRUE(opened) << opened.error().message;
      EXPECT_TRUE((*opened)->store(intake({attempt(5, i + 1, "x")})));
    });
  }
  for (std::thread& server : servers) server.join();
  EXPECT_EQ((*(*open_postgres(url_))->session(5))->tests, 6U);
}

TEST_F(PostgresTest, RefusesTablesOfALaterVersion) {
  ASSERT_TRUE(open_postgres(url_));
  execute("UPDATE alibi.meta SET version=999");
  const Result<std::unique_ptr<Database>> opened = open_postgres(url_);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("999"), std::string::npos);
}

TEST_F(PostgresTest, LeavesTablesOfOthersAlone) {
  execute("CREATE TABLE session(mine TEXT); INSERT INTO session VALUES('x')");
  const Result<std::unique_ptr<Database>> opened = open_postgres(url_);
  ASSERT_TRUE(opened);
  ASSERT_TRUE((*opened)->store(intake({attempt(5, 1, "x")})));
  execute("DO $$ BEGIN ASSERT (SELECT mine FROM public.session)='x'; END $$");
}

TEST_F(PostgresTest, ConnectsAnewWhenItsConnectionsWereEnded) {
  const Result<std::unique_ptr<Database>> opened = open_postgres(url_);
  ASSERT_TRUE(opened);
  Database& database = **opened;
  for (uint64_t i = 1; i < 4; ++i) {
    EXPECT_TRUE(database.store(intake({attempt(5, i, "x")})));
    EXPECT_EQ((*database.session(5))->tests, i);
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid<>pg_backend_pid() AND "
        "datname=current_database()");
  }
  EXPECT_TRUE(database.settings("demo"));
}

TEST_F(PostgresTest, KeepsTheBodiesOfOthersWhenOneIsRefused) {
  const Result<std::unique_ptr<Database>> opened = open_postgres(url_);
  ASSERT_TRUE(opened);
  Database& database = **opened;
  execute(
      "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN IF NEW.span=13 THEN RAISE 'no'; END IF; "
      "RETURN NEW; END $$ LANGUAGE plpgsql;"
      "CREATE TRIGGER refuse BEFORE INSERT ON alibi.attempt FOR EACH ROW EXECUTE FUNCTION refuse()");
  std::vector<std::thread> writers;
  for (uint64_t span = 1; span <= 20; ++span) {
    writers.emplace_back([&database, span] {
      EXPECT_EQ(database.store(intake({attempt(5, span, "t" + std::to_string(span))})).ok(), span != 13);
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ((*database.session(5))->tests, 19U);
  EXPECT_EQ(database.counts()->tests, 19U);
}

TEST(PostgresDatabase, SaysWhyItCannotBeReachedAndNoPassword) {
  const auto opened = open_postgres("postgresql://me:secret@/x?host=/nowhere/at/all");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, collector::kDatabase);
  EXPECT_NE(opened.error().message.find("/nowhere/at/all"), std::string::npos);
  EXPECT_EQ(opened.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace alibi::serve
