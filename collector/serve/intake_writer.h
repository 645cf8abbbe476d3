// Puts records into the tables, in the transaction that its caller began, and draws the conclusions that
// pages and selection read: usual durations, flips, evidence. All bodies of a transaction go together, one
// kind of statement after the other, so that a database that is far away is asked a fixed number of times.
//
// Owned by the database's writing thread; lives as long as its connection, unless a statement failed.
#ifndef ALIBI_COLLECTOR_SERVE_INTAKE_WRITER_H_
#define ALIBI_COLLECTOR_SERVE_INTAKE_WRITER_H_

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <utility>
#include <vector>

#include "collector/serve/database.h"
#include "collector/serve/name_numbers.h"
#include "collector/serve/records.h"
#include "collector/serve/sql_connection.h"
#include "tracer/base/result.h"

namespace alibi::serve {

class IntakeWriter {
 public:
  IntakeWriter(SqlConnection* connection, UnixClock now_ns)
      : connection_(connection), now_ns_(std::move(now_ns)) {}

  // After a failure the transaction has to be rolled back and this writer thrown away.
  Result<void> write(const std::vector<const Intake*>& bodies);

 private:
  struct Ran;       // an attempt with the numbers of what it names
  struct Covering;  // a coverage event with the number of what it covers
  // Of a session's span; 0 when there is none or more than one.
  static constexpr const char* kCoverageOfSpan =
      "SELECT CASE count(*) WHEN 1 THEN max(cover_set) ELSE 0 END FROM coverage WHERE session=?1 AND span=?2";
  struct Tally {
    uint64_t tests = 0, failed = 0, skipped = 0, left_out = 0, saved_ns = 0;
  };
  using Bodies = std::vector<const Intake*>;

  void forget_removed_names();
  void want_names(const Bodies& bodies);
  void add_sessions(const Bodies& bodies);
  void add_attempts(const Bodies& bodies);
  void add_to_tests(const std::vector<Ran>& ran);
  void add_evidence(std::vector<Ran>* ran);
  void add_parts(const Bodies& bodies);
  void write_tallies();
  void add_coverage(const Bodies& bodies);
  void number_sets(std::vector<Covering>* covering);
  void leave_out_known(std::vector<Covering>* covering);
  void complete_evidence(const std::vector<Covering>& covering);

  // Nothing, once something failed.
  void run(const char* sql, const SqlRows& rows, const SqlConnection::Take& take);
  void run(const char* sql, const SqlRows& rows) {
    run(sql, rows, [](size_t, SqlRow*) {});
  }

  SqlConnection* connection_;
  UnixClock now_ns_;
  std::optional<Error> failure_;
  uint64_t generation_ = 0;  // what `names_` are of
  NameNumbers names_;
  absl::flat_hash_map<uint64_t, Tally> tallies_;  // of sessions, in one call of write()
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_INTAKE_WRITER_H_
