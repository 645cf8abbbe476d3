#include "collector/store/evidence_index.h"

#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::store {
namespace {

constexpr int kBusyMilliseconds = 10'000;
constexpr int kSchemaVersion = 1;

constexpr char kSchema[] = R"(
  CREATE TABLE session (
    evidence TEXT PRIMARY KEY, id TEXT NOT NULL, started_unix_ns INTEGER NOT NULL, root TEXT NOT NULL,
    environment TEXT NOT NULL, interpreter TEXT NOT NULL, complete INTEGER NOT NULL,
    exit_status INTEGER NOT NULL,
    bytes INTEGER NOT NULL, tests INTEGER NOT NULL, processes INTEGER NOT NULL, losses INTEGER NOT NULL,
    unreadable TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE test (
    id TEXT NOT NULL, evidence TEXT NOT NULL, position INTEGER NOT NULL, outcome INTEGER NOT NULL,
    duration_ns INTEGER NOT NULL, complete INTEGER NOT NULL, files INTEGER NOT NULL, lines INTEGER NOT NULL,
    scopes INTEGER NOT NULL, drops INTEGER NOT NULL, PRIMARY KEY (id, evidence)) WITHOUT ROWID;
  CREATE INDEX test_of_session ON test (evidence);
  PRAGMA user_version = 1;
)";

}  // namespace

// A prepared statement that binds in order and reports failure once, at the end.
class EvidenceIndex::Statement {
 public:
  Statement(EvidenceIndex* index, const char* sql) : index_(index) {
    status_ = sqlite3_prepare_v2(index->database_.get(), sql, -1, &statement_, nullptr);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    if (statement_ != nullptr) {
      keep(sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()),
                             SQLITE_TRANSIENT));
    }
    return *this;
  }
  Statement& bind(uint64_t number) {
    if (statement_ != nullptr)
      keep(sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(number)));
    return *this;
  }

  // True while there is a row to read.
  bool step() {
    if (status_ != SQLITE_OK && status_ != SQLITE_ROW) return false;
    status_ = sqlite3_step(statement_);
    column_ = 0;
    return status_ == SQLITE_ROW;
  }
  void reset() {
    if (statement_ == nullptr || !done()) return;
    sqlite3_reset(statement_);
    bound_ = 0;
    status_ = SQLITE_OK;
  }
  std::string text() {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_));
    const int length = sqlite3_column_bytes(statement_, column_++);
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<size_t>(length));
  }
  uint64_t number() { return static_cast<uint64_t>(sqlite3_column_int64(statement_, column_++)); }

  bool done() const { return status_ == SQLITE_DONE; }
  Result<void> finish(const char* doing) const {
    if (done()) return {};
    return index_->error(doing);
  }

 private:
  void keep(int status) {
    if (status != SQLITE_OK) status_ = status;
  }

  EvidenceIndex* index_;
  sqlite3_stmt* statement_ = nullptr;
  int status_ = SQLITE_OK;
  int bound_ = 0;
  int column_ = 0;
};

Error EvidenceIndex::error(const char* doing) const {
  return Error{
      collector::kIndexFailed, 0,
      std::string("the index of the store failed while ") + doing + ": " + sqlite3_errmsg(database_.get())};
}

Result<void> EvidenceIndex::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return error("changing it");
}

