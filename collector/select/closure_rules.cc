#include "collector/select/closure_rules.h"

#include <algorithm>

#include "collector/select/closure_expansion.h"

namespace alibi::select {

using collector::InputKind;

void ClosureRules::Expansion::reads(uint32_t file, const change::Reads& reads) {
  for (const NameId name : reads.globals) add(FactKind::kGlobal, file, name);
  for (const NameId name : reads.stores) add(FactKind::kGlobal, file, name);
  for (const NameId name : reads.attributes) add(FactKind::kAttribute, name);
  for (const NameId name : reads.dotted) add(FactKind::kAttribute, name);
  for (const change::ImportRead& read : reads.imports) import(file, read);
  if (reads.dynamic_imports) add(FactKind::kAllReachable, 0);
}

void ClosureRules::Expansion::reads_now(uint32_t file, const change::Reads& reads) {
  for (const Names* names : {&reads.globals, &reads.stores}) {
    for (const NameId name : *names) add(FactKind::kGlobalNow, file, name);
  }
  for (const Names* names : {&reads.attributes, &reads.dotted}) {
    for (const NameId name : *names) add(FactKind::kAttributeNow, name);
  }
  for (const change::ImportRead& read : reads.imports) {
    const std::string& module = snapshot_.names().text(read.module);
    for (const uint32_t target : snapshot_.files_of(snapshot_.resolve(file, read.level, module))) {
      for (const NameId name : read.names) add(FactKind::kGlobalNow, target, name);
    }
  }
}

void ClosureRules::Expansion::ran(UnitRef unit) {
  add(FactKind::kFunction, unit.file, unit.index);
  const change::Reads& reads = snapshot_.function(unit).reads;
  reads_now(unit.file, reads);
  for (const UnitRef definition : snapshot_.definitions_of(unit))  // default arguments
    reads_now(definition.file, snapshot_.statement(definition).reads);
  if (snapshot_.function(unit).keeps_hidden) add(FactKind::kMayHaveRun, unit.file, unit.index);
  // An import of its own fails in the test, not where tests are collected.
  const auto imports = [&](uint16_t level, const std::string& module) {
    for (const uint32_t target : snapshot_.files_of(snapshot_.resolve(unit.file, level, module)))
      add(FactKind::kImportedNow, target);
  };
  for (const change::ImportRead& read : reads.imports) {
    const std::string& module = snapshot_.names().text(read.module);
    for (size_t dot = module.find('.'); dot != std::string::npos; dot = module.find('.', dot + 1))
      imports(read.level, module.substr(0, dot));
    imports(read.level, module);
    for (const NameId name : read.names)
      imports(read.level,
              module.empty() ? snapshot_.names().text(name) : module + "." + snapshot_.names().text(name));
  }
}

// A function that keeps something for later may have found it kept: then what made it ran in an earlier test,
// called by names that the function spells. Where it is kept is seen of variables, not of everything.
void ClosureRules::Expansion::may_have_run(UnitRef unit) {
  for (const NameId name : snapshot_.function(unit).reads.attributes) {
    for (const UnitRef called : snapshot_.functions_of_last_name(name)) {
      if (!snapshot_.was_run(called)) continue;
      add(FactKind::kFunction, called.file, called.index);
      add(FactKind::kMayHaveRun, called.file, called.index);
    }
  }
}

void ClosureRules::Expansion::import_reference(const Snapshot::ResolvedModule& reference) {
  if (reference.module.empty())
    add(FactKind::kStem, snapshot_.names().id_of(reference.stem));
  else
    add(FactKind::kImport, snapshot_.names().id_of(reference.module));
}

void ClosureRules::Expansion::import(uint32_t file, const change::ImportRead& read) {
  const std::string& module = snapshot_.names().text(read.module);
  const bool binds_modules = read.names.empty();
  const auto touch = [&](const std::string& dotted, bool reachable) {
    const Snapshot::ResolvedModule reference = snapshot_.resolve(file, read.level, dotted);
    import_reference(reference);
    for (const uint32_t target : snapshot_.files_of(reference)) {
      add(FactKind::kLoaded, target);
      if (reachable) add(FactKind::kReachable, target);
    }
  };
  for (size_t dot = module.find('.'); dot != std::string::npos; dot = module.find('.', dot + 1))
    touch(module.substr(0, dot), binds_modules);
  touch(module, binds_modules);
  const std::vector<uint32_t> targets = snapshot_.files_of(snapshot_.resolve(file, read.level, module));
  for (const NameId name : read.names) {
    for (const uint32_t target : targets) add(FactKind::kGlobal, target, name);
    const std::string& text = snapshot_.names().text(name);
    touch(module.empty() ? text : module + "." + text, true);
  }
}

void ClosureRules::Expansion::function(UnitRef unit) {
  const FunctionUnit& ran = snapshot_.function(unit);
  add(FactKind::kLoaded, unit.file);
  reads(unit.file, ran.reads);
  for (const UnitRef definition : snapshot_.definitions_of(unit))
    add(FactKind::kStatement, definition.file, definition.index);
  UnitRef head;
  if (snapshot_.class_head(unit.file, ran.class_name, &head)) add(FactKind::kVisit, head.file, head.index);
  const auto names_any = [&](const NameSet& set) {
    const auto known = [&](NameId name) { return set.contains(name); };
    return std::any_of(ran.reads.globals.begin(), ran.reads.globals.end(), known) ||
           std::any_of(ran.reads.attributes.begin(), ran.reads.attributes.end(), known);
  };
  if (names_any(known_.catching)) add(FactKind::kCatches, 0);
}

void ClosureRules::Expansion::class_head(UnitRef head) {
  const bool special = snapshot_.is_special(head);
  for (const UnitRef member : snapshot_.class_members(head)) {
    const Names& binds = snapshot_.statement(member).binds;
    const bool implicit = std::any_of(
        binds.begin(), binds.end(), [&](NameId name) { return known_.is_implicit(snapshot_.names(), name); });
    if (special || implicit || binds.empty()) add(FactKind::kVisit, member.file, member.index);
    add_if({FactKind::kAttribute, known_.dict}, {FactKind::kVisit, member.file, member.index});
  }
  for (const UnitRef subclass : snapshot_.subclasses(head))
    add_if({FactKind::kAttribute, known_.subclasses}, {FactKind::kVisit, subclass.file, subclass.index});
}

void ClosureRules::Expansion::statement(UnitRef unit) {
  const StatementUnit& ran = snapshot_.statement(unit);
  add(FactKind::kLoaded, unit.file);
  reads(unit.file, ran.reads);
  for (const NameId name : ran.annotations.globals)
    add_if({FactKind::kIntrospects}, {FactKind::kGlobal, unit.file, name});
  for (const NameId name : ran.annotations.attributes)
    add_if({FactKind::kIntrospects}, {FactKind::kAttribute, name});
  const bool late = rules_.is_late_[unit.file];
  if (late) reads_now(unit.file, ran.reads);
  const auto catches = [&](NameId name) { return known_.catching.contains(name); };
  if (std::any_of(ran.reads.globals.begin(), ran.reads.globals.end(), catches)) add(FactKind::kCatches, 0);
  if (const ImportBag* bag = snapshot_.bag(unit); bag != nullptr) {
    for (const UnitRef function : bag->functions)
      add(late ? FactKind::kRan : FactKind::kFunction, function.file, function.index);
    for (const NameId name : bag->attributes) add(FactKind::kAttribute, name);
    for (const NameId name : bag->compiled) add(FactKind::kDynamicName, name);
    for (const uint32_t input : bag->inputs) add(FactKind::kInput, input);
    for (const uint32_t file : bag->whole_files) add(FactKind::kWhole, file);
    for (const uint32_t file : bag->files) {
      add(FactKind::kLoaded, file);
      add(FactKind::kReachable, file);
    }
  }
  if (ran.head != change::kNoName) class_head(unit);
  if (ran.class_name != change::kNoName) names_of_own_class(unit, ran);
}

// What stands in a class body finds that body's names before the module's.
void ClosureRules::Expansion::names_of_own_class(UnitRef unit, const StatementUnit& ran) {
  for (const NameId name : ran.reads.globals) {
    for (const UnitRef binder : snapshot_.binders(name)) {
      if (binder.file == unit.file && snapshot_.statement(binder).class_name == ran.class_name)
        add(FactKind::kVisit, binder.file, binder.index);
    }
  }
}

void ClosureRules::Expansion::visit(UnitRef unit) {
  const StatementUnit& wanted = snapshot_.statement(unit);
  const Fact made{FactKind::kStatement, unit.file, unit.index};
  if (snapshot_.is_plain_definition(wanted)) {
    const std::vector<UnitRef> bodies = snapshot_.functions_of(unit.file, wanted);
    if (!bodies.empty()) {
      add(FactKind::kLoaded, unit.file);
      for (const UnitRef body : bodies) add_if({FactKind::kFunction, body.file, body.index}, made);
      add_if({FactKind::kIntrospects}, made);
      return;
    }
  }
  add(made);
}

// An object may have been given another name, or be held by another one, when modules were imported; what one
// statement makes may share something.
void ClosureRules::Expansion::visit_now(UnitRef unit) {
  const StatementUnit& asked = snapshot_.statement(unit);
  if (snapshot_.is_plain_definition(asked)) return;
  reads_now(unit.file, asked.reads);
  if (asked.class_name == change::kNoName && asked.kind != change::StatementKind::kImport) {
    for (const NameId name : asked.binds) {
      if (name != known_.annotations) add(FactKind::kGlobalNow, unit.file, name);
    }
  }
  if (const ImportBag* bag = snapshot_.bag(unit); bag != nullptr) {
    for (const UnitRef function : bag->functions)
      reads_now(function.file, snapshot_.function(function).reads);
    for (const NameId name : bag->attributes) add(FactKind::kAttributeNow, name);
    for (const NameId name : bag->compiled) add(FactKind::kAttributeNow, name);
  }
}

// Other modules may give it the name by a star import.
void ClosureRules::Expansion::starred(uint32_t file, NameId name, FactKind kind) {
  if (snapshot_.units(file) == nullptr) return;
  for (const StatementUnit& statement : snapshot_.units(file)->statements) {
    for (const auto& [level, module] : statement.stars) {
      const auto reference = snapshot_.resolve(file, level, snapshot_.names().text(module));
      for (const uint32_t target : snapshot_.files_of(reference)) add(kind, target, name);
    }
  }
}

// The statements whose binding an attribute of that name can be: those of modules that may be at hand, of
// classes that are used.
void ClosureRules::Expansion::attribute_binders(NameId name, FactKind kind) {
  for (const UnitRef binder : snapshot_.binders(name)) {
    const StatementUnit& statement = snapshot_.statement(binder);
    const Fact asked{kind, binder.file, binder.index};
    UnitRef head;
    if (statement.class_name == change::kNoName)
      add_if({FactKind::kReachable, binder.file}, asked);
    else if (snapshot_.class_head(binder.file, statement.class_name, &head))
      add_if({FactKind::kStatement, head.file, head.index}, asked);
    else
      add_if({FactKind::kLoaded, binder.file}, asked);
  }
}

void ClosureRules::Expansion::global_now(uint32_t file, NameId name) {
  add(FactKind::kGlobal, file, name);
  const std::vector<UnitRef>& binders = snapshot_.module_binders(file, name);
  for (const UnitRef binder : binders) add(FactKind::kVisitNow, binder.file, binder.index);
  if (binders.empty()) starred(file, name, FactKind::kGlobalNow);
  if (const auto writes = rules_.state_by_global_.find({file, name});
      writes != rules_.state_by_global_.end()) {
    for (const uint32_t write : writes->second) add(FactKind::kState, write);
  }
}

void ClosureRules::Expansion::attribute_now(NameId name) {
  add(FactKind::kAttribute, name);
  attribute_binders(name, FactKind::kVisitNow);
  left_state(name);
}

void ClosureRules::Expansion::named(NameId name) {
  add(FactKind::kNamed, name);
  if (known_.introspection.contains(name)) add(FactKind::kIntrospects, 0);
  if (known_.listings.contains(name)) add(FactKind::kAttribute, known_.dict);
  if (known_.subclass_listings.contains(name)) add(FactKind::kAttribute, known_.subclasses);
}

void ClosureRules::Expansion::global(uint32_t file, NameId name) {
  named(name);
  const std::vector<UnitRef>& binders = snapshot_.module_binders(file, name);
  visit_all(binders);
  if (binders.empty() && snapshot_.units(file) != nullptr) {
    starred(file, name, FactKind::kGlobal);
    // Also where the module has none yet: it may get one.
    if (name != known_.module_getattr) add(FactKind::kGlobal, file, known_.module_getattr);
  }
}

void ClosureRules::Expansion::attribute(NameId name) {
  named(name);
  attribute_binders(name, FactKind::kVisit);
  for (const auto& [package, submodule] : snapshot_.submodules_named(name)) {
    add_if({FactKind::kReachable, package}, {FactKind::kReachable, submodule});
    add_if({FactKind::kReachable, package}, {FactKind::kLoaded, submodule});
  }
  if (name == known_.dict) {
    for (uint32_t file = 0; file < snapshot_.file_count(); ++file)
      add_if({FactKind::kReachable, file}, {FactKind::kNamespace, file});
  }
}

void ClosureRules::Expansion::loaded(uint32_t file) {
  if (snapshot_.units(file) == nullptr) add(FactKind::kWhole, file);
  for (const uint32_t imported : snapshot_.imports(file)) add(FactKind::kLoaded, imported);
  for (const uint32_t input : snapshot_.file_inputs(file)) add(FactKind::kInput, input);
  for (const auto& [unit, effect] : snapshot_.effects(file)) {
    const Fact made{FactKind::kStatement, unit.file, unit.index};
    if (effect.unknown) add(made);
    for (const NameId name : effect.through) add_if({FactKind::kNamed, name}, made);
    // What it binds there others may hold as well.
    const ImportBag* bag = snapshot_.bag(unit);
    if (bag == nullptr) continue;
    for (const UnitRef function : bag->functions) {
      for (const NameId name : snapshot_.function(function).reads.stores)
        add_if({FactKind::kNamed, name}, {FactKind::kVisitNow, unit.file, unit.index});
    }
  }
}

void ClosureRules::Expansion::all_reachable() {
  for (uint32_t file = 0; file < snapshot_.file_count(); ++file)
    add_if({FactKind::kLoaded, file}, {FactKind::kReachable, file});
}

void ClosureRules::Expansion::dynamic_name(NameId name) {
  add(FactKind::kAttribute, name);
  // Or it is a module that the code imports.
  for (const uint32_t file : snapshot_.module_files(snapshot_.names().text(name))) {
    add(FactKind::kImport, name);
    add(FactKind::kLoaded, file);
    add(FactKind::kReachable, file);
  }
  for (uint32_t file = 0; file < snapshot_.file_count(); ++file)
    add_if({FactKind::kLoaded, file}, {FactKind::kGlobal, file, name});
}

void ClosureRules::Expansion::input(uint32_t index) {
  for (const uint32_t test : rules_.products_.makers_of(index)) add(FactKind::kEvidence, test);
  for (const uint32_t test : rules_.products_.makers_of_names(index)) add(FactKind::kEvidence, test);
  // Import-time code that sets variables acts on os.environ, whatever the reader calls it.
  if (snapshot_.coverage().inputs[index].kind == InputKind::kEnvironment)
    add(FactKind::kAttribute, known_.environ);
}

void ClosureRules::Expansion::whole(uint32_t file) {
  add(FactKind::kLoaded, file);
  if (snapshot_.units(file) == nullptr) return;
  const auto count = static_cast<uint32_t>(snapshot_.units(file)->statements.size());
  for (uint32_t i = 0; i < count; ++i) add(FactKind::kStatement, file, i);
}

void ClosureRules::Expansion::all_names(uint32_t file) {
  add(FactKind::kLoaded, file);
  if (snapshot_.units(file) == nullptr) return;
  const std::vector<StatementUnit>& statements = snapshot_.units(file)->statements;
  for (uint32_t i = 0; i < statements.size(); ++i) {
    if (statements[i].class_name == change::kNoName) add(FactKind::kVisit, file, i);
  }
  if (const auto writes = rules_.state_by_file_.find(file); writes != rules_.state_by_file_.end()) {
    for (const uint32_t write : writes->second) add(FactKind::kState, write);
  }
}

void ClosureRules::Expansion::imported(FactKind kind, uint32_t file) {
  for (const uint32_t other : snapshot_.imports(file)) add(kind, other);
}

ClosureRules::ClosureRules(const Snapshot& snapshot, const SessionProducts& products)
    : snapshot_(snapshot), products_(products), spelled_(snapshot) {
  index_state();
}

void ClosureRules::expand(const Fact& fact, Closure::FactId id, Closure* closure) {
  Expansion expansion(*this, id, closure);
  const UnitRef unit{fact.a, fact.b};
  switch (fact.kind) {
    case FactKind::kFunction:
      return expansion.function(unit);
    case FactKind::kRan:
      return expansion.ran(unit);
    case FactKind::kMayHaveRun:
      return expansion.may_have_run(unit);
    case FactKind::kStatement:
      return expansion.statement(unit);
    case FactKind::kVisit:
      return expansion.visit(unit);
    case FactKind::kVisitNow:
      return expansion.visit_now(unit);
    case FactKind::kGlobal:
      return expansion.global(fact.a, fact.b);
    case FactKind::kGlobalNow:
      return expansion.global_now(fact.a, fact.b);
    case FactKind::kAttribute:
      return expansion.attribute(fact.a);
    case FactKind::kAttributeNow:
      return expansion.attribute_now(fact.a);
    case FactKind::kLoaded:
      return expansion.loaded(fact.a);
    case FactKind::kAllReachable:
      return expansion.all_reachable();
    case FactKind::kDynamicName:
      return expansion.dynamic_name(fact.a);
    case FactKind::kInput:
      return expansion.input(fact.a);
    case FactKind::kWhole:
      return expansion.whole(fact.a);
    case FactKind::kNamespace:
      return expansion.all_names(fact.a);
    case FactKind::kState:
      return expansion.state(fact.a);
    case FactKind::kSupplier:
      return expansion.supplier(fact.a, fact.b, false);
    case FactKind::kGiver:
      return expansion.supplier(fact.a, fact.b, true);
    case FactKind::kOrigin:
      return expansion.origin(fact.a, fact.b);
    case FactKind::kImportedNow:
    case FactKind::kImportedAnew:
    case FactKind::kImported:
      return expansion.imported(fact.kind, fact.a);
    case FactKind::kEvidence:
      return facts_of(snapshot_.coverage().tests[fact.a].evidence, Of::kTests,
                      [&](const Fact& consequence) { closure->add(id, consequence); });
    default:
      return;
  }
}

}  // namespace alibi::select
