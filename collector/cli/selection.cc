#include "collector/cli/selection.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "collector/change/project_state.h"
#include "collector/cli/session_case.h"
#include "collector/model/error_codes.h"
#include "collector/report/reason_text.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_reader.h"
#include "collector/store/session_directory.h"
#include "collector/store/stale_bytecode.h"

namespace alibi::cli {
namespace {

using collector::Outcome;

// Evidence of a test is tried in this many sessions, the newest first.
constexpr size_t kRevisions = 6;

bool passed(Outcome outcome) {
  return outcome == Outcome::kPassed || outcome == Outcome::kSkipped || outcome == Outcome::kXfailed ||
         outcome == Outcome::kXpassed;
}

struct Known {
  std::vector<store::TestRow> rows;  // newest first
  size_t verdict = 0;
};

class Selector {
 public:
  Selector(store::Store* store, const SelectionRequest& request)
      : store_(*store),
        request_(request),
        units_(store->data(), request.project.interpreter, request.keep_units, &names_),
        state_(request_.project, store->data(), &units_) {}

  Result<Selection> run();
  Result<Explanation> explain(const std::string& test);

 private:
  Result<void> read_rows();
  Result<void> keep_failure_beside(const Known& test);
  Result<bool> is_beside(const std::string& older, const std::string& newest);
  Result<std::string> newest_session();
  Result<void> judge_all();
  struct FoundFile {
    std::string evidence;
    bool same = false;  // the same tests would be found in it now
    std::vector<std::string> tests;
  };

  void describe_changes();
  void judge_session(const std::string& evidence, const std::vector<size_t>& tests);
  void judge_files(const std::string& evidence, SessionCase* session);
  void settle_files();
  void keep_tests_of_environment(const std::vector<std::string>& tests, SessionCase* session,
                                 std::vector<std::optional<select::Reason>>* reasons);
  void add_ground();
  void adopt_options(const std::string& evidence, const collector::SessionCoverage& coverage);
  Result<SessionCase*> open(const std::string& evidence);

