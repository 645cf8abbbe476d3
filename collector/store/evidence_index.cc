#include "collector/store/evidence_index.h"

#include <utility>

#include "collector/model/error_codes.h"
#include "collector/store/evidence_format.h"
#include "collector/store/packed_tests.h"
#include "collector/store/sqlite_statement.h"

namespace alibi::store {
namespace {

constexpr int kBusyMilliseconds = 10'000;
// What cannot be read depends on the version that tried: each has its own index.
constexpr int kSchemaVersion = 2100 + static_cast<int>(kEvidenceVersion);

// Tests of a session are packed (packed_tests.h); `test` numbers the ids. A number whose last evidence is
// gone stays: it costs its id.
constexpr char kSchema[] = R"(
  CREATE TABLE session (
    number INTEGER PRIMARY KEY, evidence TEXT NOT NULL UNIQUE, id TEXT NOT NULL,
    started_unix_ns INTEGER NOT NULL, root TEXT NOT NULL, environment TEXT NOT NULL,
    interpreter TEXT NOT NULL, complete INTEGER NOT NULL, exit_status INTEGER NOT NULL,
    bytes INTEGER NOT NULL, tests INTEGER NOT NULL, processes INTEGER NOT NULL, losses INTEGER NOT NULL,
    left_out INTEGER NOT NULL, saved_ns INTEGER NOT NULL, unshared_bytes INTEGER NOT NULL, unreadable TEXT NOT NULL, changed_ns INTEGER NOT NULL);
  CREATE TABLE tests_of_session (
    session INTEGER PRIMARY KEY REFERENCES session (number), numbers BLOB NOT NULL, facts BLOB NOT NULL);
  CREATE TABLE test (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
)";

}  // namespace

Result<void> EvidenceIndex::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return sqlite_error(database_.get(), "changing it");
}

Result<EvidenceIndex> EvidenceIndex::open(const std::string& path, Place place) {
  sqlite3* database = nullptr;
  const int flags =
      place == Place::kFileReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int status = sqlite3_open_v2(place == Place::kMemory ? ":memory:" : path.c_str(), &database,
                                     flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nullptr);
  EvidenceIndex index(database);
  if (status != SQLITE_OK) return sqlite_error(database, "opening it");
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  int version = -1;
  {
    SqliteStatement query(database, "PRAGMA user_version");
    if (!query.step()) return sqlite_error(database, "opening it");
    version = static_cast<int>(query.number());
  }
  if (version == 0 && place != Place::kFileReadOnly) {
    if (Result<void> made = index.run("BEGIN IMMEDIATE"); !made) return std::move(made).error();
    Result<void> made = index.run(kSchema);
    if (made) made = index.run(("PRAGMA user_version = " + std::to_string(kSchemaVersion)).c_str());
    if (made) made = index.run("COMMIT");
    if (!made) return std::move(made).error();
    return index;
  }
  if (version != kSchemaVersion) {
    return Error{collector::kIndexFailed, 0, "the index of the store has schema " + std::to_string(version)};
  }
  return index;
}

Result<EvidenceIndex> EvidenceIndex::copy() {
  Result<EvidenceIndex> copied = open("", Place::kMemory);
  if (!copied) return copied;
  sqlite3* into = copied->database_.get();
  sqlite3_backup* backup = sqlite3_backup_init(into, "main", database_.get(), "main");
  if (backup == nullptr) return sqlite_error(into, "copying it");
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) return sqlite_error(into, "copying it");
  return copied;
}

Result<std::map<std::string, EvidenceIndex::KnownFile>> EvidenceIndex::known_files() {
  std::map<std::string, KnownFile> files;
  SqliteStatement query(database_.get(), "SELECT evidence, bytes, changed_ns, unreadable = '' FROM session");
  while (query.step()) {
    KnownFile& file = files[query.text()];
    file.bytes = query.number();
    file.changed_ns = query.number();
    file.readable = query.number() != 0;
  }
  if (Result<void> finished = query.finish("listing sessions"); !finished) return std::move(finished).error();
  return files;
}