Result<EvidenceIndex> EvidenceIndex::open(const std::string& path, Place place) {
  sqlite3* database = nullptr;
  const int flags =
      place == Place::kFileReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int status = sqlite3_open_v2(place == Place::kMemory ? ":memory:" : path.c_str(), &database,
                                     flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  EvidenceIndex index(database);
  if (status != SQLITE_OK) return index.error("opening it");
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  int version = -1;
  {
    Statement query(&index, "PRAGMA user_version");
    if (!query.step()) return index.error("opening it");
    version = static_cast<int>(query.number());
  }
  if (version == 0 && place != Place::kFileReadOnly) {
    if (Result<void> made = index.run("BEGIN IMMEDIATE"); !made) return std::move(made).error();
    Result<void> made = index.run(kSchema);
    if (made) made = index.run("COMMIT");
    if (!made) return std::move(made).error();
    return index;
  }
  if (version != kSchemaVersion) {
    return Error{collector::kIndexFailed, 0, "the index of the store has schema " + std::to_string(version)};
  }
  return index;
}

Result<std::set<std::string>> EvidenceIndex::known_files() {
  std::set<std::string> files;
  Statement query(this, "SELECT evidence FROM session");
  while (query.step()) files.insert(query.text());
  if (Result<void> finished = query.finish("listing sessions"); !finished) return std::move(finished).error();
  return files;
}

Result<void> EvidenceIndex::add(const SessionRow& session, const std::vector<TestRow>& tests) {
  Result<void> done = run("BEGIN IMMEDIATE");
  if (!done) return done;
  const auto insert = [&]() -> Result<void> {
    Statement forget(this, "DELETE FROM test WHERE evidence = ?");
    forget.bind(session.evidence).step();
    if (Result<void> finished = forget.finish("replacing a session"); !finished) return finished;
    Statement add_session(this, "INSERT OR REPLACE INTO session VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)");
    add_session.bind(session.evidence).bind(session.id).bind(session.started_unix_ns).bind(session.root);
    add_session.bind(session.environment_name).bind(session.interpreter).bind(uint64_t{session.complete});
    add_session.bind(static_cast<uint64_t>(session.exit_status)).bind(session.bytes).bind(session.tests);
    add_session.bind(session.processes).bind(session.losses).bind(session.unreadable).step();
    if (Result<void> finished = add_session.finish("adding a session"); !finished) return finished;
    Statement add_test(this, "INSERT OR REPLACE INTO test VALUES (?,?,?,?,?,?,?,?,?,?)");
    for (const TestRow& test : tests) {
      add_test.bind(test.id)
          .bind(session.evidence)
          .bind(test.position)
          .bind(static_cast<uint64_t>(test.outcome));
      add_test.bind(test.duration_ns).bind(uint64_t{test.complete}).bind(test.files).bind(test.lines);
      add_test.bind(test.scopes).bind(test.drops).step();
      if (Result<void> finished = add_test.finish("adding a test"); !finished) return finished;
      add_test.reset();
    }
    return {};
  };
  done = insert();
  if (done) done = run("COMMIT");
  if (!done) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return done;
}

Result<void> EvidenceIndex::remove(const std::string& evidence) {
  Result<void> done = run("BEGIN IMMEDIATE");
  if (!done) return done;
  for (const char* sql : {"DELETE FROM test WHERE evidence = ?", "DELETE FROM session WHERE evidence = ?"}) {
    Statement forget(this, sql);
    forget.bind(evidence).step();
    done = forget.finish("forgetting a session");
    if (!done) break;
  }
  if (done) done = run("COMMIT");
  if (!done) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return done;
}

Result<std::vector<SessionRow>> EvidenceIndex::sessions() {
  std::vector<SessionRow> rows;
  Statement query(
      this,
      "SELECT evidence, id, started_unix_ns, root, environment, interpreter, complete, exit_status, bytes, "
      "tests, processes, losses, unreadable FROM session ORDER BY evidence");
  while (query.step()) {
    SessionRow row;
    row.evidence = query.text();
    row.id = query.text();
    row.started_unix_ns = query.number();
    row.root = query.text();
    row.environment_name = query.text();
    row.interpreter = query.text();
    row.complete = query.number() != 0;
    row.exit_status = static_cast<int32_t>(query.number());
    row.bytes = query.number();
    row.tests = query.number();
    row.processes = query.number();
    row.losses = query.number();
    row.unreadable = query.text();
    rows.push_back(std::move(row));
  }
  if (Result<void> finished = query.finish("listing sessions"); !finished) return std::move(finished).error();
  return rows;
}

Result<std::vector<TestRow>> EvidenceIndex::latest_tests() {
  std::vector<TestRow> rows;
  // SQLite takes the other columns from the row that has the maximum.
  Statement query(
      this,
      "SELECT id, max(evidence), position, outcome, duration_ns, complete, files, lines, scopes, drops "
      "FROM test GROUP BY id ORDER BY id");
  while (query.step()) {
    TestRow row;
    row.id = query.text();
    row.evidence = query.text();
    row.position = query.number();
    row.outcome = collector::Outcome{static_cast<uint8_t>(query.number())};
    row.duration_ns = query.number();
    row.complete = query.number() != 0;
    row.files = query.number();
    row.lines = query.number();
    row.scopes = query.number();
    row.drops = query.number();
    rows.push_back(std::move(row));
  }
  if (Result<void> finished = query.finish("listing tests"); !finished) return std::move(finished).error();
  return rows;
}

Result<std::set<std::string>> EvidenceIndex::newest_files() {
  std::set<std::string> files;
  Statement query(
      this,
      "SELECT max(evidence) FROM test JOIN session USING (evidence) GROUP BY test.id, environment "
      "UNION SELECT max(evidence) FROM test JOIN session USING (evidence) WHERE test.complete "
      "GROUP BY test.id, environment");
  while (query.step()) files.insert(query.text());
  if (Result<void> finished = query.finish("looking for the newest evidence"); !finished)
    return std::move(finished).error();
  return files;
}

Result<uint64_t> EvidenceIndex::count_tests() {
  Statement query(this, "SELECT count(*) FROM test");
  if (!query.step()) return error("counting tests");
  return query.number();
}

}  // namespace alibi::store
