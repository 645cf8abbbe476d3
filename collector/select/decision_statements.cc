// Whom a changed statement of a module or class body meets.
#include <algorithm>

#include "collector/select/decision_meeting.h"
#include "collector/select/new_effect.h"

namespace alibi::select {
namespace {

using change::FileChange;
using change::UnitsDifference;

bool includes(const Names& names, NameId name) {
  return std::binary_search(names.begin(), names.end(), name);
}

std::string first_bind(const Snapshot& snapshot, const StatementUnit& statement) {
  std::string text = statement.class_name == change::kNoName
                         ? std::string()
                         : snapshot.names().text(statement.class_name) + ".";
  if (statement.binds.empty()) return text + "statement";
  return text + snapshot.names().text(statement.binds.front());
}

}  // namespace

// Whom a binding of `name` by this statement reaches.
TestSet Decision::Meeting::readers(uint32_t file, const StatementUnit& statement, NameId name,
                                   Fact* fact) const {
  if (statement.class_name == change::kNoName) {
    *fact = {FactKind::kGlobal, file, name};
    const TestSet& by_name = closure_.tests(*fact);
    const TestSet by_attribute = with(FactKind::kAttribute, name) & with(FactKind::kReachable, file);
    if (by_name.empty()) *fact = {FactKind::kAttribute, name};
    return by_name | by_attribute;
  }
  *fact = {FactKind::kAttribute, name};
  UnitRef head;
  if (!snapshot_.class_head(file, statement.class_name, &head)) return {};
  if (known_.is_implicit(snapshot_.names(), name)) return with(FactKind::kStatement, head.file, head.index);
  const TestSet by_attribute =
      with(FactKind::kAttribute, name) & with(FactKind::kStatement, head.file, head.index);
  return by_attribute.empty() ? readers_in_class(head, name, fact)
                              : by_attribute | readers_in_class(head, name, nullptr);
}

// The other statements of the class body that ask for the name.
TestSet Decision::Meeting::readers_in_class(UnitRef head, NameId name, Fact* fact) const {
  TestSet tests;
  for (const UnitRef member : snapshot_.class_members(head)) {
    if (!includes(snapshot_.statement(member).reads.globals, name)) continue;
    const Fact used{FactKind::kStatement, member.file, member.index};
    if (fact != nullptr) *fact = used;
    tests = tests | closure_.tests(used);
  }
  return tests;
}

void Decision::Meeting::statements(const FileChange& change) {
  std::vector<bool> new_defaults;
  const std::vector<bool> old_defaults = only_defaults(change, &new_defaults);
  const UnitsDifference& difference = change.difference;
  for (size_t i = 0; i < difference.old_statements.size(); ++i) {
    const uint32_t index = difference.old_statements[i];
    const StatementGoal goal{change.file, &change.before->statements[index], false};
    const Fact fact{FactKind::kStatement, change.file, index};
    meet(closure_.tests(fact), reason(ReasonKind::kStatement, change, goal.unit->line,
                                      first_bind(snapshot_, *goal.unit), "what it makes is used", fact));
    if (old_defaults[i])
      definition(change, goal);
    else
      statement(change, goal);
  }
  for (size_t i = 0; i < difference.new_statements.size(); ++i) {
    const StatementGoal goal{change.file, &change.now->statements[difference.new_statements[i]], true};
    if (new_defaults[i])
      definition(change, goal);
    else
      statement(change, goal);
  }
}

// Definitions that differ in their defaults alone: as many before as now, with the same decorators.
std::vector<bool> Decision::Meeting::only_defaults(const FileChange& change,
                                                   std::vector<bool>* of_new) const {
  const UnitsDifference& difference = change.difference;
  const auto& before = change.before->statements;
  const auto* now = change.now != nullptr ? &change.now->statements : nullptr;
  std::vector<bool> of_old(difference.old_statements.size());
  of_new->assign(difference.new_statements.size(), false);
  for (size_t i = 0; i < of_old.size() && now != nullptr; ++i) {
    const StatementUnit& old_unit = before[difference.old_statements[i]];
    if (!snapshot_.is_plain_definition(old_unit)) continue;
    const auto same_name = [&](const StatementUnit& other) {
      return other.class_name == old_unit.class_name && other.binds == old_unit.binds;
    };
    const auto old_count = std::count_if(difference.old_statements.begin(), difference.old_statements.end(),
                                         [&](uint32_t index) { return same_name(before[index]); });
    std::vector<size_t> matches;
    bool all_match = true;
    for (size_t n = 0; n < difference.new_statements.size(); ++n) {
      const StatementUnit& new_unit = (*now)[difference.new_statements[n]];
      if (!same_name(new_unit)) continue;
      all_match =
          all_match && snapshot_.is_plain_definition(new_unit) && new_unit.decorators == old_unit.decorators;
      matches.push_back(n);
    }
    if (!all_match || static_cast<ptrdiff_t>(matches.size()) != old_count) continue;
    // Defaults that call something may do more than be a default.
    const auto calls_nothing = [&](const StatementUnit& unit) {
      return !unit.has_effect && std::all_of(unit.calls.begin(), unit.calls.end(), [&](NameId callee) {
        return known_.harmless_callees.contains(callee);
      });
    };
    of_old[i] = calls_nothing(old_unit);
    for (const size_t n : matches) (*of_new)[n] = calls_nothing((*now)[difference.new_statements[n]]);
  }
  return of_old;
}

void Decision::Meeting::definition(const FileChange& change, const StatementGoal& goal) {
  const std::string name = first_bind(snapshot_, *goal.unit);
  const std::vector<UnitRef> bodies = snapshot_.functions_of(change.file, *goal.unit);
  for (const UnitRef body : bodies) {
    const Fact fact{FactKind::kFunction, body.file, body.index};
    meet(closure_.tests(fact), reason(ReasonKind::kDefinition, change, goal.unit->line, name,
                                      "it ran and its defaults are other ones", fact));
  }
  if (bodies.empty()) {
    const Fact fact{FactKind::kLoaded, change.file};
    meet(closure_.tests(fact),
         reason(ReasonKind::kDefinition, change, goal.unit->line, name, "its defaults are other ones", fact));
  }
  const TestSet noticing = with(FactKind::kIntrospects) | with(FactKind::kCatches);
  for (const NameId bound : goal.unit->binds) {
    Fact fact;
    const TestSet reading = readers(change.file, *goal.unit, bound, &fact);
    meet(reading & noticing, reason(ReasonKind::kDefinition, change, goal.unit->line, name,
                                    "its defaults are other ones, and code that may look at them ran", fact));
  }
}

void Decision::Meeting::statement(const FileChange& change, const StatementGoal& goal) {
  const StatementUnit& unit = *goal.unit;
  const std::string name = first_bind(snapshot_, unit);
  if (unit.class_name != change::kNoName) {
    member(change, goal);
  } else {
    for (const NameId bound : unit.binds) {
      Fact fact;
      const TestSet reading = readers(change.file, unit, bound, &fact);
      meet(reading,
           reason(ReasonKind::kName, change, unit.line, snapshot_.names().text(bound),
                  goal.is_new ? "it is read and bound anew" : "it is read and was bound here", fact));
    }
    if (includes(unit.binds, known_.module_getattr)) {
      const Fact reachable{FactKind::kReachable, change.file};
      meet(closure_.tests(reachable), reason(ReasonKind::kName, change, unit.line, name,
                                             "it answers for names that are lacking", reachable));
    }
    const Fact all_names{FactKind::kNamespace, change.file};
    meet(closure_.tests(all_names), reason(ReasonKind::kName, change, unit.line, name,
                                           "the module's names are read as a whole", all_names));
  }
  const TestSet& loaded = with(FactKind::kLoaded, change.file);
  if (unit.head != change::kNoName) {
    meet(loaded & with(FactKind::kAttribute, known_.subclasses),
         reason(ReasonKind::kClass, change, unit.line, name, "subclasses are listed",
                {FactKind::kAttribute, known_.subclasses}));
  }
  if (includes(unit.binds, known_.all)) {
    for (const uint32_t importer : snapshot_.starred_by(change.file)) {
      const Fact fact{FactKind::kLoaded, importer};
      meet(closure_.tests(fact),
           reason(ReasonKind::kName, change, unit.line, "__all__", "it is star-imported", fact));
    }
  }
  effect(change, goal);
  if (!goal.is_new) return old_load(change, goal);
  const Fact in_file{FactKind::kLoaded, change.file};
  if (!unit.stars.empty() || unit.autouse || unit.is_hook)
    meet(loaded,
         reason(ReasonKind::kEffect, change, unit.line, name, "it acts without being named", in_file));
  new_import(change, goal);
}

void Decision::Meeting::member(const FileChange& change, const StatementGoal& goal) {
  const StatementUnit& unit = *goal.unit;
  UnitRef head;
  if (!snapshot_.class_head(change.file, unit.class_name, &head)) return;  // its head is new, too
  const std::string name = first_bind(snapshot_, unit);
  const Fact of_class{FactKind::kStatement, head.file, head.index};
  const TestSet& users = closure_.tests(of_class);
  const bool abstract = std::any_of(unit.decorators.begin(), unit.decorators.end(), [&](NameId decorator) {
    return known_.abstract_decorators.contains(decorator);
  });
  bool every_user =
      snapshot_.is_special(head) || abstract || snapshot_.names_abstract_method(unit) || unit.binds.empty();
  for (const NameId bound : unit.binds) {
    if (bound == known_.annotations)
      meet(users & with_any_named(known_.introspection),
           reason(ReasonKind::kAnnotation, change, unit.line, name, "annotations are looked at", of_class));
    else if (known_.is_implicit(snapshot_.names(), bound))
      every_user = true;
    const Fact fact{FactKind::kAttribute, bound};
    meet(users & closure_.tests(fact),
         reason(ReasonKind::kClass, change, unit.line, name, "an attribute of that name is read", fact));
    Fact in_body;
    const TestSet reading = readers_in_class(head, bound, &in_body);
    meet(reading,
         reason(ReasonKind::kClass, change, unit.line, name, "the class body asks for that name", in_body));
  }
  const auto is_test = [&](NameId bound) { return snapshot_.names().text(bound).starts_with("test"); };
  const bool overrides = goal.is_new && unit.kind == change::StatementKind::kMethod &&
                         snapshot_.extends_library(head) &&
                         std::none_of(unit.binds.begin(), unit.binds.end(), is_test);
  if (overrides)
    meet(users, reason(ReasonKind::kClass, change, unit.line, name, "a library class may call it", of_class));
  if (every_user)
    meet(users, reason(ReasonKind::kClass, change, unit.line, name, "the class is used", of_class));
  meet(
      users & with(FactKind::kAttribute, known_.dict),
      reason(ReasonKind::kClass, change, unit.line, name, "the class's names are read as a whole", of_class));
}

void Decision::Meeting::effect(const FileChange& change, const StatementGoal& goal) {
  Effect effect;
  if (goal.is_new) {
    effect = effect_of_new(snapshot_, change, *goal.unit);
  } else {
    const auto index = static_cast<uint32_t>(goal.unit - change.before->statements.data());
    effect = snapshot_.effect_of({change.file, index});
  }
  if (!effect.any) return;
  const TestSet& loaded = with(FactKind::kLoaded, change.file);
  const std::string name = first_bind(snapshot_, *goal.unit);
  if (effect.unknown)
    meet(loaded, reason(ReasonKind::kEffect, change, goal.unit->line, name, "it may change anything",
                        {FactKind::kLoaded, change.file}));
  for (const NameId through : effect.through) {
    const Fact fact{FactKind::kNamed, through};
    meet(loaded & closure_.tests(fact),
         reason(ReasonKind::kEffect, change, goal.unit->line, name,
                "it acts on " + snapshot_.names().text(through) + ", which is read", fact));
  }
}

// What loads a file without binding a name (Ruby's `require`): no reader says that it rests on it, so all do
// that use anything of what was loaded.
void Decision::Meeting::old_load(const FileChange& change, const StatementGoal& goal) {
  const StatementUnit& unit = *goal.unit;
  if (!unit.binds.empty() || !unit.stars.empty() || unit.reads.imports.empty()) return;
  std::vector<uint32_t> files;
  for (const change::ImportRead& read : unit.reads.imports) {
    const auto reference = snapshot_.resolve(change.file, read.level, snapshot_.names().text(read.module));
    for (const uint32_t file : snapshot_.files_of(reference)) files.push_back(file);
  }
  const Fact in_file{FactKind::kLoaded, change.file};
  bool acts = files.empty();
  absl::flat_hash_set<uint32_t> seen(files.begin(), files.end());
  seen.insert(change.file);
  const auto meet_users = [&](const Fact& used) {
    meet(closure_.tests(used), reason(ReasonKind::kStatement, change, unit.line, first_bind(snapshot_, unit),
                                      "it loaded what is used", used));
  };
  for (size_t i = 0; i < files.size(); ++i) {
    const uint32_t file = files[i];
    const FileUnits* units = snapshot_.units(file);
    acts = acts || units == nullptr || !snapshot_.effects(file).empty();
    for (uint32_t each = 0; units != nullptr && each < units->functions.size(); ++each)
      meet_users({FactKind::kFunction, file, each});
    for (uint32_t each = 0; units != nullptr && each < units->statements.size(); ++each)
      meet_users({FactKind::kStatement, file, each});
    for (const uint32_t loaded : snapshot_.imports(file)) {
      if (seen.insert(loaded).second) files.push_back(loaded);
    }
  }
  if (acts)
    meet(closure_.tests(in_file), reason(ReasonKind::kEffect, change, unit.line, first_bind(snapshot_, unit),
                                         "it loaded what may have changed anything", in_file));
}

void Decision::Meeting::new_import(const FileChange& change, const StatementGoal& goal) {
  const TestSet& loaded = with(FactKind::kLoaded, change.file);
  if (loaded.empty()) return;
  for (const change::ImportRead& read : goal.unit->reads.imports) {
    const std::string& module = snapshot_.names().text(read.module);
    bool acts = false;
    const auto look_at = [&](const std::string& dotted) {
      const auto reference = snapshot_.resolve(change.file, read.level, dotted);
      const std::vector<uint32_t> files = snapshot_.files_of(reference);
      for (const uint32_t file : files) acts = acts || !snapshot_.effects(file).empty();
      return !files.empty();
    };
    bool known = look_at(module);
    for (const NameId name : read.names)
      look_at(module.empty() ? snapshot_.names().text(name) : module + "." + snapshot_.names().text(name));
    known = known || (read.level == 0 && snapshot_.is_library_module(module));
    if (acts || !known)
      meet(loaded, reason(ReasonKind::kEffect, change, goal.unit->line, module,
                          "a new import whose effects are not known", {FactKind::kLoaded, change.file}));
  }
}

}  // namespace alibi::select
