// How rows are read: the columns of each kind and the order in which they are taken. Used by the reads of
// SqlDatabase.
#ifndef ALIBI_COLLECTOR_SERVE_SQL_ROWS_H_
#define ALIBI_COLLECTOR_SERVE_SQL_ROWS_H_

#include "collector/serve/database.h"
#include "collector/serve/sql_connection.h"

namespace alibi::serve {

inline Status status_of(uint64_t number) {
  return static_cast<Status>(number & 3U);
}

// Of "session s JOIN context c … LEFT JOIN git_commit g".
inline constexpr const char* kSessionColumns =
    "s.id, c.service, c.env, c.configurations, s.repository, s.branch, coalesce(g.sha, ''), s.message, "
    "s.command, "
    "s.framework, s.name, s.status, s.start_ns, s.duration_ns, s.tests, s.failed, s.skipped, s.left_out, "
    "s.saved_ns FROM session s JOIN context c ON c.id=s.context LEFT JOIN git_commit g ON g.id=s.git_commit ";
SessionRow session_row(SqlRow* row);

// Of "test t".
inline constexpr const char* kTestColumns =
    "t.id, t.service, t.module, t.suite, t.name, t.parameters, t.repository, t.source_file, t.codeowners, "
    "t.source_start, t.source_end, t.usual_ns, t.runs, t.failures, t.flips, t.last_status, t.last_start_ns, "
    "t.marks ";
TestRow test_row(SqlRow* row);

// Of "attempt a LEFT JOIN failure f".
inline constexpr const char* kAttemptColumns =
    "a.session, a.span, a.suite_id, a.start_ns, a.duration_ns, a.status, a.final_status, a.flags, "
    "a.skip_reason, "
    "a.retry_reason, coalesce(f.type, ''), coalesce(f.message, ''), coalesce(f.stack, '') ";
AttemptRow attempt_row(SqlRow* row);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SQL_ROWS_H_
