#include "collector/cli/coverage_now.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "collector/change/line_map.h"
#include "collector/change/project_state.h"
#include "collector/model/error_codes.h"
#include "collector/model/test_view.h"
#include "collector/report/reason_text.h"
#include "collector/report/text_report.h"
#include "collector/select/snapshot.h"
#include "collector/store/disk.h"
#include "collector/store/evidence_reader.h"

namespace alibi::cli {
namespace {

using collector::SessionCoverage;

// What one session executed: context -> file -> sorted lines of the file as it was then.
using Executed = std::map<std::string, std::map<uint32_t, std::vector<uint32_t>>>;
using FileSet = std::set<uint32_t>;

// Was it met by a change, or is it one of those that run always?
bool is_met(const Verdict& verdict) {
  return verdict.kind == VerdictKind::kAffected && verdict.reason.kind != select::ReasonKind::kUnwatched &&
         verdict.reason.kind != select::ReasonKind::kAlways;
}

// What met it is no source: the test may have made the change itself when it ran.
bool is_met_from_outside(const Verdict& verdict) {
  const select::ReasonKind kind = verdict.reason.kind;
  return kind == select::ReasonKind::kInput || kind == select::ReasonKind::kImport ||
         kind == select::ReasonKind::kPackage || kind == select::ReasonKind::kEverything;
}

std::string file_of(const std::string& test) {
  return test.substr(0, test.find("::"));
}

class Gatherer {
 public:
  Gatherer(store::Store* store, const SelectionRequest& request, const CoverageScope& scope)
      : store_(*store),
        request_(request),
        scope_(scope),
        units_(store->data(), request.project.interpreter, request.keep_units, &names_),
        state_(request.project, store->data(), &units_) {}

  Result<CoverageNow> gather();

 private:
  // One evidence file at a time.
  struct Session {
    std::string name;
    store::EvidenceReader tables;
    std::map<uint32_t, change::FileChange> changes;  // of files that differ now
    std::set<std::pair<uint32_t, uint32_t>> gone;    // file and line of statements that are not there now
    Executed executed;
    const SessionCoverage& coverage() const { return tables.coverage(); }
  };

  Result<Session> open(const std::string& evidence) const;
  Result<void> find_newest();
  Result<void> choose();
  bool ran_lately(const Verdict& verdict, const store::TestRow& newest) const;
  void tell_owed(const std::vector<store::TestRow>& owed);
  bool is_gone(const store::TestRow& test) const;
  Result<void> gather_session(const std::string& evidence, const std::vector<store::TestRow>& rows);
  void compare(Session* session);
  static void add(const collector::Evidence& evidence, const std::string& context, Session* session);
  void add_collections(const FileSet& rested_on, Session* session);
  void add_old_collection(const collector::Collection& collection, const FileSet* used, Session* session);
  FileSet reachable(const Session& session);
  void move(const Session& session);
  std::optional<change::LineMap> map_of(const Session& session, uint32_t file);
  bool in_scope(const std::string& path) const;
  bool exists(const std::string& test_file) const {
    return store::exists(request_.project.root + "/" + test_file);
  }

