// Puts records into the tables, in the transaction that its caller began, and draws the conclusions that
// pages and selection read: usual durations, flips, evidence.
//
// Owned by the SQLite database's writing thread; lives as long as its connection, unless a statement failed.
#ifndef ALIBI_COLLECTOR_SERVE_SQLITE_WRITER_H_
#define ALIBI_COLLECTOR_SERVE_SQLITE_WRITER_H_

#include <absl/container/flat_hash_map.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "collector/serve/coverage_pack.h"
#include "collector/serve/records.h"
#include "collector/store/sqlite_statement.h"
#include "tracer/base/result.h"

namespace alibi::serve {

class SqliteWriter {
 public:
  explicit SqliteWriter(sqlite3* database);

  // The first failure of this and earlier calls; then the transaction has to be rolled back and this writer
  // thrown away.
  Result<void> write(const Intake& intake);

 private:
  struct Ran;  // an attempt with the numbers of what it names
  struct Tally {
    uint64_t tests = 0, failed = 0, skipped = 0, left_out = 0, saved_ns = 0;
  };

  void add_session(const SessionRecord& session, uint64_t context);
  void add_attempt(const Attempt& attempt, const std::string& service, uint64_t context);
  void add_to_test(const Attempt& attempt, uint64_t test, uint64_t* usual_ns);
  void add_evidence(const Ran& ran);
  void add_part(const PartRecord& part, uint64_t context);
  void add_coverage(const payload::CoverageEvent& event);
  uint64_t cover_set_of(const std::vector<payload::CoveredFile>& files);
  void write_tallies();

  uint64_t context_number(const RunContext& context);
  uint64_t commit_number(const std::string& sha);
  uint64_t file_number(const std::string& path);
  uint64_t test_number(const Attempt& attempt, const std::string& service);

  bool inserted(store::SqliteStatement* statement);  // ends it; false: it was there, or it failed
  void run(store::SqliteStatement* statement) { (void)inserted(statement); }
  // The number in the first column of the only row, 0 when there is none.
  uint64_t ask(store::SqliteStatement* statement);

  sqlite3* database_;
  bool failed_ = false;
  absl::flat_hash_map<std::string, uint64_t> numbers_;  // of contexts, commits, files, tests; bounded
  absl::flat_hash_map<uint64_t, Tally> tallies_;        // of sessions, in one call of write()

  using Statement = store::SqliteStatement;
  Statement find_context_, make_context_, find_commit_, make_commit_, find_file_, make_file_;
  Statement find_test_, make_test_, update_test_, test_usual_, flip_test_;
  Statement make_session_, end_session_, tally_session_;
  Statement make_attempt_, make_failure_, make_part_, suite_saved_;
  Statement find_set_, make_set_, make_set_file_, has_coverage_, make_coverage_, coverage_of_span_;
  Statement find_evidence_, put_evidence_, find_attempt_, complete_evidence_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQLITE_WRITER_H_
