#include "collector/serve/intake_writer.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace alibi::serve {
namespace {

uint64_t number(Status status) {
  return static_cast<uint64_t>(status);
}

// 115 days in one body: more is a mistake somewhere, and must not make sums overflow.
constexpr uint64_t kLongestNs = 86'400'000'000'000;  // a day: a test that stopped the clock adds up no years
constexpr uint64_t kMostSavedNs = 10'000'000'000'000'000;

bool is_left_out(uint32_t flags) {
  return (flags & kSkippedByItr) != 0;
}

// What the newest run of a test at a commit says, before and after a body is stored.
struct Standing {
  bool exists = false, changed = false;
  uint64_t session = 0, start_ns = 0;
  Status verdict = Status::kUnknown;
  size_t ran = 0;         // whose it is, if it changed
  bool is_retry = false;  // as far as was heard in this body
};

bool is_flip(Status before, Status after) {
  return (before == Status::kPass && after == Status::kFail) ||
         (before == Status::kFail && after == Status::kPass);
}

}  // namespace

struct IntakeWriter::Ran {
  const Attempt* attempt = nullptr;
  uint64_t test = 0, context = 0, commit = 0, own_file = 0;
  uint64_t cover_set = 0;
  bool is_new = false;
};

void IntakeWriter::run(const char* sql, const SqlRows& rows, const SqlConnection::Take& take) {
  if (failure_ || rows.size() == 0) return;
  const Result<void> done = connection_->run(sql, rows, "storing what was received", take);
  if (!done) failure_ = done.error();
}

Result<void> IntakeWriter::write(const Bodies& bodies) {
  names_.forget_if_many();
  forget_removed_names();
  want_names(bodies);
  if (Result<void> found = names_.find(connection_); !found) return found;
  add_sessions(bodies);
  add_attempts(bodies);
  add_parts(bodies);
  write_tallies();
  add_coverage(bodies);
  if (failure_) return *failure_;
  return {};
}

// This server, or another one, may have removed what nobody referred to.
void IntakeWriter::forget_removed_names() {
  const uint64_t before = generation_;
  run("SELECT generation FROM meta", SqlRows::once(),
      [this](size_t, SqlRow* row) { generation_ = row->number(); });
  if (generation_ != before) names_.forget();
}

void IntakeWriter::want_names(const Bodies& bodies) {
  for (const Intake* body : bodies) {
    for (const RunContext& context : body->contexts) names_.want_context(context);
    for (const SessionRecord& session : body->sessions) names_.want_commit(session.sha);
    for (const Attempt& attempt : body->attempts) {
      names_.want_test(attempt, body->contexts[attempt.context].service);
      names_.want_commit(attempt.sha);
      names_.want_file(attempt.source_file);
    }
    for (const payload::CoverageEvent& event : body->coverage) {
      for (const payload::CoveredFile& file : event.files) names_.want_file(file.path);
    }
  }
}

void IntakeWriter::add_sessions(const Bodies& bodies) {
  const uint64_t now_ns = now_ns_();
  SqlRows made, ended;
  for (const Intake* body : bodies) {
    for (const SessionRecord& session : body->sessions) {
      made.add({session.id, names_.context(body->contexts[session.context]), names_.commit(session.sha),
                session.repository, session.branch, session.message, session.command, session.framework,
                session.name, session.start_ns, now_ns});
      if (session.ended)
        ended.add({session.id, number(session.status), session.duration_ns, session.start_ns, session.command,
                   session.name});
    }
  }
  run("INSERT INTO session(id, context, git_commit, repository, branch, message, command, framework, name, "
      "start_ns, stored_ns) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11) ON CONFLICT DO NOTHING",
      made);
  run("UPDATE session SET status=?2, duration_ns=?3, start_ns=?4,"
      " command=CASE WHEN ?5='' THEN command ELSE ?5 END,"
      " name=CASE WHEN ?6='' THEN name ELSE ?6 END WHERE id=?1",
      ended);
}

