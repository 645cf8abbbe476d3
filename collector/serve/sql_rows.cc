#include "collector/serve/sql_rows.h"

namespace alibi::serve {

SessionRow session_row(SqlRow* row) {
  SessionRow session;
  session.id = row->number();
  session.service = row->text();
  session.env = row->text();
  session.configurations = row->text();
  session.repository = row->text();
  session.branch = row->text();
  session.sha = row->text();
  session.message = row->text();
  session.command = row->text();
  session.framework = row->text();
  session.name = row->text();
  session.status = status_of(row->number());
  session.start_ns = row->number();
  session.duration_ns = row->number();
  session.tests = row->number();
  session.failed = row->number();
  session.skipped = row->number();
  session.left_out = row->number();
  session.saved_ns = row->number();
  return session;
}

TestRow test_row(SqlRow* row) {
  TestRow test;
  test.id = row->number();
  test.service = row->text();
  test.module = row->text();
  test.suite = row->text();
  test.name = row->text();
  test.parameters = row->text();
  test.repository = row->text();
  test.source_file = row->text();
  test.codeowners = row->text();
  test.source_start = static_cast<uint32_t>(row->number());
  test.source_end = static_cast<uint32_t>(row->number());
  test.usual_ns = row->number();
  test.runs = row->number();
  test.failures = row->number();
  test.flips = row->number();
  test.last_status = status_of(row->number());
  test.last_start_ns = row->number();
  test.marks = static_cast<uint32_t>(row->number());
  return test;
}

AttemptRow attempt_row(SqlRow* row) {
  AttemptRow attempt;
  attempt.session = row->number();
  attempt.span = row->number();
  attempt.suite_id = row->number();
  attempt.start_ns = row->number();
  attempt.duration_ns = row->number();
  attempt.status = status_of(row->number());
  attempt.final_status = status_of(row->number());
  attempt.flags = static_cast<uint32_t>(row->number());
  attempt.skip_reason = row->text();
  attempt.retry_reason = row->text();
  attempt.error_type = row->text();
  attempt.error_message = row->text();
  attempt.error_stack = row->text();
  return attempt;
}

}  // namespace alibi::serve
