// What choosing skippable tests asks of the database.
#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <utility>

#include "collector/serve/sql_database.h"
#include "collector/serve/sql_rows.h"

namespace alibi::serve {

Result<std::string> SqlDatabase::identity() {
  std::string found;
  const Result<void> read = ask("SELECT identity FROM meta", {}, "reading its identity",
                                [&found](SqlRow* row) { found = row->text(); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<PackRow>> SqlDatabase::packs_after(uint64_t id, uint64_t limit) {
  std::vector<PackRow> found;
  const Result<void> read = ask("SELECT id, bytes FROM pack WHERE id>?1 ORDER BY id LIMIT ?2", {id, limit},
                                "reading git objects", [&found](SqlRow* row) {
                                  PackRow pack;
                                  pack.id = row->number();
                                  pack.bytes = row->bytes();
                                  found.push_back(std::move(pack));
                                });
  if (!read) return read.error();
  return found;
}

Result<std::vector<std::string>> SqlDatabase::complete_commits(const std::vector<std::string>& shas) {
  SqlRows asked;
  for (const std::string& sha : shas) asked.add({sha});
  std::vector<std::string> found;
  const Result<void> read =
      ask("SELECT 1 FROM git_commit WHERE sha=?1 AND complete=1 LIMIT 1", asked,
          "reading which commits are complete", [&](size_t place, SqlRow*) { found.push_back(shas[place]); });
  if (!read) return read.error();
  return found;
}

Result<std::optional<uint64_t>> SqlDatabase::context(const RunContext& context) {
  std::optional<uint64_t> found;
  const Result<void> read = ask("SELECT id FROM context WHERE service=?1 AND env=?2 AND configurations=?3",
                                {context.service, context.env, context.configurations}, "reading contexts",
                                [&found](SqlRow* row) { found = row->number(); });
  if (!read) return read.error();
  return found;
}

Result<std::vector<CommitRow>> SqlDatabase::recent_commits(uint64_t context, uint64_t limit) {
  std::vector<CommitRow> found;
  const Result<void> read =
      ask("SELECT g.id, g.sha FROM session s JOIN git_commit g ON g.id=s.git_commit WHERE s.context=?1 "
          "GROUP BY g.id ORDER BY max(s.start_ns) DESC LIMIT ?2",
          {context, limit}, "reading commits", [&found](SqlRow* row) {
            CommitRow commit;
            commit.id = row->number();
            commit.sha = row->text();
            found.push_back(std::move(commit));
          });
  if (!read) return read.error();
  return found;
}

Result<std::vector<Evidence>> SqlDatabase::evidence(uint64_t context, uint64_t commit) {
  std::vector<Evidence> found;
  const Result<void> read =
      ask("SELECT test, verdict, start_ns, cover_set, own_file FROM evidence WHERE context=?1 AND "
          "git_commit=?2",
          {context, commit}, "reading evidence", [&found](SqlRow* row) {
            Evidence evidence;
            evidence.test = row->number();
            evidence.verdict = status_of(row->number());
            evidence.start_ns = row->number();
            evidence.cover_set = row->number();
            evidence.own_file = row->number();
            found.push_back(evidence);
          });
  if (!read) return read.error();
  // Several tests share these names: which of them some evidence is of, nobody can tell.
  absl::flat_hash_set<uint64_t> shared;
  const Result<void> asked =
      ask("SELECT id FROM test WHERE marks<>0 AND (marks & 8)<>0", {}, "reading evidence",
          [&shared](SqlRow* row) { shared.insert(row->number()); });
  if (!asked) return asked.error();
  for (Evidence& evidence : found) {
    if (shared.contains(evidence.test)) evidence.verdict = Status::kUnknown;
  }
  return found;
}

// A suite that several processes ran a part of has several ends in a session: all count. In a session that
// has not ended some may be missing.
Result<std::vector<SuiteEvidence>> SqlDatabase::suite_evidence(uint64_t context, uint64_t commit) {
  constexpr const char* kSql =
      "SELECT p.session, CASE p.module WHEN '' THEN coalesce(m.module, '') ELSE p.module END AS "
      "module, p.suite, p.status, p.start_ns, coalesce(f.id, 0), "
      "coalesce(v.cover_set, 0), p.flags, p.id FROM session s JOIN part p ON p.session=s.id AND p.kind=2 "
      "LEFT JOIN file f ON f.path=p.source_file "
      "LEFT JOIN part m ON m.session=p.session AND m.kind=1 AND m.id=p.module_id "
      "LEFT JOIN coverage v ON v.session=s.id AND v.span=0 AND v.suite_id=p.id "
      "WHERE s.context=?1 AND s.git_commit=?2 AND s.status<>3 ORDER BY p.session, 2, p.suite";
  absl::flat_hash_map<std::pair<uint64_t, uint64_t>, uint64_t> tests;  // by session and suite
  const Result<void> counted = ask(
      "SELECT a.session, a.suite_id, count(DISTINCT a.test) FROM session s JOIN attempt a ON "
      "a.session=s.id WHERE s.context=?1 AND s.git_commit=?2 AND s.status<>3 GROUP BY a.session, a.suite_id",
      {context, commit}, "reading suites", [&tests](SqlRow* row) {
        const uint64_t session = row->number(), suite = row->number();
        tests[{session, suite}] = row->number();
      });
  if (!counted) return counted.error();
  std::vector<SuiteEvidence> found;
  const Result<void> read = ask(kSql, {context, commit}, "reading suites", [&](SqlRow* row) {
    SuiteEvidence next;
    next.session = row->number();
    next.module = row->text();
    next.suite = row->text();
    next.verdict = status_of(row->number());
    next.start_ns = row->number();
    next.own_file = row->number();
    const uint64_t cover_set = row->number();
    if ((row->number() & kSkippedByItr) != 0) return;
    const auto heard = tests.find({next.session, row->number()});
    next.tests = heard == tests.end() ? 0 : heard->second;
    SuiteEvidence* last = found.empty() ? nullptr : &found.back();
    const bool same = last != nullptr && last->session == next.session && last->module == next.module &&
                      last->suite == next.suite;
    if (!same) {
      found.push_back(std::move(next));
      last = &found.back();
    } else {
      if (next.verdict != Status::kPass) last->verdict = next.verdict;
      if (next.own_file != last->own_file) last->own_file = 0;
      last->tests += next.tests;
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

Result<std::vector<FileRow>> SqlDatabase::files_after(uint64_t id) {
  std::vector<FileRow> found;
  const Result<void> read =
      ask("SELECT id, path FROM file WHERE id>?1 ORDER BY id", {id}, "reading files", [&found](SqlRow* row) {
        FileRow file;
        file.id = row->number();
        file.path = row->text();
        found.push_back(std::move(file));
      });
  if (!read) return read.error();
  return found;
}

Result<std::vector<uint64_t>> SqlDatabase::sets_covering(const std::vector<uint64_t>& files) {
  SqlRows asked;
  for (const uint64_t file : files) asked.add({file});
  std::vector<uint64_t> found;
  const Result<void> read =
      ask("SELECT cover_set FROM set_file WHERE file=?1", asked, "reading which tests cover a file",
          [&found](size_t, SqlRow* row) { found.push_back(row->number()); });
  if (!read) return read.error();
  return found;
}

}  // namespace alibi::serve