Result<void> EvidenceIndex::in_transaction(const std::function<Result<void>()>& change) {
  Result<void> done = run("BEGIN IMMEDIATE");
  if (!done) return done;
  done = change();
  if (done) done = run("COMMIT");
  if (!done) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return done;
}

Result<void> EvidenceIndex::forget(const std::string& evidence) {
  for (const char* sql :
       {"DELETE FROM tests_of_session WHERE session = (SELECT number FROM session WHERE evidence = ?)",
        "DELETE FROM session WHERE evidence = ?"}) {
    SqliteStatement forgetting(database_.get(), sql);
    forgetting.bind(evidence).step();
    if (Result<void> finished = forgetting.finish("forgetting a session"); !finished) return finished;
  }
  return {};
}

// The numbers of the tests' ids; new ids get new ones.
Result<std::vector<uint32_t>> EvidenceIndex::number_tests(const std::vector<TestRow>& tests) {
  std::vector<uint32_t> numbers;
  numbers.reserve(tests.size());
  SqliteStatement find(database_.get(), "SELECT number FROM test WHERE id = ?");
  SqliteStatement insert(database_.get(), "INSERT INTO test (id) VALUES (?)");
  for (const TestRow& test : tests) {
    if (find.bind(test.id).step()) {
      numbers.push_back(static_cast<uint32_t>(find.number()));
    } else {
      if (Result<void> finished = find.finish("looking for a test"); !finished)
        return std::move(finished).error();
      insert.bind(test.id).step();
      if (Result<void> finished = insert.finish("adding a test"); !finished)
        return std::move(finished).error();
      insert.reset();
      numbers.push_back(static_cast<uint32_t>(sqlite3_last_insert_rowid(database_.get())));
    }
    find.reset();
  }
  return numbers;
}

Result<void> EvidenceIndex::insert(const SessionRow& session, const std::vector<TestRow>& tests) {
  SqliteStatement row(database_.get(), "INSERT INTO session VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  row.bind(session.evidence).bind(session.id).bind(session.started_unix_ns).bind(session.root);
  row.bind(session.environment_name).bind(session.interpreter).bind(uint64_t{session.complete});
  row.bind(static_cast<uint64_t>(session.exit_status)).bind(session.bytes).bind(session.tests);
  row.bind(session.processes).bind(session.losses).bind(session.left_out).bind(session.saved_ns);
  row.bind(session.unshared_bytes);
  row.bind(session.unreadable).bind(session.changed_ns).step();
  if (Result<void> finished = row.finish("adding a session"); !finished) return finished;
  const auto number = static_cast<uint64_t>(sqlite3_last_insert_rowid(database_.get()));
  const Result<std::vector<uint32_t>> numbers = number_tests(tests);
  if (!numbers) return numbers.error();
  const PackedTests packed = pack_tests(*numbers, tests);
  SqliteStatement packed_row(database_.get(), "INSERT INTO tests_of_session VALUES (?,?,?)");
  packed_row.bind(number).bind_bytes(packed.numbers).bind_bytes(packed.facts).step();
  return packed_row.finish("adding the tests of a session");
}

Result<void> EvidenceIndex::add(const SessionRow& session, const std::vector<TestRow>& tests) {
  return in_transaction([&]() -> Result<void> {
    if (Result<void> forgotten = forget(session.evidence); !forgotten) return forgotten;
    return insert(session, tests);
  });
}

Result<void> EvidenceIndex::remove(const std::string& evidence) {
  return in_transaction([&] { return forget(evidence); });
}

Result<std::vector<SessionRow>> EvidenceIndex::sessions() {
  std::vector<SessionRow> rows;
  SqliteStatement query(
      database_.get(),
      "SELECT evidence, id, started_unix_ns, root, environment, interpreter, complete, exit_status, bytes, "
      "tests, processes, losses, left_out, saved_ns, unshared_bytes, unreadable, changed_ns FROM session "
      "ORDER BY evidence");
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
    row.left_out = query.number();
    row.saved_ns = query.number();
    row.unshared_bytes = query.number();
    row.unreadable = query.text();
    row.changed_ns = query.number();
    rows.push_back(std::move(row));
  }
  if (Result<void> finished = query.finish("listing sessions"); !finished) return std::move(finished).error();
  return rows;
}

}  // namespace alibi::store
