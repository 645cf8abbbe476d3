#include "collector/cli/selection.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "collector/change/project_state.h"
#include "collector/model/error_codes.h"
#include "collector/report/reason_text.h"
#include "collector/select/closure.h"
#include "collector/select/closure_rules.h"
#include "collector/select/explanation.h"
#include "collector/select/snapshot.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_reader.h"

namespace alibi::cli {
namespace {

using collector::Outcome;
using collector::SessionCoverage;
using collector::TestCoverage;

// Evidence of a test is tried in this many sessions, the newest first.
constexpr size_t kRevisions = 6;

bool passed(Outcome outcome) {
  return outcome == Outcome::kPassed || outcome == Outcome::kSkipped || outcome == Outcome::kXfailed ||
         outcome == Outcome::kXpassed;
}

// One session held against the project: the change, and what the rules make of it.
class SessionCase {
 public:
  SessionCase(SessionCoverage coverage, change::ProjectState* state, const change::CurrentProject& project,
              change::NameTable* names)
      : coverage_(std::move(coverage)), state_(*state), project_(project), names_(*names) {}

  // The reason of each of the tests, and of each collection (indices into the coverage's).
  std::vector<select::Reason> judge_tests(const std::vector<size_t>& tests);
  std::vector<select::Reason> judge_collections();
  // The chain of facts to what meets the test.
  std::vector<std::string> explain(size_t test);
  const SessionCoverage& coverage() const { return coverage_; }
  void describe_changes(std::set<std::string>* changes);

 private:
  // Seeds what the subject at a place rests on.
  using Seed = std::function<void(size_t subject, const select::ClosureRules::Add& add)>;

  void look();
  std::vector<select::Reason> judge(size_t count, const Seed& seed);

