#include "collector/cli/session_case.h"

#include <algorithm>
#include <utility>

#include "collector/change/reference_list.h"
#include "collector/change/units_pack.h"
#include "collector/report/reason_text.h"
#include "collector/select/explanation.h"
#include "collector/select/input_detail.h"
#include "collector/select/rules_version.h"
#include "tracer/model/fingerprint.h"

namespace alibi::cli {
namespace {

constexpr char kReferences[] = "references", kUnits[] = "units", kClosures[] = "closures";

}  // namespace

using collector::SessionCoverage;
using collector::TestCoverage;

SessionCase::SessionCase(const std::string& data, const std::string& evidence, store::EvidenceReader reader,
                         change::ProjectState* state, const change::CurrentProject& project,
                         change::KeepUnits keep, change::NameTable* names)
    : cache_(data, evidence, project.interpreter, keep),
      reader_(std::move(reader)),
      coverage_(reader_.coverage()),
      state_(*state),
      project_(project),
      names_(*names) {}

// Everything that a hash can tell.
void SessionCase::look() {
  if (std::exchange(looked_, true)) return;
  const std::vector<uint32_t> files = state_.changed_files(coverage_);
  if (!files.empty()) link();
  for (const uint32_t file : files)
    change_.files.push_back(state_.compare(coverage_, file, snapshot_->shared_units(file)));
  change_.inputs = state_.changed_inputs(coverage_, select::made_by_session(coverage_));
  state_.find_new_sources(coverage_, &change_);
  change_.imports = state_.changed_imports(coverage_, module_references());
  state_.compare_packages(coverage_, &change_);
  if (since_ != nullptr) {
    link();
    std::vector<std::shared_ptr<const change::FileUnits>> recorded;
    for (uint32_t file = 0; file < snapshot_->file_count(); ++file)
      recorded.push_back(snapshot_->shared_units(file));
    state_.compare_revision(coverage_, *since_, recorded, &change_);
  }
  if (!coverage_.session.drops.empty())
    change_.everything.push_back("evidence of the whole session was lost");
  if (!change_.empty()) link();
}

void SessionCase::load_tests() {
  if (std::exchange(loaded_, true)) return;
  for (size_t section = 0; section < reader_.test_sections(); ++section) {
    Result<std::vector<TestCoverage>> tests = reader_.read_tests(section);
    if (tests) std::move(tests->begin(), tests->end(), std::back_inserter(coverage_.tests));
  }
}

// Tests with a mark that nobody may skip them say so by an input.
void SessionCase::keep_marked(const std::vector<std::string>& tests,
                              std::vector<std::optional<select::Reason>>* reasons) {
  const auto mark =
      std::find_if(coverage_.inputs.begin(), coverage_.inputs.end(), [](const collector::Input& input) {
        return input.kind == collector::InputKind::kOption && input.subject == "always";
      });
  if (mark == coverage_.inputs.end()) return;
  load_tests();
  const auto index = static_cast<uint32_t>(mark - coverage_.inputs.begin());
  for (size_t i = 0; i < tests.size(); ++i) {
    size_t place = 0;
    if (!(*reasons)[i] || !find_test(tests[i], &place)) continue;
    const std::vector<uint32_t>& inputs = coverage_.tests[place].evidence.inputs;
    const bool marked = std::binary_search(inputs.begin(), inputs.end(), index);
    if (marked && (*reasons)[i]->kind == select::ReasonKind::kNone)
      (*reasons)[i] = select::Reason{select::ReasonKind::kAlways, {}, 0, {}, "the test is to run always", {}};
  }
}

// Null for a file of which nothing can be known.
change::UnitsList SessionCase::recorded_units() {
  change::UnitsList units;
  const Result<std::string> kept = cache_.read(kUnits);
  if (kept.ok() && change::unpack_units(*kept, &names_, &units) && units.size() == coverage_.files.size())
    return units;
  units = state_.recorded_units(coverage_);
  // What is lacking may be at hand another time.
  bool complete = true;
  for (size_t i = 0; i < units.size(); ++i)
    complete = complete && (units[i] != nullptr || coverage_.files[i].unreadable);
  if (complete) cache_.keep(kUnits, change::pack_units(units, names_));
  return units;
}

// The units of all files, which only a change makes worth their time.
void SessionCase::link() {
  if (snapshot_ != nullptr) return;
  snapshot_ = std::make_unique<select::Snapshot>(coverage_, recorded_units(), &names_);
  snapshot_->set_library_modules(project_.library_modules);
}

// With what each test rests on.
void SessionCase::link_tests() {
  if (rules_ != nullptr) return;
  load_tests();
  link();
  products_ = std::make_unique<select::SessionProducts>(coverage_);
  rules_ = std::make_unique<select::ClosureRules>(*snapshot_, *products_);
  rules_->drop_unreached([&](size_t test, const select::ClosureRules::Add& add) { seed_test(test, add); });
}

// Kept beside the evidence, so that a run in which nothing changed needs no units.
std::vector<change::ModuleReference> SessionCase::module_references() {
  std::vector<change::ModuleReference> references;
  if (snapshot_ == nullptr) {
    const Result<std::string> kept = cache_.read(kReferences);
    if (kept && change::parse_references(*kept, &references)) return references;
    link();
  }
  references = snapshot_->module_references();
  cache_.keep(kReferences, change::references_text(references));
  return references;
}

void SessionCase::seed_test(size_t test, const select::ClosureRules::Add& add) const {
  const TestCoverage& subject = coverage_.tests[test];
  rules_->facts_of(subject.evidence, select::ClosureRules::Of::kTests, add);
  rules_->facts_of(rules_->place_of(subject.id, subject.evidence), add);
  for (const uint32_t collection : subject.collections)
    rules_->facts_of(coverage_.collections[collection].evidence, select::ClosureRules::Of::kCollection, add);
}

// Tests stand in the order of their ids.
bool SessionCase::find_test(const std::string& id, size_t* index) const {
  const auto before = [](const TestCoverage& test, const std::string& wanted) { return test.id < wanted; };
  const auto found = std::lower_bound(coverage_.tests.begin(), coverage_.tests.end(), id, before);
  *index = static_cast<size_t>(found - coverage_.tests.begin());
  return found != coverage_.tests.end() && found->id == id;
}

// What is found in a file rests on all of its import-time code, and on its being imported at all.
void SessionCase::seed_collection(size_t index, const select::ClosureRules::Add& add) const {
  const collector::Collection& collection = coverage_.collections[index];
  rules_->facts_of(collection.evidence, select::ClosureRules::Of::kCollection, add);
  const select::TestPlace place = rules_->place_of(collection.name, collection.evidence);
  rules_->facts_of(place, add);
  uint32_t file = 0;
  if (!snapshot_->find_file(place.file, &file)) return;
  add({select::FactKind::kWhole, file});
  add({select::FactKind::kImported, file});
}

// The subjects are the session's tests, then its collections.
std::string SessionCase::make_closures(uint64_t key) {
  link_tests();
  const size_t tests = coverage_.tests.size(), subjects = tests + coverage_.collections.size();
  std::vector<Hash128> names;
  for (const TestCoverage& test : coverage_.tests) names.push_back(hash128(test.id.data(), test.id.size()));
  names.resize(subjects);  // collections are asked for by number
  select::Closure closure(rules_.get());
  select::ClosureIndexWriter writer(names_);
  for (size_t first = 0; first < subjects; first += select::TestSet::kSize) {
    const size_t count = std::min(select::TestSet::kSize, subjects - first);
    closure.begin_batch();
    for (size_t i = 0; i < count; ++i) {
      const auto add = [&](const select::Fact& fact) { closure.seed(fact, i); };
      if (first + i < tests)
        seed_test(first + i, add);
      else
        seed_collection(first + i - tests, add);
    }
    const select::TestSet all = select::TestSet::first(count);
    rules_->facts_of(coverage_.session, select::ClosureRules::Of::kSession,
                     [&](const select::Fact& fact) { closure.seed(fact, all); });
    closure.run();
    writer.add_batch(closure, first);
  }
  return writer.finish(key, names);
}

const select::ClosureIndex& SessionCase::closures() {
  if (closures_ != nullptr) return *closures_;
  uint64_t key = select::rules_version();
  for (const std::string& module : project_.library_modules) key = hash64(module.data(), module.size(), key);
  if (Result<std::string> kept = cache_.read(kClosures); kept.ok() && select::rules_version() != 0)
    closures_ = select::ClosureIndex::open(std::move(*kept), key, names_);
  if (closures_ != nullptr) return *closures_;
  std::string made = make_closures(key);
  if (select::rules_version() != 0) cache_.keep(kClosures, made);
  closures_ = select::ClosureIndex::open(std::move(made), key, names_);
  return *closures_;
}

std::vector<std::optional<select::Reason>> SessionCase::judge_tests(const std::vector<std::string>& tests) {
  look();
  std::vector<std::optional<select::Reason>> reasons(tests.size());
  if (change_.empty()) {
    reasons.assign(tests.size(), select::Reason());
    keep_marked(tests, &reasons);
    return reasons;
  }
  std::vector<size_t> subjects, places;
  for (size_t i = 0; i < tests.size(); ++i) {
    size_t subject = 0;
    if (!closures().find(hash128(tests[i].data(), tests[i].size()), &subject)) continue;
    subjects.push_back(subject);
    places.push_back(i);
  }
  std::vector<select::Reason> judged = judge(subjects);
  for (size_t i = 0; i < places.size(); ++i) reasons[places[i]] = std::move(judged[i]);
  keep_marked(tests, &reasons);
  return reasons;
}

std::vector<select::Reason> SessionCase::judge_collections() {
  look();
  const size_t count = coverage_.collections.size();
  if (change_.empty()) return std::vector<select::Reason>(count);
  std::vector<size_t> subjects;
  for (size_t i = 0; i < count; ++i) subjects.push_back(closures().subjects() - count + i);
  return judge(subjects);
}

std::vector<select::Reason> SessionCase::judge(const std::vector<size_t>& subjects) {
  std::vector<std::vector<select::Reason>> batches(closures().subjects() / select::TestSet::kSize + 1);
  const select::Decision decision(*snapshot_, change_, project_.mode);
  std::vector<select::Reason> reasons;
  for (const size_t subject : subjects) {
    const size_t number = subject / select::TestSet::kSize;
    std::vector<select::Reason>& batch = batches[number];
    if (batch.empty())
      batch = decision.reasons(select::ClosureIndex::Batch(closures(), number), select::TestSet::kSize);
    reasons.push_back(std::move(batch[subject % select::TestSet::kSize]));
  }
  return reasons;
}

// All that one test rests on.
select::Closure SessionCase::close(size_t test) const {
  select::Closure closure(rules_.get());
  const auto add = [&](const select::Fact& fact) { closure.seed(fact, 0); };
  seed_test(test, add);
  rules_->facts_of(coverage_.session, select::ClosureRules::Of::kSession, add);
  closure.run();
  return closure;
}

std::vector<std::string> SessionCase::explain(const std::string& id) {
  look();
  std::vector<std::string> chain;
  size_t test = 0;
  if (change_.empty()) return chain;
  link_tests();
  if (!find_test(id, &test)) return chain;
  const select::Closure closure = close(test);
  const select::Reason reason =
      select::Decision(*snapshot_, change_, project_.mode).reasons(closure, 1).front();
  const bool of_all = reason.fact.kind == select::FactKind::kCounts;  // it needs no way to get there
  if (reason.kind == select::ReasonKind::kNone || of_all) return chain;
  for (const select::Fact& fact : select::chain_to(closure, reason.fact))
    chain.push_back(select::fact_text(*snapshot_, *rules_, fact));
  return chain;
}

SessionCase::Ground SessionCase::ground_of(const std::string& id) {
  Ground ground;
  link_tests();
  size_t test = 0;
  if (!find_test(id, &test)) return ground;
  const select::Closure closure = close(test);
  const auto holds = [&](select::FactKind kind, uint32_t number) {
    return closure.tests({kind, number}).has(0);
  };
  for (uint32_t i = 0; i < coverage_.files.size(); ++i) {
    if (holds(select::FactKind::kLoaded, i) || holds(select::FactKind::kImported, i))
      ground.files.push_back(i);
  }
  const std::vector<bool> made = select::made_by_session(coverage_);
  for (uint32_t i = 0; i < coverage_.inputs.size(); ++i) {
    const bool named = select::input_kind_name(coverage_.inputs[i].kind) != nullptr;
    if (!made[i] && named && holds(select::FactKind::kInput, i)) ground.inputs.push_back(i);
  }
  for (uint32_t i = 0; i < coverage_.distributions.size(); ++i) {
    const std::vector<std::string>& modules = coverage_.distributions[i].modules;
    const bool used = std::any_of(modules.begin(), modules.end(), [&](const std::string& module) {
      change::NameId name = change::kNoName;
      return names_.find(module, &name) && holds(select::FactKind::kImport, name);
    });
    if (used) ground.distributions.push_back(i);
  }
  return ground;
}

Explanation::Holding SessionCase::source_holding(uint32_t file) const {
  const collector::SourceFile& source = coverage_.files[file];
  return {"source", report::relative_to(source.path, coverage_.description.root), model::to_hex(source.hash)};
}

Explanation::Holding SessionCase::input_holding(uint32_t index) const {
  const collector::Input& input = coverage_.inputs[index];
  const bool absent = input.state == collector::InputState::kAbsent;
  return {select::input_kind_name(input.kind), report::relative_to(input.subject, coverage_.description.root),
          absent ? "absent" : model::to_hex(input.hash)};
}

Explanation::Holding SessionCase::package_holding(uint32_t distribution) const {
  return {"package", coverage_.distributions[distribution].name,
          coverage_.distributions[distribution].version};
}

std::vector<Explanation::Holding> SessionCase::holdings(const std::string& id) {
  std::vector<Explanation::Holding> holdings;
  const Ground ground = ground_of(id);
  for (const uint32_t file : ground.files) holdings.push_back(source_holding(file));
  for (const uint32_t input : ground.inputs) holdings.push_back(input_holding(input));
  for (const uint32_t each : ground.distributions) holdings.push_back(package_holding(each));
  return holdings;
}

const change::ProjectChange& SessionCase::differences() {
  look();
  return change_;
}

const TestCoverage* SessionCase::test(const std::string& id) {
  load_tests();
  size_t index = 0;
  return find_test(id, &index) ? &coverage_.tests[index] : nullptr;
}

std::vector<SessionCase::UnitUse> SessionCase::differing_units(const std::string& id,
                                                               const change::FileChange& change) {
  std::vector<UnitUse> units;
  link_tests();
  size_t test = 0;
  if (change.before == nullptr || !find_test(id, &test)) return units;
  const select::Closure closure = close(test);
  for (const uint32_t index : change.difference.functions) {
    const change::FunctionUnit& function = change.before->functions[index];
    units.push_back({names_.text(function.name), function.line,
                     closure.tests({select::FactKind::kFunction, change.file, index}).has(0)});
  }
  const auto add_statement = [&](const change::StatementUnit& statement, bool used) {
    std::string text = statement.class_name == change::kNoName ? "" : names_.text(statement.class_name) + ".";
    text += statement.binds.empty() ? "a statement" : names_.text(statement.binds.front());
    units.push_back({std::move(text), statement.line, used});
  };
  for (const uint32_t index : change.difference.old_statements) {
    add_statement(change.before->statements[index],
                  closure.tests({select::FactKind::kStatement, change.file, index}).has(0));
  }
  for (const uint32_t index : change.difference.new_statements)
    add_statement(change.now->statements[index], false);
  return units;
}

std::map<std::string, std::string> SessionCase::describe_changes() const {
  std::map<std::string, std::string> changes;
  for (const change::FileChange& file : change_.files) {
    if (file.difference.empty()) continue;
    std::set<std::string> names;
    if (!file.difference.whole) {
      for (const uint32_t index : file.difference.functions)
        names.insert(names_.text(file.before->functions[index].name));
      for (const uint32_t index : file.difference.old_statements) {
        for (const change::NameId name : file.before->statements[index].binds)
          names.insert(names_.text(name));
      }
      for (const uint32_t index : file.difference.new_statements) {
        for (const change::NameId name : file.now->statements[index].binds) names.insert(names_.text(name));
      }
    }
    const std::string& path = coverage_.files[file.file].path;
    changes.emplace(path, report::relative_to(path, coverage_.description.root) +
                              report::short_list({names.begin(), names.end()}));
  }
  for (const change::NewSource& source : change_.sources)
    changes.emplace(source.path, report::relative_to(source.path, coverage_.description.root) + " (new)");
  return changes;
}

}  // namespace alibi::cli