void IntakeWriter::add_attempts(const Bodies& bodies) {
  std::vector<Ran> ran;
  SqlRows made, failures;
  for (const Intake* body : bodies) {
    for (const Attempt& attempt : body->attempts) {
      const RunContext& context = body->contexts[attempt.context];
      Ran one{&attempt, names_.test(attempt, context.service), names_.context(context),
              names_.commit(attempt.sha), names_.file(attempt.source_file)};
      made.add({attempt.session, attempt.span, one.test, one.context, attempt.suite_id, attempt.start_ns,
                attempt.duration_ns, number(attempt.status), number(attempt.final_status),
                uint64_t{attempt.flags}, attempt.skip_reason, attempt.retry_reason});
      ran.push_back(one);
    }
  }
  run("INSERT INTO attempt VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT DO NOTHING "
      "RETURNING 1",
      made, [&ran](size_t place, SqlRow*) { ran[place].is_new = true; });
  std::erase_if(ran, [](const Ran& one) { return !one.is_new; });
  for (const Ran& one : ran) {
    const Attempt& attempt = *one.attempt;
    Tally& tally = tallies_[attempt.session];
    tally.tests += 1;
    if (attempt.status == Status::kFail) tally.failed += 1;
    if (attempt.status == Status::kSkip) tally.skipped += 1;
    if (is_left_out(attempt.flags)) tally.left_out += 1;
    if (!attempt.error_type.empty() || !attempt.error_message.empty() || !attempt.error_stack.empty())
      failures.add(
          {attempt.session, attempt.span, attempt.error_type, attempt.error_message, attempt.error_stack});
  }
  run("INSERT INTO failure VALUES(?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING", failures);
  add_to_tests(ran);
  add_evidence(&ran);
}

void IntakeWriter::add_to_tests(const std::vector<Ran>& ran) {
  SqlRows left_out, updated;
  std::vector<uint64_t> sessions;  // of those that were left out
  for (const Ran& one : ran) {
    const Attempt& attempt = *one.attempt;
    if (is_left_out(attempt.flags)) {
      left_out.add({one.test});
      sessions.push_back(attempt.session);
      continue;
    }
    const bool passed = attempt.status == Status::kPass;
    const bool failed = attempt.status == Status::kFail;
    const uint64_t usual = passed ? std::clamp<uint64_t>(attempt.duration_ns, 1, kLongestNs) : 0;
    updated.add({one.test, uint64_t{passed || failed}, uint64_t{failed}, usual, attempt.start_ns,
                 attempt.repository, attempt.source_file, uint64_t{attempt.source_start},
                 uint64_t{attempt.source_end}, attempt.codeowners, number(attempt.status)});
  }
  run("UPDATE test SET runs=runs+?2, failures=failures+?3,"
      " usual_ns=CASE WHEN ?4=0 THEN usual_ns WHEN usual_ns=0 THEN ?4 ELSE (usual_ns*3+?4)/4 END,"
      " repository=CASE WHEN ?6='' OR (marks<>0 AND repository<>'') THEN repository ELSE ?6 END,"
      " source_file=?7, source_start=?8, source_end=?9, codeowners=?10,"
      " last_status=CASE WHEN ?5>=last_start_ns THEN ?11 ELSE last_status END,"
      " last_start_ns=CASE WHEN ?5>=last_start_ns THEN ?5 ELSE last_start_ns END WHERE id=?1",
      updated);
  run("SELECT usual_ns FROM test WHERE id=?1", left_out, [&](size_t place, SqlRow* row) {
    tallies_[sessions[place]].saved_ns += std::min(row->number(), kLongestNs);
  });
}

