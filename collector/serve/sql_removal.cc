// What is removed of old sessions, a small part in a transaction, and what nobody refers to without them.
//
// A number is never used again: who reads on from the last number would miss what has it. So the last one of
// a kind stays, as SQLite gives the next one by it.
#include <absl/container/flat_hash_set.h>

#include <utility>

#include "collector/serve/coverage_pack.h"
#include "collector/serve/sql_database.h"

namespace alibi::serve {
namespace {

constexpr uint64_t kRowsInPart = 100;
constexpr uint64_t kBytesInPart = 20'000;  // of packed coverage: some thousand files, each a row to remove
constexpr const char* kDoing = "removing an old session";

// Of one transaction. Does nothing once something failed.
class Removal {
 public:
  Removal(SqlConnection* connection, uint64_t session) : connection_(connection), session_(session) {}

  bool remove_attempts();
  bool remove_coverage();
  void remove_rest();
  void remove_unused();
  Result<void> result() const { return result_; }

 private:
  void run(const char* sql, const SqlRows& rows, const SqlConnection::Take& take) {
    if (result_ && rows.size() > 0) result_ = connection_->run(sql, rows, kDoing, take);
  }
  void run(const char* sql, const SqlRows& rows) {
    run(sql, rows, [](size_t, SqlRow*) {});
  }
  static SqlRows rows_of(const absl::flat_hash_set<uint64_t>& numbers) {
    SqlRows rows;
    for (const uint64_t number : numbers) rows.add({number});
    return rows;
  }
  void remove_unused_sets();

  SqlConnection* connection_;
  uint64_t session_;
  Result<void> result_;
  absl::flat_hash_set<uint64_t> tests_, files_, sets_;  // that may have lost their last reference
};

// Whether there were any.
bool Removal::remove_attempts() {
  SqlRows spans, evidence;
  run("SELECT a.span, a.test, a.context, coalesce(s.git_commit, 0) FROM attempt a "
      "LEFT JOIN session s ON s.id=a.session WHERE a.session=?1 LIMIT ?2",
      {session_, kRowsInPart}, [&](size_t, SqlRow* row) {
        const uint64_t span = row->number(), test = row->number();
        const uint64_t context = row->number(), commit = row->number();
        spans.add({session_, span});
        evidence.add({context, commit, test, session_});
        tests_.insert(test);
      });
  run("DELETE FROM evidence WHERE context=?1 AND git_commit=?2 AND test=?3 AND session=?4 RETURNING own_file",
      evidence, [this](size_t, SqlRow* row) { files_.insert(row->number()); });
  run("DELETE FROM failure WHERE session=?1 AND span=?2", spans);
  run("DELETE FROM attempt WHERE session=?1 AND span=?2", spans);
  return spans.size() > 0;
}

bool Removal::remove_coverage() {
  SqlRows rows;
  uint64_t bytes = 0;
  run("SELECT c.span, c.suite_id, c.cover_set, coalesce(length(s.files), 0) FROM coverage c "
      "LEFT JOIN cover_set s ON s.id=c.cover_set WHERE c.session=?1 LIMIT ?2",
      {session_, kRowsInPart}, [&](size_t, SqlRow* row) {
        const uint64_t span = row->number(), suite = row->number(), set = row->number();
        if (bytes > kBytesInPart) return;  // in the next part
        bytes += row->number();
        rows.add({session_, span, suite, set});
        sets_.insert(set);
      });
  run("DELETE FROM coverage WHERE session=?1 AND span=?2 AND suite_id=?3 AND cover_set=?4", rows);
  return rows.size() > 0;
}

void Removal::remove_rest() {
  run("DELETE FROM part WHERE session=?1", {session_});
  run("DELETE FROM session WHERE id=?1", {session_});
}

void Removal::remove_unused_sets() {
  SqlRows gone, files;
  run("DELETE FROM cover_set WHERE id=?1 AND id<(SELECT max(id) FROM cover_set) "
      "AND NOT EXISTS(SELECT 1 FROM coverage WHERE cover_set=?1) "
      "AND NOT EXISTS(SELECT 1 FROM evidence WHERE cover_set=?1) RETURNING id, files",
      rows_of(sets_), [&](size_t, SqlRow* row) {
        const uint64_t set = row->number();
        for (const NumberedFile& file : unpack_coverage(row->bytes()).value_or(std::vector<NumberedFile>())) {
          files.add({file.file, set});
          files_.insert(file.file);
        }
      });
  run("DELETE FROM set_file WHERE file=?1 AND cover_set=?2", files);
}

void Removal::remove_unused() {
  remove_unused_sets();
  bool any = false;
  const auto took = [&any](size_t, SqlRow*) { any = true; };
  run("DELETE FROM file WHERE id=?1 AND id<(SELECT max(id) FROM file) "
      "AND NOT EXISTS(SELECT 1 FROM set_file WHERE file=?1) "
      "AND NOT EXISTS(SELECT 1 FROM evidence WHERE own_file=?1) RETURNING 1",
      rows_of(files_), took);
  run("DELETE FROM test WHERE id=?1 AND (marks & 7)=0 AND id<(SELECT max(id) FROM test) "
      "AND NOT EXISTS(SELECT 1 FROM attempt WHERE test=?1) RETURNING 1",
      rows_of(tests_), took);
  // Writers, also of other servers, remember numbers.
  if (any) run("UPDATE meta SET generation=generation+1", SqlRows::once());
}

}  // namespace

Result<std::vector<OldSession>> SqlDatabase::sessions_before(uint64_t time_ns, const OldSession& last,
                                                             uint64_t limit) {
  std::vector<OldSession> found;
  const Result<void> read =
      ask("SELECT id, context, git_commit, start_ns FROM session WHERE start_ns<?1 AND stored_ns<?1 "
          "AND (start_ns>?2 OR (start_ns=?2 AND id>?3)) ORDER BY start_ns, id LIMIT ?4",
          {time_ns, last.start_ns, last.id, limit}, "reading old sessions", [&found](SqlRow* row) {
            OldSession session;
            session.id = row->number();
            session.context = row->number();
            session.commit = row->number();
            session.start_ns = row->number();
            found.push_back(session);
          });
  if (!read) return read.error();
  return found;
}

Result<bool> SqlDatabase::remove_part_of(uint64_t session) {
  bool more = true;
  const Result<void> removed = submit([&more, session](SqlConnection* connection) {
    Removal removal(connection, session);
    // The session itself goes last: what is left of one is found again after a stop.
    more = removal.remove_attempts() || removal.remove_coverage();
    if (!more) removal.remove_rest();
    removal.remove_unused();
    return removal.result();
  });
  if (!removed) return removed.error();
  return more;
}

}  // namespace alibi::serve
