#include "collector/serve/postgres_schema.h"

#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "collector/model/error_codes.h"

namespace alibi::serve {
namespace {

// As in SQLite, but: texts compare by their bytes wherever the database was made, and what clients name has
// hash indexes, since those of trees refuse long texts. That names are there once is the writers' lock.
constexpr const char* kFirst = R"(
CREATE TABLE meta(version BIGINT NOT NULL, identity TEXT NOT NULL, generation BIGINT NOT NULL);
INSERT INTO meta VALUES(0, md5(random()::text || clock_timestamp()::text || pg_backend_pid()::text), 0);
CREATE TABLE context(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, service TEXT COLLATE "C" NOT NULL, env TEXT COLLATE "C" NOT NULL,
  configurations TEXT COLLATE "C" NOT NULL);
CREATE TABLE git_commit(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sha TEXT COLLATE "C" NOT NULL,
  complete BIGINT NOT NULL DEFAULT 0);
CREATE INDEX commit_by_sha ON git_commit USING hash(sha);
CREATE TABLE session(
  id BIGINT PRIMARY KEY, context BIGINT NOT NULL, git_commit BIGINT NOT NULL, repository TEXT NOT NULL,
  branch TEXT NOT NULL, message TEXT NOT NULL, command TEXT NOT NULL, framework TEXT NOT NULL, name TEXT NOT NULL,
  start_ns BIGINT NOT NULL, duration_ns BIGINT NOT NULL DEFAULT 0, status BIGINT NOT NULL DEFAULT 3,
  tests BIGINT NOT NULL DEFAULT 0, failed BIGINT NOT NULL DEFAULT 0, skipped BIGINT NOT NULL DEFAULT 0,
  left_out BIGINT NOT NULL DEFAULT 0, saved_ns BIGINT NOT NULL DEFAULT 0, stored_ns BIGINT NOT NULL DEFAULT 0);
CREATE INDEX session_by_start ON session(start_ns);
CREATE INDEX session_by_context ON session(context, start_ns);
CREATE TABLE test(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, service TEXT COLLATE "C" NOT NULL,
  suite TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, parameters TEXT COLLATE "C" NOT NULL,
  module TEXT COLLATE "C" NOT NULL, repository TEXT NOT NULL, source_file TEXT NOT NULL,
  source_start BIGINT NOT NULL, source_end BIGINT NOT NULL, codeowners TEXT NOT NULL,
  usual_ns BIGINT NOT NULL DEFAULT 0, runs BIGINT NOT NULL DEFAULT 0, failures BIGINT NOT NULL DEFAULT 0,
  flips BIGINT NOT NULL DEFAULT 0, last_status BIGINT NOT NULL DEFAULT 3, last_start_ns BIGINT NOT NULL DEFAULT 0,
  marks BIGINT NOT NULL DEFAULT 0) WITH (fillfactor = 80);
CREATE INDEX test_by_names ON test USING hash((suite || name || parameters));
CREATE INDEX test_by_suite ON test USING hash(suite);
CREATE INDEX test_with_marks ON test(id) WHERE marks <> 0;
CREATE INDEX test_with_flips ON test(id) WHERE flips > 0;
CREATE TABLE attempt(
  session BIGINT NOT NULL, span BIGINT NOT NULL, test BIGINT NOT NULL, context BIGINT NOT NULL,
  suite_id BIGINT NOT NULL, start_ns BIGINT NOT NULL, duration_ns BIGINT NOT NULL, status BIGINT NOT NULL,
  final_status BIGINT NOT NULL, flags BIGINT NOT NULL, skip_reason TEXT NOT NULL, retry_reason TEXT NOT NULL,
  PRIMARY KEY(session, span));
CREATE INDEX attempt_by_test ON attempt(test, start_ns);
CREATE INDEX attempt_by_status ON attempt(session, status, start_ns);
CREATE TABLE failure(
  session BIGINT NOT NULL, span BIGINT NOT NULL, type TEXT NOT NULL, message TEXT NOT NULL, stack TEXT NOT NULL,
  PRIMARY KEY(session, span));
CREATE TABLE part(
  session BIGINT NOT NULL, kind BIGINT NOT NULL, id BIGINT NOT NULL, module_id BIGINT NOT NULL,
  context BIGINT NOT NULL, module TEXT COLLATE "C" NOT NULL, suite TEXT COLLATE "C" NOT NULL,
  source_file TEXT COLLATE "C" NOT NULL, status BIGINT NOT NULL, start_ns BIGINT NOT NULL,
  duration_ns BIGINT NOT NULL, flags BIGINT NOT NULL, PRIMARY KEY(session, kind, id));
CREATE TABLE file(id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path TEXT COLLATE "C" NOT NULL);
CREATE INDEX file_by_path ON file USING hash(path);
CREATE TABLE cover_set(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash BYTEA NOT NULL UNIQUE, files BYTEA NOT NULL);
CREATE TABLE set_file(file BIGINT NOT NULL, cover_set BIGINT NOT NULL, PRIMARY KEY(file, cover_set));
CREATE TABLE coverage(
  session BIGINT NOT NULL, span BIGINT NOT NULL, suite_id BIGINT NOT NULL, cover_set BIGINT NOT NULL,
  PRIMARY KEY(session, span, suite_id, cover_set));
CREATE INDEX coverage_by_set ON coverage(cover_set);
CREATE TABLE evidence(
  context BIGINT NOT NULL, git_commit BIGINT NOT NULL, test BIGINT NOT NULL, session BIGINT NOT NULL,
  span BIGINT NOT NULL, start_ns BIGINT NOT NULL, verdict BIGINT NOT NULL, cover_set BIGINT NOT NULL,
  own_file BIGINT NOT NULL, PRIMARY KEY(context, git_commit, test));
CREATE INDEX evidence_by_set ON evidence(cover_set, test);
CREATE INDEX evidence_by_file ON evidence(own_file);
CREATE TABLE settings(service TEXT COLLATE "C" PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE pack(
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash BYTEA NOT NULL UNIQUE, bytes BYTEA NOT NULL);
ALTER TABLE pack ALTER COLUMN bytes SET STORAGE EXTERNAL;
)";

constexpr const char* kMigrations[] = {kFirst};
constexpr int kPostgresVersion = static_cast<int>(std::size(kMigrations));

// 0: there are no tables.
Result<int> version_of(PGconn* connection) {
  constexpr const char* kDoing = "reading its version";
  const Result<std::string> has_meta =
      execute(connection, "SELECT to_regclass('alibi.meta') IS NOT NULL", kDoing);
  if (!has_meta) return has_meta.error();
  if (*has_meta != "t") return 0;
  const Result<std::string> text = execute(connection, "SELECT version FROM meta", kDoing);
  if (!text) return text.error();
  int version = -1;
  std::from_chars(text->data(), text->data() + text->size(), version);
  return version;
}

Result<void> make_tables(PGconn* connection) {
  constexpr const char* kDoing = "making its tables";
  const Result<std::string> has_schema =
      execute(connection, "SELECT count(*) FROM pg_namespace WHERE nspname='alibi'", kDoing);
  if (!has_schema) return has_schema.error();
  if (*has_schema == "0") {
    if (const auto made = execute(connection, "CREATE SCHEMA alibi", kDoing); !made) return made.error();
  }
  const Result<int> found = version_of(connection);
  if (!found) return found.error();
  const int version = *found;
  if (version < 0 || version > kPostgresVersion)
    return Error{collector::kDatabase, 0,
                 "the database has version " + std::to_string(version) + ", this Alibi knows up to " +
                     std::to_string(kPostgresVersion)};
  for (int next = version; next < kPostgresVersion; ++next) {
    const std::string sql =
        std::string(kMigrations[next]) + "UPDATE meta SET version=" + std::to_string(next + 1) + ";";
    if (const auto made = execute(connection, sql.c_str(), kDoing); !made) return made.error();
  }
  return {};
}

}  // namespace

const char* const kBeginWriting =
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(7020665389)";

Error database_error(PGconn* connection, const char* doing) {
  std::string_view said = PQerrorMessage(connection);
  while (said.ends_with('\n')) said.remove_suffix(1);
  std::string line(said);
  for (char& letter : line) {
    if (letter == '\n' || letter == '\t') letter = ' ';
  }
  return Error{collector::kDatabase, 0, std::string("the database failed while ") + doing + ": " + line};
}

Result<std::string> execute(PGconn* connection, const char* sql, const char* doing) {
  struct Cleared {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  const std::unique_ptr<PGresult, Cleared> result(PQexec(connection, sql));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK)
    return std::string(PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "");
  if (status == PGRES_COMMAND_OK) return std::string();
  return database_error(connection, doing);
}

Result<void> migrate(PGconn* connection) {
  constexpr const char* kDoing = "making its tables";
  if (const auto begun = execute(connection, kBeginWriting, kDoing); !begun) return begun.error();
  Result<void> made = make_tables(connection);
  if (made) {
    const Result<std::string> committed = execute(connection, "COMMIT", kDoing);
    if (!committed) made = committed.error();
  }
  if (!made) (void)execute(connection, "ROLLBACK", kDoing);
  return made;
}

}  // namespace alibi::serve