void IntakeWriter::add_evidence(std::vector<Ran>* ran) {
  std::erase_if(*ran, [](const Ran& one) { return one.commit == 0 || is_left_out(one.attempt->flags); });
  using Key = std::tuple<uint64_t, uint64_t, uint64_t>;
  absl::flat_hash_map<Key, size_t> places;
  std::vector<Standing> standings;
  SqlRows spans, asked, flips, shared, changed;
  std::vector<size_t> standing_of;
  for (const Ran& one : *ran) {
    const auto [place, is_new] = places.try_emplace({one.context, one.commit, one.test}, standings.size());
    standing_of.push_back(place->second);
    spans.add({one.attempt->session, one.attempt->span});
    if (!is_new) continue;
    standings.emplace_back();
    asked.add({one.context, one.commit, one.test});
  }
  run(kCoverageOfSpan, spans, [ran](size_t place, SqlRow* row) { (*ran)[place].cover_set = row->number(); });
  run("SELECT session, start_ns, verdict FROM evidence WHERE context=?1 AND git_commit=?2 AND test=?3", asked,
      [&standings](size_t place, SqlRow* row) {
        Standing& standing = standings[place];
        standing.exists = true;
        standing.session = row->number();
        standing.start_ns = row->number();
        standing.verdict = static_cast<Status>(row->number() & 3U);
      });
  for (size_t i = 0; i < ran->size(); ++i) {
    const Attempt& attempt = *(*ran)[i].attempt;
    Standing& standing = standings[standing_of[i]];
    Status verdict = attempt.status;
    bool older = false;
    if (standing.exists) {
      if (is_flip(standing.verdict, verdict)) flips.add({(*ran)[i].test});
      if (standing.session == attempt.session) {
        verdict = Status::kUnknown;  // which of its attempts counts, and what each covered, is not known
        if ((attempt.flags & kRetry) == 0 && !standing.is_retry) shared.add({(*ran)[i].test});
      } else {
        older = attempt.start_ns < standing.start_ns;
      }
    }
    const bool is_retry = (attempt.flags & kRetry) != 0;
    if (!older) standing = {true, true, attempt.session, attempt.start_ns, verdict, i, is_retry};
  }
  for (const Standing& standing : standings) {
    if (!standing.changed) continue;
    const Ran& one = (*ran)[standing.ran];
    changed.add({one.context, one.commit, one.test, standing.session, one.attempt->span, standing.start_ns,
                 number(standing.verdict), one.cover_set, one.own_file});
  }
  run("UPDATE test SET flips=flips+1 WHERE id=?1", flips);
  run("UPDATE test SET marks=marks | 8 WHERE id=?1 AND (marks & 8)=0", shared);
  run("INSERT INTO evidence VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT(context, git_commit, test) DO "
      "UPDATE SET session=excluded.session, span=excluded.span, start_ns=excluded.start_ns, "
      "verdict=excluded.verdict, cover_set=excluded.cover_set, own_file=excluded.own_file",
      changed);
}

void IntakeWriter::add_parts(const Bodies& bodies) {
  SqlRows made, left_out;
  std::vector<std::pair<const PartRecord*, uint64_t>> parts;  // with their contexts
  std::vector<bool> is_new;
  for (const Intake* body : bodies) {
    for (const PartRecord& part : body->parts) {
      const uint64_t context = names_.context(body->contexts[part.context]);
      made.add({part.session, static_cast<uint64_t>(part.kind), part.id, part.module_id, context, part.module,
                part.suite, part.source_file, number(part.status), part.start_ns, part.duration_ns,
                uint64_t{part.flags}});
      parts.emplace_back(&part, context);
    }
  }
  is_new.resize(parts.size(), false);
  run("INSERT INTO part VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT DO NOTHING RETURNING 1",
      made, [&is_new](size_t place, SqlRow*) { is_new[place] = true; });
  // Of a suite that was left out as a whole no test is heard of.
  std::vector<uint64_t> sessions;
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto& [part, context] = parts[i];
    if (!is_new[i] || part->kind != PartRecord::Kind::kSuite || !is_left_out(part->flags)) continue;
    tallies_[part->session].left_out += 1;
    sessions.push_back(part->session);
    left_out.add({context, part->suite, part->module, part->source_file});
  }
  run("SELECT coalesce(sum(CASE WHEN usual_ns>86400000000000 THEN 86400000000000 ELSE usual_ns END), 0) FROM "
      "test WHERE service=(SELECT service FROM context WHERE id=?1) "
      "AND suite=?2 AND (module=?3 OR (?3='' AND source_file=?4))",
      left_out, [&](size_t place, SqlRow* row) { tallies_[sessions[place]].saved_ns += row->number(); });
}

void IntakeWriter::write_tallies() {
  SqlRows rows;
  for (const auto& [session, tally] : tallies_)
    rows.add({session, tally.tests, tally.failed, tally.skipped, tally.left_out,
              std::min(tally.saved_ns, kMostSavedNs)});
  run("UPDATE session SET tests=tests+?2, failed=failed+?3, skipped=skipped+?4, left_out=left_out+?5, "
      "saved_ns=saved_ns+?6 WHERE id=?1",
      rows);
  tallies_.clear();
}

}  // namespace alibi::serve
