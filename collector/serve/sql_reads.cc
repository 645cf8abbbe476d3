// What pages and the small API ask of the database.
#include <algorithm>
#include <utility>

#include "collector/serve/coverage_pack.h"
#include "collector/serve/sql_database.h"
#include "collector/serve/sql_rows.h"

namespace alibi::serve {
namespace {

// For lower(…) LIKE lower(…) ESCAPE '\'.
std::string pattern_of(const std::string& text) {
  std::string pattern = "%";
  for (const char letter : text) {
    if (letter == '%' || letter == '_' || letter == '\\') pattern.push_back('\\');
    pattern.push_back(letter);
  }
  return pattern + "%";
}

// Databases count with signed numbers.
uint64_t bounded(uint64_t number) {
  return std::min(number, uint64_t{INT64_MAX});
}

std::string select(const char* columns, const std::string& rest) {
  return std::string("SELECT ") + columns + rest;
}

}  // namespace

Result<std::vector<SessionRow>> SqlDatabase::sessions(const std::string& service, Page page) {
  const std::string sql =
      select(kSessionColumns, std::string(service.empty() ? "WHERE ?1='' " : "WHERE c.service=?1 ") +
                                  "ORDER BY s.start_ns DESC LIMIT ?2 OFFSET ?3");
  std::vector<SessionRow> found;
  const Result<void> read = ask(sql, {service, bounded(page.limit), bounded(page.offset)}, "reading sessions",
                                [&found](SqlRow* row) { found.push_back(session_row(row)); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<SessionRow>> SqlDatabase::session(uint64_t id) {
  std::optional<SessionRow> found;
  const Result<void> read = ask(select(kSessionColumns, "WHERE s.id=?1"), {id}, "reading a session",
                                [&found](SqlRow* row) { found = session_row(row); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<AttemptRow>> SqlDatabase::attempts(uint64_t session, std::optional<Status> status,
                                                      Page page) {
  const std::string sql = std::string("SELECT ") + kAttemptColumns + ", " + kTestColumns +
                          "FROM (SELECT * FROM attempt WHERE session=?1 " +
                          (status ? "AND status=?4 " : "AND ?4=?4 ") +
                          "ORDER BY status, start_ns LIMIT ?2 OFFSET ?3) a JOIN test t ON t.id=a.test "
                          "LEFT JOIN failure f ON f.session=a.session AND f.span=a.span "
                          "ORDER BY a.status, a.start_ns";
  const uint64_t number = status ? static_cast<uint64_t>(*status) : 0;
  std::vector<AttemptRow> found;
  const Result<void> read = ask(sql, {session, bounded(page.limit), bounded(page.offset), number},
                                "reading the tests of a session", [&found](SqlRow* row) {
                                  AttemptRow attempt = attempt_row(row);
                                  attempt.test = test_row(row);
                                  found.push_back(std::move(attempt));
                                });
  if (!read) return read.error();
  return found;
}

Result<std::vector<TestRow>> SqlDatabase::tests(const TestSearch& search, uint64_t limit) {
  std::string sql = select(kTestColumns, "FROM test t WHERE t.id>?1 ");
  sql += search.service.empty() ? "AND ?2='' " : "AND t.service=?2 ";
  sql += search.text.empty()
             ? "AND ?3<>'' "
             : "AND (lower(t.name) LIKE lower(?3) ESCAPE '\\' OR lower(t.suite) LIKE lower(?3) ESCAPE '\\') ";
  if (search.only_unsteady) sql += "AND t.flips>0 ";
  sql += "ORDER BY t.id LIMIT ?4";
  const std::string pattern = pattern_of(search.text);
  std::vector<TestRow> found;
  const Result<void> read = ask(sql, {search.after_id, search.service, pattern, limit}, "reading tests",
                                [&found](SqlRow* row) { found.push_back(test_row(row)); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<TestRow>> SqlDatabase::test(uint64_t id) {
  std::optional<TestRow> found;
  const Result<void> read = ask(select(kTestColumns, "FROM test t WHERE t.id=?1"), {id}, "reading a test",
                                [&found](SqlRow* row) { found = test_row(row); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<AttemptRow>> SqlDatabase::history(uint64_t test, uint64_t limit) {
  const std::string sql =
      select(kAttemptColumns,
             ", coalesce(g.sha, ''), coalesce(s.branch, '') FROM attempt a "
             "LEFT JOIN session s ON s.id=a.session LEFT JOIN git_commit g ON g.id=s.git_commit "
             "LEFT JOIN failure f ON f.session=a.session AND f.span=a.span "
             "WHERE a.test=?1 ORDER BY a.start_ns DESC LIMIT ?2");
  std::vector<AttemptRow> found;
  const Result<void> read = ask(sql, {test, limit}, "reading a test's history", [&](SqlRow* row) {
    AttemptRow attempt = attempt_row(row);
    attempt.test.id = test;
    attempt.sha = row->text();
    attempt.branch = row->text();
    found.push_back(std::move(attempt));
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<TestRow>> SqlDatabase::marked_tests(const std::string& repository) {
  const std::string sql = select(
      kTestColumns, "FROM test t WHERE t.marks<>0 AND (t.marks & 7)<>0 AND t.repository=?1 LIMIT 100000");
  std::vector<TestRow> found;
  const Result<void> read =
      ask(sql, {repository}, "reading marks", [&found](SqlRow* row) { found.push_back(test_row(row)); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<payload::CoveredFile>> SqlDatabase::coverage_of(uint64_t session, uint64_t span) {
  std::string packed;
  const Result<void> read =
      ask("SELECT files FROM cover_set WHERE id IN (SELECT cover_set FROM coverage WHERE session=?1 "
          "AND span=?2) LIMIT 1",
          {session, span}, "reading coverage", [&packed](SqlRow* row) { packed = row->bytes(); });
  if (!read) return read.error();
  auto numbered = unpack_coverage(packed).value_or(std::vector<NumberedFile>());
  SqlRows asked;
  for (const NumberedFile& file : numbered) asked.add({file.file});
  std::vector<payload::CoveredFile> files;
  const Result<void> named =
      ask("SELECT path FROM file WHERE id=?1", asked, "reading coverage", [&](size_t place, SqlRow* row) {
        files.push_back({row->text(), std::move(numbered[place].lines)});
      });
  if (!named) return named.error();
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

Result<std::vector<LineCover>> SqlDatabase::tests_of_file(const std::string& path, uint64_t limit) {
  // Of each test the newest evidence.
  const std::string sql =
      select(kTestColumns,
             ", p.files, e.file FROM "
             "(SELECT sf.file AS file, ev.test AS test, ev.cover_set AS cover_set, "
             "row_number() OVER (PARTITION BY ev.test ORDER BY ev.start_ns DESC) AS place FROM file f "
             "JOIN set_file sf ON sf.file=f.id JOIN evidence ev ON ev.cover_set=sf.cover_set "
             "WHERE f.path=?1) e JOIN test t ON t.id=e.test JOIN cover_set p ON p.id=e.cover_set "
             "WHERE e.place=1 ORDER BY t.id LIMIT ?2");
  std::vector<LineCover> found;
  const Result<void> read = ask(sql, {path, limit}, "reading the tests of a file", [&found](SqlRow* row) {
    LineCover cover;
    cover.test = test_row(row);
    const std::string packed = row->bytes();
    const uint64_t number = row->number();
    for (NumberedFile& file : unpack_coverage(packed).value_or(std::vector<NumberedFile>())) {
      if (file.file == number) cover.lines = std::move(file.lines);
    }
    found.push_back(std::move(cover));
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<std::string>> SqlDatabase::files(const std::string& text, Page page) {
  const std::string pattern = pattern_of(text);
  std::vector<std::string> found;
  const Result<void> read = ask(
      "SELECT path FROM file WHERE lower(path) LIKE lower(?1) ESCAPE '\\' ORDER BY path LIMIT ?2 OFFSET ?3",
      {pattern, bounded(page.limit), bounded(page.offset)}, "reading files",
      [&found](SqlRow* row) { found.push_back(row->text()); });
  if (!read) return read.error();
  return found;
}

Result<std::string> SqlDatabase::settings(const std::string& service) {
  std::string document;
  const Result<void> read = ask("SELECT document FROM settings WHERE service=?1", {service},
                                "reading settings", [&](SqlRow* row) { document = row->text(); });
  if (!read) return read.error();
  return document;
}

Result<std::vector<ServiceRow>> SqlDatabase::services() {
  std::vector<ServiceRow> found;
  const Result<void> read =
      ask("SELECT c.service, count(*), sum(s.left_out), "
          "sum(CASE WHEN s.saved_ns>1000000000000000 THEN 1000000000000000 ELSE s.saved_ns END) FROM session "
          "s JOIN context c "
          "ON c.id=s.context GROUP BY c.service ORDER BY c.service LIMIT 1000",
          {}, "reading services", [&found](SqlRow* row) {
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

Result<Counts> SqlDatabase::counts() {
  Counts counts;
  const Result<void> read = ask("SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM test)", {},
                                "counting", [&counts](SqlRow* row) {
                                  counts.sessions = row->number();
                                  counts.tests = row->number();
                                });
  if (!read) return read.error();
  return counts;
}

}  // namespace alibi::serve
