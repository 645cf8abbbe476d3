#include "collector/serve/sqlite_schema.h"

#include <string>

#include "collector/model/error_codes.h"
#include "collector/store/sqlite_statement.h"

namespace alibi::serve {
namespace {

// Ids of sessions, spans and suites are the clients' (64 random bits, kept as signed); all others are ours.
// What has a client's id is stored once because that id is its key: a body that is sent again changes
// nothing.
constexpr const char* kFirst = R"(
CREATE TABLE context(
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, env TEXT NOT NULL, configurations TEXT NOT NULL,
  UNIQUE(service, env, configurations));
CREATE TABLE git_commit(
  id INTEGER PRIMARY KEY, sha TEXT NOT NULL UNIQUE, complete INTEGER NOT NULL DEFAULT 0);
CREATE TABLE session(
  id INTEGER PRIMARY KEY, context INTEGER NOT NULL, git_commit INTEGER NOT NULL, repository TEXT NOT NULL,
  branch TEXT NOT NULL, message TEXT NOT NULL, command TEXT NOT NULL, framework TEXT NOT NULL, name TEXT NOT NULL,
  start_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL DEFAULT 0, status INTEGER NOT NULL DEFAULT 3,
  tests INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0, skipped INTEGER NOT NULL DEFAULT 0,
  left_out INTEGER NOT NULL DEFAULT 0, saved_ns INTEGER NOT NULL DEFAULT 0);
CREATE INDEX session_by_start ON session(start_ns);
CREATE INDEX session_by_context ON session(context, start_ns);
CREATE TABLE test(
  id INTEGER PRIMARY KEY, service TEXT NOT NULL, suite TEXT NOT NULL, name TEXT NOT NULL, parameters TEXT NOT NULL,
  module TEXT NOT NULL, repository TEXT NOT NULL, source_file TEXT NOT NULL, source_start INTEGER NOT NULL,
  source_end INTEGER NOT NULL, codeowners TEXT NOT NULL, usual_ns INTEGER NOT NULL DEFAULT 0,
  runs INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, flips INTEGER NOT NULL DEFAULT 0,
  last_status INTEGER NOT NULL DEFAULT 3, last_start_ns INTEGER NOT NULL DEFAULT 0, marks INTEGER NOT NULL DEFAULT 0,
  UNIQUE(service, suite, name, parameters, module));
CREATE INDEX test_with_marks ON test(repository) WHERE marks <> 0;
CREATE INDEX test_with_flips ON test(id) WHERE flips > 0;
CREATE TABLE attempt(
  session INTEGER NOT NULL, span INTEGER NOT NULL, test INTEGER NOT NULL, context INTEGER NOT NULL,
  suite_id INTEGER NOT NULL, start_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL, status INTEGER NOT NULL,
  final_status INTEGER NOT NULL, flags INTEGER NOT NULL, skip_reason TEXT NOT NULL, retry_reason TEXT NOT NULL,
  PRIMARY KEY(session, span)) WITHOUT ROWID;
CREATE INDEX attempt_by_test ON attempt(test, start_ns);
CREATE INDEX attempt_by_status ON attempt(session, status, start_ns);
CREATE TABLE failure(
  session INTEGER NOT NULL, span INTEGER NOT NULL, type TEXT NOT NULL, message TEXT NOT NULL, stack TEXT NOT NULL,
  PRIMARY KEY(session, span)) WITHOUT ROWID;
CREATE TABLE part(
  session INTEGER NOT NULL, kind INTEGER NOT NULL, id INTEGER NOT NULL, module_id INTEGER NOT NULL, context INTEGER NOT NULL,
  module TEXT NOT NULL, suite TEXT NOT NULL, source_file TEXT NOT NULL, status INTEGER NOT NULL,
  start_ns INTEGER NOT NULL, duration_ns INTEGER NOT NULL, flags INTEGER NOT NULL,
  PRIMARY KEY(session, kind, id)) WITHOUT ROWID;
CREATE TABLE file(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE cover_set(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, files BLOB NOT NULL);
CREATE TABLE set_file(file INTEGER NOT NULL, cover_set INTEGER NOT NULL, PRIMARY KEY(file, cover_set)) WITHOUT ROWID;
CREATE TABLE coverage(
  session INTEGER NOT NULL, span INTEGER NOT NULL, suite_id INTEGER NOT NULL, cover_set INTEGER NOT NULL,
  PRIMARY KEY(session, span, suite_id, cover_set)) WITHOUT ROWID;
CREATE TABLE evidence(
  context INTEGER NOT NULL, git_commit INTEGER NOT NULL, test INTEGER NOT NULL, session INTEGER NOT NULL,
  span INTEGER NOT NULL, start_ns INTEGER NOT NULL, verdict INTEGER NOT NULL, cover_set INTEGER NOT NULL,
  own_file INTEGER NOT NULL, PRIMARY KEY(context, git_commit, test)) WITHOUT ROWID;
CREATE INDEX evidence_by_set ON evidence(cover_set, test);
CREATE TABLE settings(service TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
)";

// What is removed by and by is looked up by what it refers to. `generation` counts removals of what writers
// remember the numbers of. Git objects are here only where no folder is.
constexpr const char* kSecond = R"(
CREATE TABLE meta(identity TEXT NOT NULL, generation INTEGER NOT NULL);
INSERT INTO meta VALUES(lower(hex(randomblob(16))), 0);
CREATE TABLE pack(id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL);
CREATE INDEX coverage_by_set ON coverage(cover_set);
CREATE INDEX evidence_by_file ON evidence(own_file);
ALTER TABLE session ADD COLUMN stored_ns INTEGER NOT NULL DEFAULT 0;
)";

constexpr const char* kMigrations[] = {kFirst, kSecond};
static_assert(std::size(kMigrations) == kSchemaVersion);

}  // namespace

Error database_error(sqlite3* database, const char* doing) {
  return Error{collector::kDatabase, 0,
               std::string("the database failed while ") + doing + ": " + sqlite3_errmsg(database)};
}

Result<void> execute(sqlite3* database, const char* sql, const char* doing) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return database_error(database, doing);
}

Result<void> migrate(sqlite3* database) {
  uint64_t version = 0;
  {
    store::SqliteStatement asked(database, "PRAGMA user_version");
    if (!asked.step()) return database_error(database, "reading its version");
    version = asked.number();
  }
  if (version > static_cast<uint64_t>(kSchemaVersion))
    return Error{collector::kDatabase, 0,
                 "the database has version " + std::to_string(version) + ", this Alibi knows up to " +
                     std::to_string(kSchemaVersion)};
  for (uint64_t next = version; next < static_cast<uint64_t>(kSchemaVersion); ++next) {
    const std::string sql = "BEGIN IMMEDIATE;" + std::string(kMigrations[next]) +
                            "PRAGMA user_version=" + std::to_string(next + 1) + ";COMMIT;";
    const Result<void> made = execute(database, sql.c_str(), "making its tables");
    if (made) continue;
    sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr);
    return made;
  }
  return {};
}

}  // namespace alibi::serve
