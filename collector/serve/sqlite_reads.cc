// What pages and the small API ask of the SQLite database.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <utility>

#include "collector/serve/coverage_pack.h"
#include "collector/serve/sqlite_reader.h"
#include "collector/serve/sqlite_rows.h"

namespace alibi::serve {
namespace {

using Statement = store::SqliteStatement;

// For LIKE with ESCAPE '\'.
std::string pattern_of(const std::string& text) {
  std::string pattern = "%";
  for (const char letter : text) {
    if (letter == '%' || letter == '_' || letter == '\\') pattern.push_back('\\');
    pattern.push_back(letter);
  }
  return pattern + "%";
}

}  // namespace

Result<std::vector<SessionRow>> SqliteDatabase::sessions(const std::string& service, Page page) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  const std::string sql = std::string("SELECT ") + kSessionColumns +
                          (service.empty() ? "WHERE ?1='' " : "WHERE c.service=?1 ") +
                          "ORDER BY s.start_ns DESC LIMIT ?2 OFFSET ?3";
  Statement asked(reader.get(), sql.c_str());
  asked.bind(service).bind(page.limit).bind(page.offset);
  std::vector<SessionRow> found;
  const Result<void> read = reader.rows(&asked, "reading sessions",
                                        [&found](Statement* row) { found.push_back(session_row(row)); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<SessionRow>> SqliteDatabase::session(uint64_t id) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), (std::string("SELECT ") + kSessionColumns + "WHERE s.id=?").c_str());
  asked.bind(id);
  std::optional<SessionRow> found;
  const Result<void> read =
      reader.rows(&asked, "reading a session", [&found](Statement* row) { found = session_row(row); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<AttemptRow>> SqliteDatabase::attempts(uint64_t session, std::optional<Status> status,
                                                         Page page) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  const std::string sql = std::string("SELECT ") + kAttemptColumns + ", " + kTestColumns +
                          "FROM (SELECT * FROM attempt WHERE session=?1 " +
                          (status ? "AND status=?4 " : "AND ?4=?4 ") +
                          "ORDER BY status, start_ns LIMIT ?2 OFFSET ?3) a JOIN test t ON t.id=a.test "
                          "LEFT JOIN failure f ON f.session=a.session AND f.span=a.span "
                          "ORDER BY a.status, a.start_ns";
  Statement asked(reader.get(), sql.c_str());
  asked.bind(session).bind(page.limit).bind(page.offset);
  asked.bind(uint64_t{status ? static_cast<uint8_t>(*status) : uint8_t{0}});
  std::vector<AttemptRow> found;
  const Result<void> read = reader.rows(&asked, "reading the tests of a session", [&found](Statement* row) {
    AttemptRow attempt = attempt_row(row);
    attempt.test = test_row(row);
    found.push_back(std::move(attempt));
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<TestRow>> SqliteDatabase::tests(const TestSearch& search, uint64_t limit) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  std::string sql = std::string("SELECT ") + kTestColumns + "FROM test t WHERE t.id>?1 ";
  sql += search.service.empty() ? "AND ?2='' " : "AND t.service=?2 ";
  sql += search.text.empty() ? "AND ?3<>'' "
                             : "AND (t.name LIKE ?3 ESCAPE '\\' OR t.suite LIKE ?3 ESCAPE '\\') ";
  if (search.only_unsteady) sql += "AND t.flips>0 ";
  sql += "ORDER BY t.id LIMIT ?4";
  Statement asked(reader.get(), sql.c_str());
  const std::string pattern = pattern_of(search.text);
  asked.bind(search.after_id).bind(search.service).bind(pattern).bind(limit);
  std::vector<TestRow> found;
  const Result<void> read =
      reader.rows(&asked, "reading tests", [&found](Statement* row) { found.push_back(test_row(row)); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<TestRow>> SqliteDatabase::test(uint64_t id) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), (std::string("SELECT ") + kTestColumns + "FROM test t WHERE t.id=?").c_str());
  asked.bind(id);
  std::optional<TestRow> found;
  const Result<void> read =
      reader.rows(&asked, "reading a test", [&found](Statement* row) { found = test_row(row); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<AttemptRow>> SqliteDatabase::history(uint64_t test, uint64_t limit) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  const std::string sql = std::string("SELECT ") + kAttemptColumns +
                          ", coalesce(g.sha, ''), coalesce(s.branch, '') FROM attempt a "
                          "LEFT JOIN session s ON s.id=a.session LEFT JOIN git_commit g ON g.id=s.git_commit "
                          "LEFT JOIN failure f ON f.session=a.session AND f.span=a.span "
                          "WHERE a.test=? ORDER BY a.start_ns DESC LIMIT ?";
  Statement asked(reader.get(), sql.c_str());
  asked.bind(test).bind(limit);
  std::vector<AttemptRow> found;
  const Result<void> read = reader.rows(&asked, "reading a test's history", [&](Statement* row) {
    AttemptRow attempt = attempt_row(row);
    attempt.test.id = test;
    attempt.sha = row->text();
    attempt.branch = row->text();
    found.push_back(std::move(attempt));
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<TestRow>> SqliteDatabase::marked_tests(const std::string& repository) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  const std::string sql =
      std::string("SELECT ") + kTestColumns + "FROM test t WHERE t.marks<>0 AND t.repository=? LIMIT 100000";
  Statement asked(reader.get(), sql.c_str());
  asked.bind(repository);
  std::vector<TestRow> found;
  const Result<void> read =
      reader.rows(&asked, "reading marks", [&found](Statement* row) { found.push_back(test_row(row)); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<payload::CoveredFile>> SqliteDatabase::coverage_of(uint64_t session, uint64_t span) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(),
                  "SELECT files FROM cover_set WHERE id IN (SELECT cover_set FROM coverage WHERE session=? "
                  "AND span=?) LIMIT 1");
  asked.bind(session).bind(span);
  if (!asked.step()) {
    if (asked.done()) return std::vector<payload::CoveredFile>();
    return database_error(reader.get(), "reading coverage");
  }
  const auto numbered = unpack_coverage(asked.bytes());
  std::vector<payload::CoveredFile> files;
  Statement path(reader.get(), "SELECT path FROM file WHERE id=?");
  for (const NumberedFile& file : numbered.value_or(std::vector<NumberedFile>())) {
    path.bind(file.file);
    if (path.step()) files.push_back({path.text(), file.lines});
    path.reset();
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

Result<std::vector<LineCover>> SqliteDatabase::tests_of_file(const std::string& path, uint64_t limit) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  // Of each test the newest evidence: MAX() picks the row that cover_set is of.
  const std::string sql =
      std::string("SELECT ") + kTestColumns +
      ", p.files, e.file, max(e.start_ns) FROM "
      "(SELECT sf.file AS file, ev.test AS test, ev.cover_set AS cover_set, "
      "ev.start_ns AS start_ns FROM file f "
      "JOIN set_file sf ON sf.file=f.id JOIN evidence ev ON ev.cover_set=sf.cover_set "
      "WHERE f.path=?1) e JOIN test t ON t.id=e.test JOIN cover_set p ON p.id=e.cover_set "
      "GROUP BY t.id LIMIT ?2";
  Statement asked(reader.get(), sql.c_str());
  asked.bind(path).bind(limit);
  std::vector<LineCover> found;
  const Result<void> read = reader.rows(&asked, "reading the tests of a file", [&found](Statement* row) {
    LineCover cover;
    cover.test = test_row(row);
    const std::string packed(row->bytes());
    const uint64_t number = row->number();
    for (NumberedFile& file : unpack_coverage(packed).value_or(std::vector<NumberedFile>())) {
      if (file.file == number) cover.lines = std::move(file.lines);
    }
    found.push_back(std::move(cover));
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<std::string>> SqliteDatabase::files(const std::string& text, Page page) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(),
                  "SELECT path FROM file WHERE path LIKE ? ESCAPE '\\' ORDER BY path LIMIT ? OFFSET ?");
  const std::string pattern = pattern_of(text);
  asked.bind(pattern).bind(page.limit).bind(page.offset);
  std::vector<std::string> found;
  const Result<void> read =
      reader.rows(&asked, "reading files", [&found](Statement* row) { found.push_back(row->text()); });
  if (!read) return read.error();
  return found;
}

Result<std::string> SqliteDatabase::settings(const std::string& service) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), "SELECT document FROM settings WHERE service=?");
  asked.bind(service);
  std::string document;
  const Result<void> read =
      reader.rows(&asked, "reading settings", [&document](Statement* row) { document = row->text(); });
  if (!read) return read.error();
  return document;
}

Result<std::vector<ServiceRow>> SqliteDatabase::services() {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(
      reader.get(),
      "SELECT c.service, count(*), sum(s.left_out), sum(s.saved_ns) FROM session s JOIN context c "
      "ON c.id=s.context GROUP BY c.service ORDER BY c.service LIMIT 1000");
  std::vector<ServiceRow> found;
  const Result<void> read = reader.rows(&asked, "reading services", [&found](Statement* row) {
    ServiceRow service;
    service.service = row->text();
    service.sessions = row->number();
    service.left_out = row->number();
    service.saved_ns = row->number();
    found.push_back(std::move(service));
  });
  if (!read) return read.error();
  return found;
}

Result<Counts> SqliteDatabase::counts() {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM test)");
  if (!asked.step()) return database_error(reader.get(), "counting");
  Counts counts;
  counts.sessions = asked.number();
  counts.tests = asked.number();
  return counts;
}

}  // namespace alibi::serve