  store::Store& store_;
  SelectionRequest request_;
  change::NameTable names_;
  change::UnitStore units_;
  change::ProjectState state_;
  std::map<std::string, std::unique_ptr<SessionCase>> sessions_;  // by evidence
  std::map<std::string, uint64_t> started_;                       // by evidence, in nanoseconds since 1970
  std::vector<Known> known_;
  std::map<std::string, FoundFile> files_;
  std::set<std::string> differing_;  // files, from some session's
  std::optional<change::GitRevision> since_;
  std::string newest_session_;  // its evidence
  std::string newest_;          // evidence whose options are in the selection
  Selection selection_;
};

Result<void> Selector::read_rows() {
  Result<std::vector<store::TestRow>> rows = store_.newest_per_test(request_.environment, kRevisions);
  if (!rows) return std::move(rows).error();
  for (store::TestRow& row : *rows) {
    if (known_.empty() || known_.back().rows.front().id != row.id) {
      known_.push_back({{}, selection_.verdicts.size()});
      Verdict verdict;
      verdict.test = row.id;
      verdict.evidence = row.evidence;
      verdict.duration_ns = row.duration_ns;
      verdict.outcome = row.outcome;
      if (row.outcome != collector::kNeverEnded && !passed(row.outcome)) verdict.kind = VerdictKind::kFailed;
      selection_.verdicts.push_back(std::move(verdict));
    }
    known_.back().rows.push_back(std::move(row));
  }
  for (const Known& test : known_) {
    if (Result<void> kept = keep_failure_beside(test); !kept) return kept;
  }
  return {};
}

// Evidence is ordered by when its session began: one that went on beside the newest may have failed after it.
Result<void> Selector::keep_failure_beside(const Known& test) {
  if (!passed(test.rows.front().outcome)) return {};
  for (const store::TestRow& row : test.rows) {
    if (passed(row.outcome) || row.outcome == collector::kNeverEnded) continue;
    const Result<bool> beside = is_beside(row.evidence, test.rows.front().evidence);
    if (!beside) return beside.error();
    if (!*beside) continue;
    Verdict& verdict = selection_.verdicts[test.verdict];
    verdict.kind = VerdictKind::kFailed;
    verdict.outcome = row.outcome;
    verdict.evidence = row.evidence;
    return {};
  }
  return {};
}

Result<bool> Selector::is_beside(const std::string& older, const std::string& newest) {
  if (started_.empty()) {
    Result<std::vector<store::SessionRow>> sessions = store_.sessions();
    if (!sessions) return std::move(sessions).error();
    for (const store::SessionRow& session : *sessions) started_[session.evidence] = session.started_unix_ns;
  }
  const Result<SessionCase*> session = open(older);
  if (!session) return false;  // told where evidence is looked for
  const uint64_t ended =
      store::ended_unix_ns((*session)->coverage().description, store_.evidence_path(older));
  return ended > started_[newest];
}

// Of the environment; empty when there is none.
Result<std::string> Selector::newest_session() {
  Result<std::vector<store::SessionRow>> sessions = store_.sessions();
  if (!sessions) return std::move(sessions).error();
  for (auto session = sessions->rbegin(); session != sessions->rend(); ++session) {
    if (session->environment_name == request_.environment && session->unreadable.empty())
      return session->evidence;
  }
  return std::string();
}

Result<SessionCase*> Selector::open(const std::string& evidence) {
  std::unique_ptr<SessionCase>& session = sessions_[evidence];
  if (session != nullptr) return session.get();
  Result<std::string> bytes = store::read_file(store_.evidence_path(evidence));
  if (!bytes) return std::move(bytes).error();
  Result<store::EvidenceReader> reader = store::EvidenceReader::open(std::move(*bytes));
  if (!reader) return std::move(reader).error();
  session = std::make_unique<SessionCase>(store_.data(), evidence, std::move(*reader), &state_,
                                          request_.project, request_.keep_units, &names_);
  if (since_) session->count_changes_since(&*since_);
  return session.get();
}

Result<Selection> Selector::run() {
  if (Result<void> read = read_rows(); !read) return std::move(read).error();
  if (Result<void> judged = judge_all(); !judged) return std::move(judged).error();
  if (request_.of_other_machines) add_ground();
  settle_files();
  describe_changes();
  if (request_.runs_tests)
    store::remove_stale_bytecode(store_.data(), {differing_.begin(), differing_.end()});
  selection_.notices.insert(selection_.notices.end(), units_.problems().begin(), units_.problems().end());
  return std::move(selection_);
}

// Since the newest session, and whatever else makes a test run: what changed between sessions is settled.
void Selector::describe_changes() {
  const auto described = [&](const std::string& evidence) {
    const auto session = sessions_.find(evidence);
    const bool is_readable = session != sessions_.end() && session->second != nullptr;
    return is_readable ? session->second->describe_changes() : std::map<std::string, std::string>();
  };
  std::map<std::string, std::string> files = described(newest_session_);
  std::set<std::string> changes;
  std::map<std::string, std::map<std::string, std::string>> older;
  for (const Verdict& verdict : selection_.verdicts) {
    const select::Reason& reason = verdict.reason;
    const std::string name = report::relative_to(reason.name, request_.project.root);
    if (reason.kind == select::ReasonKind::kInput) changes.insert(name);
    if (reason.kind == select::ReasonKind::kImport) changes.insert("import of " + name);
    if (reason.kind == select::ReasonKind::kPackage) changes.insert(name + " (" + reason.why + ")");
    if (verdict.kind != VerdictKind::kAffected || reason.path.empty() || files.count(reason.path) != 0)
      continue;
    const auto [session, is_new] = older.try_emplace(verdict.evidence);
    if (is_new) session->second = described(verdict.evidence);
    if (const auto file = session->second.find(reason.path); file != session->second.end())
      files.insert(*file);
  }
  for (const auto& [path, text] : files) changes.insert(text);
  selection_.changes.assign(changes.begin(), changes.end());
}

Result<void> Selector::judge_all() {
  if (!request_.since.empty()) {
    Result<change::GitRevision> revision = change::GitRevision::open(request_.project.root, request_.since);
    if (!revision) return std::move(revision).error();
    since_.emplace(std::move(*revision));
  }
  Result<std::string> newest = newest_session();
  if (!newest) return std::move(newest).error();
  newest_session_ = *newest;
  // Without a test runner the options of the newest session hold, for evidence of every session.
  if (!request_.project.has_runner && !newest->empty()) {
    const Result<SessionCase*> session = open(*newest);
    if (session) adopt_options(*newest, (*session)->coverage());
    request_.project.last_options = {selection_.options.begin(), selection_.options.end()};
  }
  // Round by round: all tests by their newest evidence, those without an alibi by the one before, and so on.
  for (size_t round = 0; round < kRevisions; ++round) {
    std::map<std::string, std::vector<size_t>> by_session;
    for (size_t i = 0; i < known_.size(); ++i) {
      const Known& test = known_[i];
      const Verdict& verdict = selection_.verdicts[test.verdict];
      const bool open = verdict.kind == VerdictKind::kUnfinished || verdict.kind == VerdictKind::kAffected;
      if (!open || round >= test.rows.size()) continue;
      const store::TestRow& row = test.rows[round];
      if (row.complete && passed(row.outcome)) by_session[row.evidence].push_back(i);
    }
    // A run that found tests and ran none of them.
    if (round == 0 && !newest->empty()) by_session[*newest];
    for (const auto& [evidence, tests] : by_session) judge_session(evidence, tests);
  }
  return {};
}

void Selector::judge_session(const std::string& evidence, const std::vector<size_t>& tests) {
  const Result<SessionCase*> opened = open(evidence);
  if (!opened) {
    selection_.notices.push_back(opened.error().message);
    return;
  }
  SessionCase& session = **opened;
  // Code of another interpreter proves nothing here.
  const std::vector<collector::Process>& processes = session.coverage().processes;
  if (std::any_of(processes.begin(), processes.end(), [&](const collector::Process& process) {
        return process.role != collector::Role::kChild &&
               process.interpreter != request_.project.interpreter.version;
      }))
    return;
  std::vector<std::string> ids;
  for (const size_t test : tests) ids.push_back(known_[test].rows.front().id);
  std::vector<std::optional<select::Reason>> reasons = session.judge_tests(ids);
  if (request_.of_other_machines) keep_tests_of_environment(ids, &session, &reasons);
  judge_files(evidence, &session);
  adopt_options(evidence, session.coverage());
  for (const change::FileChange& file : session.differences().files)
    differing_.insert(session.coverage().files[file.file].path);
  for (size_t i = 0; i < tests.size(); ++i) {
    Verdict& verdict = selection_.verdicts[known_[tests[i]].verdict];
    if (!reasons[i]) continue;
    if (reasons[i]->kind == select::ReasonKind::kNone) {
      verdict.kind = VerdictKind::kSkip;
      verdict.evidence = evidence;
      verdict.reason = {};
    } else if (verdict.kind == VerdictKind::kUnfinished) {
      verdict.kind = VerdictKind::kAffected;  // the newest evidence explains best
      verdict.evidence = evidence;
      verdict.reason = std::move(*reasons[i]);
    }
  }
}

Result<Explanation> Selector::explain(const std::string& test) {
  if (Result<void> read = read_rows(); !read) return std::move(read).error();
  std::erase_if(known_, [&](const Known& known) { return known.rows.front().id != test; });
  if (known_.empty()) return Error{collector::kNoSuchTest, 0, "there is no evidence of " + test};
  if (Result<void> judged = judge_all(); !judged) return std::move(judged).error();
  Explanation explanation{selection_.verdicts[known_.front().verdict], {}};
  const bool skipped = explanation.verdict.kind == VerdictKind::kSkip;
  if (!skipped && explanation.verdict.kind != VerdictKind::kAffected) return explanation;
  const Result<SessionCase*> session = open(explanation.verdict.evidence);
  if (!session) return std::move(session).error();
  if (skipped)
    explanation.holdings = (*session)->holdings(test);
  else
    explanation.chain = (*session)->explain(test);
  return explanation;
}

// The newest record of each file's collection counts.
void Selector::judge_files(const std::string& evidence, SessionCase* session) {
  const std::vector<collector::Collection>& collections = session->coverage().collections;
  const std::vector<select::Reason> reasons = session->judge_collections();
  for (size_t i = 0; i < collections.size(); ++i) {
    FoundFile& file = files_[collections[i].name];
    if (evidence < file.evidence) continue;
    file.evidence = evidence;
    file.same = collections[i].complete && reasons[i].kind == select::ReasonKind::kNone;
    file.tests = collections[i].tests;
  }
}

void Selector::adopt_options(const std::string& evidence, const collector::SessionCoverage& coverage) {
  if (evidence < newest_) return;
  newest_ = evidence;
  selection_.options.clear();
  constexpr std::string_view kIni = "ini ";
  for (const collector::Input& input : coverage.inputs) {
    if (input.kind != collector::InputKind::kOption || input.state != collector::InputState::kPresent)
      continue;
    if (input.subject == "command line" || input.subject == "pytest plugins" ||
        input.subject == "tracked files") {
      selection_.options[input.subject] = input.detail;
    } else if (input.detail.starts_with(kIni) && input.detail != "ini bytes") {
      const std::string subject =
          input.subject.starts_with('/')
              ? request_.project.root + "/" + report::relative_to(input.subject, coverage.description.root)
              : input.subject;
      selection_.options[subject] = input.detail.substr(kIni.size());
    }
  }
}

// No two machines have the same.
void Selector::keep_tests_of_environment(const std::vector<std::string>& tests, SessionCase* session,
                                         std::vector<std::optional<select::Reason>>* reasons) {
  const std::vector<bool> read = session->read_whole_environment(tests);
  for (size_t i = 0; i < tests.size(); ++i) {
    if (!read[i] || !(*reasons)[i] || (*reasons)[i]->kind != select::ReasonKind::kNone) continue;
    (*reasons)[i] =
        select::Reason{select::ReasonKind::kInput, {}, 0, "*", "each node of a plan has another one", {}};
  }
}

void Selector::add_ground() {
  std::map<std::string, std::vector<std::string>> skipped;
  for (const Verdict& verdict : selection_.verdicts) {
    if (!verdict.runs()) skipped[verdict.evidence].push_back(verdict.test);
  }
  for (const auto& [evidence, tests] : skipped)
    selection_.ground.add(sessions_[evidence]->ground_besides(tests));
  selection_.ground.sort();
}

void Selector::settle_files() {
  absl::flat_hash_set<std::string_view> skipped;
  for (const Verdict& verdict : selection_.verdicts) {
    if (!verdict.runs()) skipped.insert(verdict.test);
  }
  for (const auto& [name, file] : files_) {
    const bool all = std::all_of(file.tests.begin(), file.tests.end(),
                                 [&](const std::string& test) { return skipped.contains(test); });
    if (file.same && all) selection_.settled_files.push_back(name);
  }
  selection_.all_files_settled = selection_.settled_files.size() == files_.size();
}

}  // namespace

Result<Explanation> explain_test(store::Store* store, const SelectionRequest& request,
                                 const std::string& test) {
  return Selector(store, request).explain(test);
}

Result<Selection> select_tests(store::Store* store, const SelectionRequest& request) {
  auto selector = std::make_unique<Selector>(store, request);
  Result<Selection> selection = selector->run();
  // Giving back each unit and name takes a tenth of the time of a decision. Leak checkers see it here.
  [[maybe_unused]] static const Selector* left = nullptr;
  if (request.afterwards == Afterwards::kProcessEnds) left = selector.release();
  return selection;
}

}  // namespace alibi::cli