  SessionCoverage coverage_;
  change::ProjectState& state_;
  const change::CurrentProject& project_;
  change::NameTable& names_;
  change::ProjectChange change_;
  std::unique_ptr<select::Snapshot> snapshot_;
  std::unique_ptr<select::ClosureRules> rules_;
};

void SessionCase::look() {
  snapshot_ = std::make_unique<select::Snapshot>(coverage_, state_.recorded_units(coverage_), &names_);
  snapshot_->set_library_modules(project_.library_modules);
  rules_ = std::make_unique<select::ClosureRules>(*snapshot_);
  for (const uint32_t file : state_.changed_files(coverage_)) {
    std::shared_ptr<const change::FileUnits> before = snapshot_->shared_units(file);
    change_.files.push_back(state_.compare(coverage_, file, std::move(before)));
  }
  std::vector<bool> ignored(coverage_.inputs.size());
  for (uint32_t i = 0; i < ignored.size(); ++i) ignored[i] = rules_->made_by_session(i);
  change_.inputs = state_.changed_inputs(coverage_, ignored);
  change_.imports = state_.changed_imports(coverage_, snapshot_->module_references());
  state_.compare_packages(coverage_, &change_);
  if (!coverage_.session.drops.empty())
    change_.everything.push_back("evidence of the whole session was lost");
}

std::vector<select::Reason> SessionCase::judge_tests(const std::vector<size_t>& tests) {
  return judge(tests.size(), [&](size_t subject, const select::ClosureRules::Add& add) {
    const TestCoverage& test = coverage_.tests[tests[subject]];
    rules_->facts_of(test.evidence, add);
    rules_->facts_of(rules_->place_of(test.id, test.evidence), add);
  });
}

// What is found in a file rests on all of its import-time code.
std::vector<select::Reason> SessionCase::judge_collections() {
  return judge(coverage_.collections.size(), [&](size_t subject, const select::ClosureRules::Add& add) {
    const collector::Collection& collection = coverage_.collections[subject];
    rules_->facts_of(collection.evidence, add);
    const select::TestPlace place = rules_->place_of(collection.name, collection.evidence);
    rules_->facts_of(place, add);
    uint32_t file = 0;
    if (!snapshot_->find_file(place.file, &file)) return;
    add({select::FactKind::kWhole, file});
    add({select::FactKind::kImported, file});
  });
}

std::vector<select::Reason> SessionCase::judge(size_t subjects, const Seed& seed) {
  if (snapshot_ == nullptr) look();
  std::vector<select::Reason> reasons;
  if (change_.empty()) {
    reasons.resize(subjects);
    return reasons;
  }
  select::Closure closure(rules_.get());
  const select::Decision decision(*snapshot_, change_);
  for (size_t first = 0; first < subjects; first += select::TestSet::kSize) {
    const size_t count = std::min(select::TestSet::kSize, subjects - first);
    closure.begin_batch();
    for (size_t i = 0; i < count; ++i) {
      seed(first + i, [&](const select::Fact& fact) { closure.seed(fact, i); });
    }
    const select::TestSet all = select::TestSet::first(count);
    rules_->facts_of(coverage_.session, [&](const select::Fact& fact) { closure.seed(fact, all); });
    closure.run();
    std::vector<select::Reason> found = decision.reasons(closure, count);
    std::move(found.begin(), found.end(), std::back_inserter(reasons));
  }
  return reasons;
}

std::vector<std::string> SessionCase::explain(size_t test) {
  if (snapshot_ == nullptr) look();
  select::Closure closure(rules_.get());
  const auto add = [&](const select::Fact& fact) { closure.seed(fact, 0); };
  rules_->facts_of(coverage_.tests[test].evidence, add);
  rules_->facts_of(rules_->place_of(coverage_.tests[test].id, coverage_.tests[test].evidence), add);
  rules_->facts_of(coverage_.session, add);
  closure.run();
  const select::Reason reason = select::Decision(*snapshot_, change_).reasons(closure, 1).front();
  std::vector<std::string> chain;
  if (reason.kind == select::ReasonKind::kNone) return chain;
  for (const select::Fact& fact : select::chain_to(closure, reason.fact))
    chain.push_back(select::fact_text(*snapshot_, *rules_, fact));
  return chain;
}

void SessionCase::describe_changes(std::set<std::string>* changes) {
  if (snapshot_ == nullptr) return;
  for (const change::FileChange& file : change_.files) {
    if (file.difference.empty()) continue;
    std::string text = report::relative_to(coverage_.files[file.file].path, coverage_.description.root);
    std::set<std::string> names;
    if (!file.difference.whole) {
      for (const uint32_t index : file.difference.functions)
        names.insert(names_.text(file.before->functions[index].name));
      for (const uint32_t index : file.difference.old_statements) {
        for (const change::NameId name : file.before->statements[index].binds) names.insert(names_.text(name));
      }
      for (const uint32_t index : file.difference.new_statements) {
        for (const change::NameId name : file.now->statements[index].binds) names.insert(names_.text(name));
      }
    }
    changes->insert(text + report::short_list({names.begin(), names.end()}));
  }
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
        state_(request.project, store->data(), &units_) {}

  Result<Selection> run();
  Result<Explanation> explain(const std::string& test);

 private:
  Result<void> read_rows();
  Result<void> judge_all();
  struct FoundFile {
    std::string evidence;
    bool same = false;  // the same tests would be found in it now
    std::vector<std::string> tests;
  };

  void judge_session(const std::string& evidence, const std::vector<size_t>& tests);
  void judge_files(const std::string& evidence, SessionCase* session);
  void settle_files();
  Result<SessionCoverage> open(const std::string& evidence);

  store::Store& store_;
  const SelectionRequest& request_;
  change::NameTable names_;
  change::UnitStore units_;
  change::ProjectState state_;
  std::vector<Known> known_;
  std::map<std::string, FoundFile> files_;
  std::set<std::string> changes_;
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
  return {};
}

Result<SessionCoverage> Selector::open(const std::string& evidence) {
  Result<std::string> bytes = store::read_file(store_.evidence_path(evidence));
  if (!bytes) return std::move(bytes).error();
  Result<store::DecodedEvidence> decoded = store::decode_evidence(std::move(*bytes));
  if (!decoded) return std::move(decoded).error();
  return std::move(decoded->coverage);
}

Result<Selection> Selector::run() {
  if (Result<void> read = read_rows(); !read) return std::move(read).error();
  if (Result<void> judged = judge_all(); !judged) return std::move(judged).error();
  settle_files();
  for (const Verdict& verdict : selection_.verdicts) {
    const select::Reason& reason = verdict.reason;
    const std::string name = report::relative_to(reason.name, request_.project.root);
    if (reason.kind == select::ReasonKind::kInput) changes_.insert(name);
    if (reason.kind == select::ReasonKind::kImport) changes_.insert("import of " + name);
    if (reason.kind == select::ReasonKind::kPackage) changes_.insert(name + " (" + reason.why + ")");
  }
  selection_.changes.assign(changes_.begin(), changes_.end());
  selection_.notices.insert(selection_.notices.end(), units_.problems().begin(), units_.problems().end());
  return std::move(selection_);
}

Result<void> Selector::judge_all() {
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
    if (round == 0) {
      Result<std::vector<store::SessionRow>> sessions = store_.sessions();
      if (!sessions) return std::move(sessions).error();
      for (auto session = sessions->rbegin(); session != sessions->rend(); ++session) {
        if (session->environment_name != request_.environment || !session->unreadable.empty()) continue;
        by_session[session->evidence];
        break;
      }
    }
    for (const auto& [evidence, tests] : by_session) judge_session(evidence, tests);
  }
  return {};
}

void Selector::judge_session(const std::string& evidence, const std::vector<size_t>& tests) {
  Result<SessionCoverage> coverage = open(evidence);
  if (!coverage) {
    selection_.notices.push_back(coverage.error().message);
    return;
  }
  // Code of another interpreter proves nothing here.
  const std::string& version = request_.project.interpreter.version;
  if (std::any_of(coverage->processes.begin(), coverage->processes.end(),
                  [&](const collector::Process& process) {
                    return process.role != collector::Role::kChild && process.interpreter != version;
                  }))
    return;
  absl::flat_hash_map<std::string_view, size_t> place;
  for (size_t i = 0; i < coverage->tests.size(); ++i) place.emplace(coverage->tests[i].id, i);
  std::vector<size_t> wanted, found;
  for (const size_t test : tests) {
    const auto at = place.find(known_[test].rows.front().id);
    if (at == place.end()) continue;
    wanted.push_back(at->second);
    found.push_back(test);
  }
  SessionCase session(std::move(*coverage), &state_, request_.project, &names_);
  const std::vector<select::Reason> reasons = session.judge_tests(wanted);
  judge_files(evidence, &session);
  session.describe_changes(&changes_);
  for (size_t i = 0; i < found.size(); ++i) {
    Verdict& verdict = selection_.verdicts[known_[found[i]].verdict];
    if (reasons[i].kind == select::ReasonKind::kNone) {
      verdict.kind = VerdictKind::kSkip;
      verdict.evidence = evidence;
      verdict.reason = {};
    } else if (verdict.kind == VerdictKind::kUnfinished) {
      verdict.kind = VerdictKind::kAffected;  // the newest evidence explains best
      verdict.evidence = evidence;
      verdict.reason = reasons[i];
    }
  }
}

Result<Explanation> Selector::explain(const std::string& test) {
  if (Result<void> read = read_rows(); !read) return std::move(read).error();
  std::erase_if(known_, [&](const Known& known) { return known.rows.front().id != test; });
  if (known_.empty()) return Error{collector::kNoSuchTest, 0, "there is no evidence of " + test};
  if (Result<void> judged = judge_all(); !judged) return std::move(judged).error();
  Explanation explanation{selection_.verdicts[known_.front().verdict], {}};
  if (explanation.verdict.kind != VerdictKind::kAffected) return explanation;
  Result<SessionCoverage> coverage = open(explanation.verdict.evidence);
  if (!coverage) return std::move(coverage).error();
  SessionCase session(std::move(*coverage), &state_, request_.project, &names_);
  for (size_t i = 0; i < session.coverage().tests.size(); ++i) {
    if (session.coverage().tests[i].id == test) explanation.chain = session.explain(i);
  }
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
}

}  // namespace

Result<Explanation> explain_test(store::Store* store, const SelectionRequest& request,
                                 const std::string& test) {
  return Selector(store, request).explain(test);
}

Result<Selection> select_tests(store::Store* store, const SelectionRequest& request) {
  return Selector(store, request).run();
}

}  // namespace alibi::cli
