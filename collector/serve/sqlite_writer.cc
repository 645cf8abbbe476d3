#include "collector/serve/sqlite_writer.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "collector/serve/sqlite_schema.h"

namespace alibi::serve {
namespace {

constexpr size_t kMostNumbers = 400'000;

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

std::string key_of(char kind, std::initializer_list<std::string_view> words) {
  std::string key(1, kind);
  for (const std::string_view word : words) key.append(word).push_back('\0');
  return key;
}

uint64_t number(Status status) {
  return static_cast<uint64_t>(status);
}

}  // namespace

struct SqliteWriter::Ran {
  const Attempt* attempt;
  uint64_t test, context, commit, own_file;
};

SqliteWriter::SqliteWriter(sqlite3* database)
    : database_(database),
      find_context_(database, "SELECT id FROM context WHERE service=? AND env=? AND configurations=?"),
      make_context_(database, "INSERT INTO context(service, env, configurations) VALUES(?,?,?)"),
      find_commit_(database, "SELECT id FROM git_commit WHERE sha=?"),
      make_commit_(database, "INSERT INTO git_commit(sha) VALUES(?)"),
      find_file_(database, "SELECT id FROM file WHERE path=?"),
      make_file_(database, "INSERT INTO file(path) VALUES(?)"),
      find_test_(database,
                 "SELECT id FROM test WHERE service=? AND suite=? AND name=? AND parameters=? AND module=?"),
      make_test_(database,
                 "INSERT INTO test(service, suite, name, parameters, module, repository, source_file, "
                 "source_start, source_end, codeowners) VALUES(?,?,?,?,?,?,?,?,?,?)"),
      update_test_(
          database,
          "UPDATE test SET runs=runs+?2, failures=failures+?3,"
          " usual_ns=CASE WHEN ?4=0 THEN usual_ns WHEN usual_ns=0 THEN ?4 ELSE (usual_ns*3+?4)/4 END,"
          " repository=?6, source_file=?7, source_start=?8, source_end=?9, codeowners=?10,"
          " last_status=CASE WHEN ?5>=last_start_ns THEN ?11 ELSE last_status END,"
          " last_start_ns=max(last_start_ns, ?5) WHERE id=?1"),
      test_usual_(database, "SELECT usual_ns FROM test WHERE id=?"),
      flip_test_(database, "UPDATE test SET flips=flips+1 WHERE id=?"),
      make_session_(database,
                    "INSERT OR IGNORE INTO session(id, context, git_commit, repository, branch, message, "
                    "command, framework, name, start_ns) VALUES(?,?,?,?,?,?,?,?,?,?)"),
      end_session_(database,
                   "UPDATE session SET status=?2, duration_ns=?3, start_ns=?4,"
                   " command=CASE WHEN ?5='' THEN command ELSE ?5 END,"
                   " name=CASE WHEN ?6='' THEN name ELSE ?6 END WHERE id=?1"),
      tally_session_(database,
                     "UPDATE session SET tests=tests+?2, failed=failed+?3, skipped=skipped+?4, "
                     "left_out=left_out+?5, saved_ns=saved_ns+?6 WHERE id=?1"),
      make_attempt_(database, "INSERT OR IGNORE INTO attempt VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"),
      make_failure_(database, "INSERT OR IGNORE INTO failure VALUES(?,?,?,?,?)"),
      make_part_(database, "INSERT OR IGNORE INTO part VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"),
      suite_saved_(database,
                   "SELECT coalesce(sum(usual_ns), 0) FROM test WHERE service=(SELECT service FROM context "
                   "WHERE id=?1) AND suite=?2 AND (module=?3 OR (?3='' AND source_file=?4))"),
      find_set_(database, "SELECT id FROM cover_set WHERE hash=?"),
      make_set_(database, "INSERT INTO cover_set(hash, files) VALUES(?,?)"),
      make_set_file_(database, "INSERT OR IGNORE INTO set_file VALUES(?,?)"),
      has_coverage_(database, "SELECT count(*) FROM coverage WHERE session=? AND span=? AND cover_set=?"),
      make_coverage_(database, "INSERT OR IGNORE INTO coverage VALUES(?,?,?,?)"),
      coverage_of_span_(
          database,
          "SELECT CASE count(*) WHEN 1 THEN max(cover_set) ELSE 0 END FROM coverage WHERE session=? AND "
          "span=?"),
      find_evidence_(database,
                     "SELECT session, start_ns, verdict, cover_set FROM evidence WHERE context=? AND "
                     "git_commit=? AND test=?"),
      put_evidence_(database, "INSERT OR REPLACE INTO evidence VALUES(?,?,?,?,?,?,?,?,?)"),
      find_attempt_(database,
                    "SELECT a.context, s.git_commit, a.test FROM attempt a JOIN session s ON s.id=a.session "
                    "WHERE a.session=? AND a.span=?"),
      complete_evidence_(database,
                         "UPDATE evidence SET cover_set=?6 WHERE context=?1 AND git_commit=?2 AND test=?3 "
                         "AND session=?4 AND span=?5") {}

bool SqliteWriter::inserted(Statement* statement) {
  statement->step();
  if (!statement->done()) failed_ = true;
  const bool changed = !failed_ && sqlite3_changes(database_) > 0;
  statement->reset();
  return changed;
}

uint64_t SqliteWriter::ask(Statement* statement) {
  const bool found = statement->step();
  if (!found && !statement->done()) failed_ = true;
  const uint64_t answer = found ? statement->number() : 0;
  statement->reset();
  return answer;
}

Result<void> SqliteWriter::write(const Intake& intake) {
  if (numbers_.size() > kMostNumbers) numbers_.clear();
  std::vector<uint64_t> contexts;
  contexts.reserve(intake.contexts.size());
  for (const RunContext& context : intake.contexts) contexts.push_back(context_number(context));
  for (const SessionRecord& session : intake.sessions) add_session(session, contexts[session.context]);
  for (const Attempt& attempt : intake.attempts) {
    if (failed_) break;
    add_attempt(attempt, intake.contexts[attempt.context].service, contexts[attempt.context]);
  }
  for (const PartRecord& part : intake.parts) add_part(part, contexts[part.context]);
  for (const payload::CoverageEvent& event : intake.coverage) {
    if (failed_) break;
    add_coverage(event);
  }
  write_tallies();
  if (failed_) return database_error(database_, "storing what was received");
  return {};
}

uint64_t SqliteWriter::context_number(const RunContext& context) {
  std::string key = key_of('c', {context.service, context.env, context.configurations});
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  find_context_.bind(context.service).bind(context.env).bind(context.configurations);
  uint64_t found = ask(&find_context_);
  if (found == 0) {
    run(&make_context_.bind(context.service).bind(context.env).bind(context.configurations));
    found = static_cast<uint64_t>(sqlite3_last_insert_rowid(database_));
  }
  return numbers_[std::move(key)] = found;
}

uint64_t SqliteWriter::commit_number(const std::string& sha) {
  if (sha.empty()) return 0;
  std::string key = key_of('r', {sha});
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  uint64_t found = ask(&find_commit_.bind(sha));
  if (found == 0) {
    run(&make_commit_.bind(sha));
    found = static_cast<uint64_t>(sqlite3_last_insert_rowid(database_));
  }
  return numbers_[std::move(key)] = found;
}

uint64_t SqliteWriter::file_number(const std::string& path) {
  if (path.empty()) return 0;
  std::string key = key_of('f', {path});
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  uint64_t found = ask(&find_file_.bind(path));
  if (found == 0) {
    run(&make_file_.bind(path));
    found = static_cast<uint64_t>(sqlite3_last_insert_rowid(database_));
  }
  return numbers_[std::move(key)] = found;
}

uint64_t SqliteWriter::test_number(const Attempt& attempt, const std::string& service) {
  std::string key = key_of('t', {service, attempt.suite, attempt.name, attempt.parameters, attempt.module});
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  find_test_.bind(service)
      .bind(attempt.suite)
      .bind(attempt.name)
      .bind(attempt.parameters)
      .bind(attempt.module);
  uint64_t found = ask(&find_test_);
  if (found == 0) {
    make_test_.bind(service).bind(attempt.suite).bind(attempt.name).bind(attempt.parameters);
    make_test_.bind(attempt.module).bind(attempt.repository).bind(attempt.source_file);
    make_test_.bind(uint64_t{attempt.source_start})
        .bind(uint64_t{attempt.source_end})
        .bind(attempt.codeowners);
    run(&make_test_);
    found = static_cast<uint64_t>(sqlite3_last_insert_rowid(database_));
  }
  return numbers_[std::move(key)] = found;
}

void SqliteWriter::add_session(const SessionRecord& session, uint64_t context) {
  make_session_.bind(session.id).bind(context).bind(commit_number(session.sha)).bind(session.repository);
  make_session_.bind(session.branch).bind(session.message).bind(session.command).bind(session.framework);
  run(&make_session_.bind(session.name).bind(session.start_ns));
  if (!session.ended) return;
  end_session_.bind(session.id).bind(number(session.status)).bind(session.duration_ns).bind(session.start_ns);
  run(&end_session_.bind(session.command).bind(session.name));
}

void SqliteWriter::add_to_test(const Attempt& attempt, uint64_t test, uint64_t* usual_ns) {
  *usual_ns = 0;
  if ((attempt.flags & kSkippedByItr) != 0) {
    *usual_ns = ask(&test_usual_.bind(test));
    return;
  }
  const bool ran = attempt.status == Status::kPass || attempt.status == Status::kFail;
  const uint64_t longest = uint64_t{1} << 60;
  const uint64_t usual =
      attempt.status == Status::kPass ? std::clamp<uint64_t>(attempt.duration_ns, 1, longest) : 0;
  update_test_.bind(test).bind(uint64_t{ran}).bind(uint64_t{attempt.status == Status::kFail}).bind(usual);
  update_test_.bind(attempt.start_ns).bind(attempt.repository).bind(attempt.source_file);
  update_test_.bind(uint64_t{attempt.source_start})
      .bind(uint64_t{attempt.source_end})
      .bind(attempt.codeowners);
  run(&update_test_.bind(number(attempt.status)));
}

void SqliteWriter::add_evidence(const Ran& ran) {
  const Attempt& attempt = *ran.attempt;
  if (ran.commit == 0 || (attempt.flags & kSkippedByItr) != 0) return;
  uint64_t cover_set = ask(&coverage_of_span_.bind(attempt.session).bind(attempt.span));
  Status verdict = attempt.status;
  bool flipped = false, older = false;
  find_evidence_.bind(ran.context).bind(ran.commit).bind(ran.test);
  if (find_evidence_.step()) {
    const uint64_t session = find_evidence_.number();
    const uint64_t start_ns = find_evidence_.number();
    const auto before = static_cast<Status>(find_evidence_.number() & 3U);
    flipped = (before == Status::kPass && attempt.status == Status::kFail) ||
              (before == Status::kFail && attempt.status == Status::kPass);
    if (session == attempt.session)
      verdict = Status::kUnknown;  // which of its attempts counts, and what each covered, is not known
    else
      older = attempt.start_ns < start_ns;
  } else if (!find_evidence_.done()) {
    failed_ = true;
  }
  find_evidence_.reset();
  if (flipped) run(&flip_test_.bind(ran.test));
  if (older) return;
  put_evidence_.bind(ran.context).bind(ran.commit).bind(ran.test).bind(attempt.session).bind(attempt.span);
  run(&put_evidence_.bind(attempt.start_ns).bind(number(verdict)).bind(cover_set).bind(ran.own_file));
}

void SqliteWriter::add_attempt(const Attempt& attempt, const std::string& service, uint64_t context) {
  const Ran ran{&attempt, test_number(attempt, service), context, commit_number(attempt.sha),
                file_number(attempt.source_file)};
  make_attempt_.bind(attempt.session).bind(attempt.span).bind(ran.test).bind(context).bind(attempt.suite_id);
  make_attempt_.bind(attempt.start_ns).bind(attempt.duration_ns).bind(number(attempt.status));
  make_attempt_.bind(number(attempt.final_status)).bind(uint64_t{attempt.flags});
  if (!inserted(&make_attempt_.bind(attempt.skip_reason).bind(attempt.retry_reason))) return;
  if (!attempt.error_type.empty() || !attempt.error_message.empty() || !attempt.error_stack.empty()) {
    make_failure_.bind(attempt.session).bind(attempt.span).bind(attempt.error_type);
    run(&make_failure_.bind(attempt.error_message).bind(attempt.error_stack));
  }
  uint64_t usual_ns = 0;
  add_to_test(attempt, ran.test, &usual_ns);
  add_evidence(ran);
  Tally& tally = tallies_[attempt.session];
  tally.tests += 1;
  if (attempt.status == Status::kFail) tally.failed += 1;
  if (attempt.status == Status::kSkip) tally.skipped += 1;
  if ((attempt.flags & kSkippedByItr) != 0) tally.left_out += 1;
  tally.saved_ns += usual_ns;
}

void SqliteWriter::add_part(const PartRecord& part, uint64_t context) {
  make_part_.bind(part.session).bind(static_cast<uint64_t>(part.kind)).bind(part.id);
  make_part_.bind(part.module_id).bind(context);
  make_part_.bind(part.module).bind(part.suite).bind(part.source_file).bind(number(part.status));
  const bool is_new =
      inserted(&make_part_.bind(part.start_ns).bind(part.duration_ns).bind(uint64_t{part.flags}));
  // Of a suite that was left out as a whole no test is heard of.
  if (!is_new || part.kind != PartRecord::Kind::kSuite || (part.flags & kSkippedByItr) == 0) return;
  Tally& tally = tallies_[part.session];
  tally.left_out += 1;
  tally.saved_ns +=
      ask(&suite_saved_.bind(context).bind(part.suite).bind(part.module).bind(part.source_file));
}

void SqliteWriter::write_tallies() {
  for (const auto& [session, tally] : tallies_) {
    tally_session_.bind(session).bind(tally.tests).bind(tally.failed).bind(tally.skipped);
    run(&tally_session_.bind(tally.left_out).bind(tally.saved_ns));
  }
  tallies_.clear();
}

uint64_t SqliteWriter::cover_set_of(const std::vector<payload::CoveredFile>& files) {
  std::vector<NumberedFile> numbered;
  numbered.reserve(files.size());
  for (const payload::CoveredFile& file : files) {
    if (!file.path.empty()) numbered.push_back({file_number(file.path), file.lines});
  }
  const std::string packed = pack_coverage(numbered);
  const std::string hash = sha256(packed);
  if (const uint64_t known = ask(&find_set_.bind_bytes(hash)); known != 0) return known;
  run(&make_set_.bind_bytes(hash).bind_bytes(packed));
  const auto made = static_cast<uint64_t>(sqlite3_last_insert_rowid(database_));
  for (const NumberedFile& file : numbered) run(&make_set_file_.bind(file.file).bind(made));
  return made;
}

void SqliteWriter::add_coverage(const payload::CoverageEvent& event) {
  if (event.files.empty()) return;
  const uint64_t span = event.span_id.value_or(0);
  uint64_t cover_set = cover_set_of(event.files);
  if (ask(&has_coverage_.bind(event.session_id).bind(span).bind(cover_set)) != 0 && span != 0) return;
  run(&make_coverage_.bind(event.session_id).bind(span).bind(event.suite_id).bind(cover_set));
  if (span == 0) return;
  // 0 when the test had other coverage before: which of it is all of it is not known.
  cover_set = ask(&coverage_of_span_.bind(event.session_id).bind(span));
  find_attempt_.bind(event.session_id).bind(span);
  uint64_t context = 0, commit = 0, test = 0;
  const bool known = find_attempt_.step();
  if (known) {
    context = find_attempt_.number();
    commit = find_attempt_.number();
    test = find_attempt_.number();
  } else if (!find_attempt_.done()) {
    failed_ = true;
  }
  find_attempt_.reset();
  if (!known || commit == 0) return;
  complete_evidence_.bind(context).bind(commit).bind(test).bind(event.session_id).bind(span);
  run(&complete_evidence_.bind(cover_set));
}

}  // namespace alibi::serve