  store::Store& store_;
  const SelectionRequest& request_;
  const CoverageScope& scope_;
  change::NameTable names_;
  change::UnitStore units_;
  change::ProjectState state_;
  std::vector<std::string> sessions_;  // of the environment, oldest first
  std::map<std::string, std::vector<store::TestRow>, std::greater<>> chosen_;  // newest session first
  // From newer sessions is known …
  std::set<std::string> loaded_;     // … what importing these files executes
  std::set<std::string> collected_;  // … and collecting these
  std::set<std::string> unmoved_;    // files of which a notice told
  CoverageNow result_;
};

Result<Gatherer::Session> Gatherer::open(const std::string& evidence) const {
  Result<std::string> bytes = store::read_file(store_.evidence_path(evidence));
  if (!bytes) return std::move(bytes).error();
  Result<store::EvidenceReader> tables = store::EvidenceReader::open(std::move(*bytes));
  if (!tables) return std::move(tables).error();
  return Session{evidence, std::move(*tables), {}, {}, {}};
}

Result<void> Gatherer::find_newest() {
  Result<std::vector<store::SessionRow>> sessions = store_.sessions();
  if (!sessions) return std::move(sessions).error();
  for (const store::SessionRow& session : *sessions) {
    if (session.environment_name == request_.environment && session.unreadable.empty())
      sessions_.push_back(session.evidence);
  }
  return {};
}

// Does the newest session say what the test executes now, whatever came of it?
bool Gatherer::ran_lately(const Verdict& verdict, const store::TestRow& newest) const {
  if (newest.evidence != sessions_.back()) return false;
  return !is_met(verdict) || (scope_.recorded && is_met_from_outside(verdict));
}

// Of each test the evidence that holds now: what clears it, or that of the newest session.
Result<void> Gatherer::choose() {
  Result<Selection> selection = select_tests(&store_, request_);
  if (!selection) return std::move(selection).error();
  Result<std::vector<store::TestRow>> rows = store_.all_tests(request_.environment);
  if (!rows) return std::move(rows).error();
  std::map<std::string, const Verdict*> verdicts;
  for (const Verdict& verdict : selection->verdicts) verdicts[verdict.test] = &verdict;
  std::vector<store::TestRow> owed;
  std::string id;
  for (store::TestRow& row : *rows) {
    const bool newest = std::exchange(id, row.id) != row.id;
    const auto found = verdicts.find(row.id);
    if (found == verdicts.end()) continue;
    const Verdict& verdict = *found->second;
    if (!verdict.runs()) {
      if (row.evidence == verdict.evidence) chosen_[row.evidence].push_back(std::move(row));
    } else if (newest) {
      if (ran_lately(verdict, row))
        chosen_[row.evidence].push_back(std::move(row));
      else
        owed.push_back(std::move(row));
    }
  }
  tell_owed(owed);
  std::move(selection->notices.begin(), selection->notices.end(), std::back_inserter(result_.notices));
  return {};
}

void Gatherer::tell_owed(const std::vector<store::TestRow>& owed) {
  const auto missing =
      std::count_if(owed.begin(), owed.end(), [&](const store::TestRow& test) { return !is_gone(test); });
  if (missing == 0) return;
  result_.notices.push_back("of " + report::count_text(static_cast<uint64_t>(missing), "test") +
                            " there is no evidence as of now: what only they execute is missing");
}

// Its file is, or the test was no longer found when it was last looked for there.
bool Gatherer::is_gone(const store::TestRow& test) const {
  const std::string file = file_of(test.id);
  if (!exists(file)) return true;
  for (auto name = sessions_.rbegin(); name != sessions_.rend() && *name > test.evidence; ++name) {
    const Result<Session> session = open(*name);
    if (!session) continue;
    for (const collector::Collection& collection : session->coverage().collections) {
      if (collection.name != file || !collection.complete) continue;
      return !std::binary_search(collection.tests.begin(), collection.tests.end(), test.id);
    }
  }
  return false;
}

Result<CoverageNow> Gatherer::gather() {
  if (Result<void> done = find_newest(); !done) return std::move(done).error();
  if (sessions_.empty()) return Error{collector::kNoStore, 0, "there is no session of this environment"};
  chosen_[sessions_.back()];
  if (Result<void> done = choose(); !done) return std::move(done).error();
  for (const auto& [evidence, rows] : chosen_) {
    if (Result<void> done = gather_session(evidence, rows); !done) return std::move(done).error();
  }
  std::move(units_.problems().begin(), units_.problems().end(), std::back_inserter(result_.notices));
  return std::move(result_);
}

Result<void> Gatherer::gather_session(const std::string& evidence, const std::vector<store::TestRow>& rows) {
  Result<Session> session = open(evidence);
  if (!session) return std::move(session).error();
  const SessionCoverage& coverage = session->coverage();
  compare(&*session);
  store::TestReader reader(store_);
  FileSet rested_on;
  for (const store::TestRow& row : rows) {
    const Result<store::TestReader::Found> found = reader.read(row);
    if (!found) return found.error();
    add(found->test->evidence, scope_.contexts ? row.id : "", &*session);
    rested_on.insert(found->test->collections.begin(), found->test->collections.end());
  }
  add(coverage.session, "", &*session);
  add_collections(rested_on, &*session);
  move(*session);
  for (const collector::Statement& statement : coverage.statements)
    loaded_.insert(state_.present_path(coverage, statement.file));
  for (const collector::Collection& collection : coverage.collections) collected_.insert(collection.name);
  return {};
}

void Gatherer::compare(Session* session) {
  const SessionCoverage& coverage = session->coverage();
  const std::vector<uint32_t> changed = state_.changed_files(coverage);
  if (changed.empty()) return;
  const std::vector<std::shared_ptr<const change::FileUnits>> units = state_.recorded_units(coverage);
  for (const uint32_t file : changed) {
    const change::FileChange& change =
        session->changes.emplace(file, state_.compare(coverage, file, units[file])).first->second;
    for (const uint32_t index : change.difference.old_statements) {
      const change::StatementUnit& statement = change.before->statements[index];
      const bool defines = statement.is_definition() || statement.kind == change::StatementKind::kClass;
      const uint32_t last = defines ? statement.line : statement.end;
      for (uint32_t line = statement.line; line <= last; ++line) session->gone.emplace(file, line);
    }
  }
}

// What a statement executed that is gone or another one now is left out with it.
void Gatherer::add(const collector::Evidence& evidence, const std::string& context, Session* session) {
  const SessionCoverage& coverage = session->coverage();
  collector::Evidence kept;
  kept.files = evidence.files;
  for (const uint32_t index : evidence.statements) {
    const collector::Statement& statement = coverage.statements[index];
    if (session->gone.count({statement.file, statement.line}) == 0) kept.statements.push_back(index);
  }
  for (const auto& [file, lines] : collector::lines_by_file(coverage, kept)) {
    std::vector<uint32_t>& known = session->executed[context][file];
    std::vector<uint32_t> both;
    std::set_union(known.begin(), known.end(), lines.begin(), lines.end(), std::back_inserter(both));
    known.swap(both);
  }
}

// What collecting a file executed belongs to a full run when it was collected lately, or when tests that
// have an alibi rest on it and no newer session knows better. Of all other collections only what may have
// been the import of modules that those tests use: the first to import a module is charged with it.
void Gatherer::add_collections(const FileSet& rested_on, Session* session) {
  const std::vector<collector::Collection>& collections = session->coverage().collections;
  const bool lately = session->name == sessions_.back();
  std::vector<const collector::Collection*> others;
  for (uint32_t i = 0; i < collections.size(); ++i) {
    if (lately && exists(collections[i].name))
      add(collections[i].evidence, "", session);
    else if (rested_on.count(i) != 0)
      add_old_collection(collections[i], nullptr, session);
    else
      others.push_back(&collections[i]);
  }
  if (others.empty()) return;
  const FileSet used = reachable(*session);
  for (const collector::Collection* collection : others) add_old_collection(*collection, &used, session);
}

// `used`: null: all of it is.
void Gatherer::add_old_collection(const collector::Collection& collection, const FileSet* used,
                                  Session* session) {
  const SessionCoverage& coverage = session->coverage();
  collector::Evidence evidence;
  if (used == nullptr && collected_.count(collection.name) == 0) evidence.files = collection.evidence.files;
  for (const uint32_t index : collection.evidence.statements) {
    const uint32_t file = coverage.statements[index].file;
    const bool is_used = used == nullptr || used->count(file) != 0;
    if (is_used && loaded_.count(state_.present_path(coverage, file)) == 0)
      evidence.statements.push_back(index);
  }
  add(evidence, "", session);
}

// Files that something executed is in, and all that these import.
FileSet Gatherer::reachable(const Session& session) {
  const SessionCoverage& coverage = session.coverage();
  const select::Snapshot snapshot(coverage, state_.recorded_units(coverage), &names_);
  FileSet found;
  std::vector<uint32_t> open;
  const auto reach = [&](uint32_t file) {
    if (found.insert(file).second) open.push_back(file);
  };
  for (const auto& [context, files] : session.executed) {
    for (const auto& [file, lines] : files) reach(file);
  }
  while (!open.empty()) {
    const uint32_t file = open.back();
    open.pop_back();
    for (const uint32_t imported : snapshot.imports(file)) reach(imported);
  }
  return found;
}

void Gatherer::move(const Session& session) {
  const SessionCoverage& coverage = session.coverage();
  std::map<uint32_t, std::optional<change::LineMap>> maps;
  for (const auto& [context, files] : session.executed) {
    for (const auto& [file, lines] : files) {
      const std::string path = state_.present_path(coverage, file);
      if (!in_scope(path) || !store::exists(path)) continue;
      if (session.changes.count(file) == 0) {
        result_.lines.add_executed(context, path, lines);
        continue;
      }
      auto map = maps.find(file);
      if (map == maps.end()) map = maps.emplace(file, map_of(session, file)).first;
      if (map->second) result_.lines.add_executed(context, path, map->second->moved(lines));
    }
  }
}

std::optional<change::LineMap> Gatherer::map_of(const Session& session, uint32_t file) {
  const SessionCoverage& coverage = session.coverage();
  const change::FileChange& change = session.changes.at(file);
  const std::string path = state_.present_path(coverage, file);
  const Result<std::string> before = state_.recorded_text(coverage, file);
  const Result<std::string> now = store::read_file(path);
  if (change.before == nullptr || change.now == nullptr || change.difference.whole || !before || !now) {
    if (unmoved_.insert(path).second)
      result_.notices.push_back("lines of " + report::relative_to(path, request_.project.root) +
                                " are known only from tests that ran since it was edited: " + change.why);
    return std::nullopt;
  }
  return change::LineMap({*before, *change.before}, {*now, *change.now}, change.difference,
                         coverage.files[file].lines);
}

bool Gatherer::in_scope(const std::string& path) const {
  return scope_.sources.empty() ||
         std::any_of(scope_.sources.begin(), scope_.sources.end(), [&](const std::string& source) {
           return path == source || source == "/" || (path.starts_with(source) && path[source.size()] == '/');
         });
}

}  // namespace

Result<CoverageNow> coverage_as_of_now(store::Store* store, const SelectionRequest& request,
                                       const CoverageScope& scope) {
  return Gatherer(store, request, scope).gather();
}

}  // namespace alibi::cli
