// What choosing skippable tests asks of the SQLite database.
#include <absl/container/flat_hash_map.h>

#include <utility>

#include "collector/serve/sqlite_reader.h"
#include "collector/serve/sqlite_rows.h"

namespace alibi::serve {
namespace {

using Statement = store::SqliteStatement;

}  // namespace

Result<std::vector<std::string>> SqliteDatabase::complete_commits(const std::vector<std::string>& shas) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), "SELECT 1 FROM git_commit WHERE sha=? AND complete=1");
  std::vector<std::string> found;
  for (const std::string& sha : shas) {
    if (asked.bind(sha).step())
      found.push_back(sha);
    else if (!asked.done())
      return database_error(reader.get(), "reading which commits are complete");
    asked.reset();
  }
  return found;
}

Result<std::optional<uint64_t>> SqliteDatabase::context(const RunContext& context) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), "SELECT id FROM context WHERE service=? AND env=? AND configurations=?");
  asked.bind(context.service).bind(context.env).bind(context.configurations);
  std::optional<uint64_t> found;
  const Result<void> read =
      reader.rows(&asked, "reading contexts", [&found](Statement* row) { found = row->number(); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<CommitRow>> SqliteDatabase::recent_commits(uint64_t context, uint64_t limit) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(
      reader.get(),
      "SELECT g.id, g.sha FROM session s JOIN git_commit g ON g.id=s.git_commit WHERE s.context=? "
      "GROUP BY g.id ORDER BY max(s.start_ns) DESC LIMIT ?");
  asked.bind(context).bind(limit);
  std::vector<CommitRow> found;
  const Result<void> read = reader.rows(&asked, "reading commits", [&found](Statement* row) {
    CommitRow commit;
    commit.id = row->number();
    commit.sha = row->text();
    found.push_back(std::move(commit));
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<Evidence>> SqliteDatabase::evidence(uint64_t context, uint64_t commit) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(),
                  "SELECT test, verdict, start_ns, cover_set, own_file FROM evidence WHERE context=? AND "
                  "git_commit=?");
  asked.bind(context).bind(commit);
  std::vector<Evidence> found;
  const Result<void> read = reader.rows(&asked, "reading evidence", [&found](Statement* row) {
    Evidence evidence;
    evidence.test = row->number();
    evidence.verdict = status_of(row->number());
    evidence.start_ns = row->number();
    evidence.cover_set = row->number();
    evidence.own_file = row->number();
    found.push_back(evidence);
  });
  if (!read) return read.error();
  return found;
}

// A suite that several processes ran a part of has several ends in a session: all count. In a session that
// has not ended some may be missing.
Result<std::vector<SuiteEvidence>> SqliteDatabase::suite_evidence(uint64_t context, uint64_t commit) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(
      reader.get(),
      "SELECT p.session, CASE p.module WHEN '' THEN coalesce(m.module, '') ELSE p.module END AS "
      "module, p.suite, p.status, p.start_ns, coalesce(f.id, 0), "
      "coalesce(v.cover_set, 0), p.flags FROM session s JOIN part p ON p.session=s.id AND p.kind=2 "
      "LEFT JOIN file f ON f.path=p.source_file "
      "LEFT JOIN part m ON m.session=p.session AND m.kind=1 AND m.id=p.module_id "
      "LEFT JOIN coverage v ON v.session=s.id AND v.span=0 AND v.suite_id=p.id "
      "WHERE s.context=? AND s.git_commit=? AND s.status<>3 ORDER BY p.session, 2, p.suite");
  asked.bind(context).bind(commit);
  std::vector<SuiteEvidence> found;
  const Result<void> read = reader.rows(&asked, "reading suites", [&found](Statement* row) {
    SuiteEvidence next;
    next.session = row->number();
    next.module = row->text();
    next.suite = row->text();
    next.verdict = status_of(row->number());
    next.start_ns = row->number();
    next.own_file = row->number();
    const uint64_t cover_set = row->number();
    if ((row->number() & kSkippedByItr) != 0) return;
    SuiteEvidence* last = found.empty() ? nullptr : &found.back();
    const bool same = last != nullptr && last->session == next.session && last->module == next.module &&
                      last->suite == next.suite;
    if (!same) {
      found.push_back(std::move(next));
      last = &found.back();
    } else {
      if (next.verdict != Status::kPass) last->verdict = next.verdict;
      if (next.own_file != last->own_file) last->own_file = 0;
    }
    // A part without coverage: nothing can be built on the whole.
    if (cover_set == 0)
      last->verdict = last->verdict == Status::kPass ? Status::kUnknown : last->verdict;
    else
      last->cover_sets.push_back(cover_set);
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<FileRow>> SqliteDatabase::files_after(uint64_t id) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), "SELECT id, path FROM file WHERE id>? ORDER BY id");
  asked.bind(id);
  std::vector<FileRow> found;
  const Result<void> read = reader.rows(&asked, "reading files", [&found](Statement* row) {
    FileRow file;
    file.id = row->number();
    file.path = row->text();
    found.push_back(std::move(file));
  });
  if (!read) return read.error();
  return found;
}

Result<std::vector<uint64_t>> SqliteDatabase::sets_covering(const std::vector<uint64_t>& files) {
  Reader reader = this->reader();
  if (!reader.ok()) return reader.error();
  Statement asked(reader.get(), "SELECT cover_set FROM set_file WHERE file=?");
  std::vector<uint64_t> found;
  for (const uint64_t file : files) {
    asked.bind(file);
    while (asked.step()) found.push_back(asked.number());
    if (!asked.done()) return database_error(reader.get(), "reading which tests cover a file");
    asked.reset();
  }
  return found;
}

}  // namespace alibi::serve
