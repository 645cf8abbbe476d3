#include "collector/select/closure_rules.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "collector/select/input_detail.h"

namespace alibi::select {
namespace {

using collector::Evidence;
using collector::Input;
using collector::InputKind;
using collector::NameKind;

std::string_view first_part(std::string_view dotted) {
  return dotted.substr(0, dotted.find('.'));
}

void split(std::string_view text, char separator, std::vector<std::string>* parts) {
  while (!text.empty()) {
    const size_t end = text.find(separator);
    if (end != 0) parts->emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
}

bool is_code_input(const InputDetail& detail) {
  return !detail.importing.empty();
}

}  // namespace

// One fact's consequences.
class ClosureRules::Expansion {
 public:
  Expansion(const ClosureRules& rules, Closure::FactId id, Closure* closure)
      : rules_(rules),
        snapshot_(rules.snapshot_),
        known_(rules.snapshot_.known()),
        id_(id),
        closure_(*closure) {}

  void function(UnitRef unit);
  void ran(UnitRef unit);
  void statement(UnitRef unit);
  void visit(UnitRef unit);
  void visit_now(UnitRef unit);
  void global(uint32_t file, NameId name);
  void global_now(uint32_t file, NameId name);
  void attribute(NameId name);
  void attribute_now(NameId name);
  void left_state(NameId name);
  void loaded(uint32_t file);
  void all_reachable();
  void dynamic_name(NameId name);
  void input(uint32_t input);
  void whole(uint32_t file);
  void all_names(uint32_t file);
  void state(uint32_t write);
  void supplier(uint32_t write, uint32_t function);
  void origin(uint32_t write, uint32_t function);
  void imported(uint32_t file);

 private:
  void add(const Fact& effect) { closure_.add(id_, effect); }
  void add_if(const Fact& other, const Fact& effect) { closure_.add(id_, other, effect); }
  void add(FactKind kind, uint32_t a, uint32_t b = 0) { add(Fact{kind, a, b}); }
  void visit_all(const std::vector<UnitRef>& units) {
    for (const UnitRef unit : units) add(FactKind::kVisit, unit.file, unit.index);
  }
  void reads(uint32_t file, const change::Reads& reads);
  void reads_now(uint32_t file, const change::Reads& reads);
  void import(uint32_t file, const change::ImportRead& read);
  void import_reference(const Snapshot::ResolvedModule& reference);
  void class_head(UnitRef head);
  void inputs_of(const StateWriter& writer);
  void names_of_own_class(UnitRef unit, const StatementUnit& ran);

  const ClosureRules& rules_;
  const Snapshot& snapshot_;
  const WellKnownNames& known_;
  Closure::FactId id_;
  Closure& closure_;
};

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
  reads_now(unit.file, snapshot_.function(unit).reads);
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
  if (names_any(known_.introspection)) add(FactKind::kIntrospects, 0);
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
      return;
    }
  }
  add(made);
}

// An object may have been given another name, or be held by another one, when modules were imported.
void ClosureRules::Expansion::visit_now(UnitRef unit) {
  const StatementUnit& asked = snapshot_.statement(unit);
  if (!snapshot_.is_plain_definition(asked)) reads_now(unit.file, asked.reads);
}

void ClosureRules::Expansion::global_now(uint32_t file, NameId name) {
  add(FactKind::kGlobal, file, name);
  const std::vector<UnitRef>& binders = snapshot_.module_binders(file, name);
  for (const UnitRef binder : binders) add(FactKind::kVisitNow, binder.file, binder.index);
  if (binders.empty() && snapshot_.units(file) != nullptr) {
    for (const StatementUnit& statement : snapshot_.units(file)->statements) {
      for (const auto& [level, module] : statement.stars) {
        const auto reference = snapshot_.resolve(file, level, snapshot_.names().text(module));
        for (const uint32_t target : snapshot_.files_of(reference)) add(FactKind::kGlobalNow, target, name);
      }
    }
  }
  if (const auto writes = rules_.state_by_global_.find({file, name});
      writes != rules_.state_by_global_.end()) {
    for (const uint32_t write : writes->second) add(FactKind::kState, write);
  }
}

void ClosureRules::Expansion::attribute_now(NameId name) {
  add(FactKind::kAttribute, name);
  for (const UnitRef binder : snapshot_.binders(name)) {
    const StatementUnit& statement = snapshot_.statement(binder);
    const Fact asked{FactKind::kVisitNow, binder.file, binder.index};
    UnitRef head;
    if (statement.class_name == change::kNoName)
      add_if({FactKind::kReachable, binder.file}, asked);
    else if (snapshot_.class_head(binder.file, statement.class_name, &head))
      add_if({FactKind::kStatement, head.file, head.index}, asked);
    else
      add_if({FactKind::kLoaded, binder.file}, asked);
  }
  left_state(name);
}

void ClosureRules::Expansion::global(uint32_t file, NameId name) {
  add(FactKind::kNamed, name);
  const std::vector<UnitRef>& binders = snapshot_.module_binders(file, name);
  visit_all(binders);
  if (binders.empty() && snapshot_.units(file) != nullptr) {
    for (const StatementUnit& statement : snapshot_.units(file)->statements) {
      for (const auto& [level, module] : statement.stars) {
        const auto reference = snapshot_.resolve(file, level, snapshot_.names().text(module));
        for (const uint32_t target : snapshot_.files_of(reference)) add(FactKind::kGlobal, target, name);
      }
    }
    // Also where the module has none yet: it may get one.
    if (name != known_.module_getattr) add(FactKind::kGlobal, file, known_.module_getattr);
  }
}

void ClosureRules::Expansion::attribute(NameId name) {
  add(FactKind::kNamed, name);
  for (const UnitRef binder : snapshot_.binders(name)) {
    const StatementUnit& statement = snapshot_.statement(binder);
    const Fact wanted{FactKind::kVisit, binder.file, binder.index};
    UnitRef head;
    if (statement.class_name == change::kNoName)
      add_if({FactKind::kReachable, binder.file}, wanted);
    else if (snapshot_.class_head(binder.file, statement.class_name, &head))
      add_if({FactKind::kStatement, head.file, head.index}, wanted);
    else
      add_if({FactKind::kLoaded, binder.file}, wanted);
  }
  for (const auto& [package, submodule] : snapshot_.submodules_named(name)) {
    add_if({FactKind::kReachable, package}, {FactKind::kReachable, submodule});
    add_if({FactKind::kReachable, package}, {FactKind::kLoaded, submodule});
  }
  if (name == known_.dict) {
    for (uint32_t file = 0; file < snapshot_.file_count(); ++file)
      add_if({FactKind::kReachable, file}, {FactKind::kNamespace, file});
  }
}

// What earlier tests left is reached by the name that holds it, or, in a class, by its attribute.
void ClosureRules::Expansion::left_state(NameId name) {
  if (const auto writes = rules_.state_by_name_.find(name); writes != rules_.state_by_name_.end()) {
    for (const uint32_t write : writes->second)
      add_if({FactKind::kReachable, rules_.state_[write].write->file}, {FactKind::kState, write});
  }
  if (const auto writes = rules_.state_of_classes_.find(name); writes != rules_.state_of_classes_.end()) {
    for (const uint32_t write : writes->second) {
      const UnitRef head = rules_.state_[write].class_head;
      add_if({FactKind::kStatement, head.file, head.index}, {FactKind::kState, write});
    }
  }
}

void ClosureRules::Expansion::loaded(uint32_t file) {
  if (snapshot_.units(file) == nullptr) add(FactKind::kWhole, file);
  for (const uint32_t imported : snapshot_.imports(file)) add(FactKind::kLoaded, imported);
  for (const uint32_t input : snapshot_.file_inputs(file)) add(FactKind::kInput, input);
  for (const auto& [unit, effect] : snapshot_.effects(file)) {
    const Fact made{FactKind::kStatement, unit.file, unit.index};
    if (effect.unknown) {
      add(made);
      continue;
    }
    for (const NameId name : effect.through) add_if({FactKind::kNamed, name}, made);
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

void ClosureRules::Expansion::state(uint32_t index) {
  const StateWriter& writer = rules_.state_[index];
  const StateOrigin& origin = rules_.origin_of(writer.test);
  std::vector<uint32_t> speakers;
  const bool known = origin.holders(*writer.write, &speakers);
  if (known && speakers.empty()) return;
  if (!known) {
    speakers = origin.speakers(*writer.write);
    const std::vector<uint32_t> changers = origin.changers(*writer.write);
    const bool is_bound_anew = writer.write->kind != model::StateKind::kContent;
    if (!is_bound_anew) speakers.insert(speakers.end(), changers.begin(), changers.end());
  }
  if (speakers.empty()) return add(FactKind::kEvidence, static_cast<uint32_t>(writer.test));
  std::vector<uint32_t> makers;
  if (origin.made_below(speakers, &makers)) {
    for (const uint32_t function : makers)
      add(FactKind::kRan, origin.functions()[function].file, origin.functions()[function].index);
    return inputs_of(writer);
  }
  for (const uint32_t function : speakers) add(FactKind::kSupplier, index, function);
  for (const uint32_t method : origin.implicit_methods()) {
    const UnitRef unit = origin.functions()[method];
    UnitRef head;
    const Fact made{FactKind::kOrigin, index, method};
    if (snapshot_.class_head(unit.file, snapshot_.function(unit).class_name, &head))
      add_if({FactKind::kStatement, head.file, head.index}, made);
    else
      add(made);
  }
  inputs_of(writer);
}

// What it made itself is no input of it.
void ClosureRules::Expansion::inputs_of(const StateWriter& writer) {
  for (const uint32_t input : snapshot_.coverage().tests[writer.test].evidence.inputs) {
    if (is_code_input(parse_detail(snapshot_.coverage().inputs[input].detail))) continue;
    const std::vector<uint32_t>& makers = rules_.products_.makers_of(input);
    if (std::find(makers.begin(), makers.end(), writer.test) == makers.end()) add(FactKind::kInput, input);
  }
}

// The value was made below a function that speaks of the place, from what it was given.
void ClosureRules::Expansion::supplier(uint32_t write, uint32_t function) {
  const size_t test = rules_.state_[write].test;
  std::vector<uint32_t> callers;
  if (!rules_.origin_of(test).callers_of(function, &callers))
    return add(FactKind::kEvidence, static_cast<uint32_t>(test));
  add(FactKind::kOrigin, write, function);
  for (const uint32_t caller : callers) add(FactKind::kSupplier, write, caller);
}

void ClosureRules::Expansion::origin(uint32_t write, uint32_t function) {
  const StateOrigin& origin = rules_.origin_of(rules_.state_[write].test);
  const UnitRef unit = origin.functions()[function];
  add(FactKind::kRan, unit.file, unit.index);
  for (const uint32_t called : origin.called_by(function)) add(FactKind::kOrigin, write, called);
}

void ClosureRules::Expansion::imported(uint32_t file) {
  for (const uint32_t other : snapshot_.imports(file)) add(FactKind::kImported, other);
  if (snapshot_.units(file) == nullptr) return;
  const auto count = static_cast<uint32_t>(snapshot_.units(file)->statements.size());
  for (uint32_t i = 0; i < count; ++i) {
    const ImportBag* bag = snapshot_.bag({file, i});
    if (bag == nullptr) continue;
    for (const UnitRef function : bag->functions) add(FactKind::kRanAtImport, function.file, function.index);
    for (const uint32_t other : bag->files) add(FactKind::kImported, other);
  }
}

const StateOrigin& ClosureRules::origin_of(size_t test) const {
  std::unique_ptr<StateOrigin>& origin = origins_[test];
  if (origin == nullptr)
    origin = std::make_unique<StateOrigin>(snapshot_, snapshot_.coverage().tests[test].evidence);
  return *origin;
}

ClosureRules::ClosureRules(const Snapshot& snapshot, const SessionProducts& products)
    : snapshot_(snapshot), products_(products) {
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
      return expansion.supplier(fact.a, fact.b);
    case FactKind::kOrigin:
      return expansion.origin(fact.a, fact.b);
    case FactKind::kImported:
      return expansion.imported(fact.a);
    case FactKind::kEvidence:
      return facts_of(snapshot_.coverage().tests[fact.a].evidence, Of::kTests,
                      [&](const Fact& consequence) { closure->add(id, consequence); });
    default:
      return;
  }
}

void ClosureRules::facts_of(const Evidence& evidence, Of what, const Add& add) const {
  const FactKind function = what == Of::kTests ? FactKind::kRan : FactKind::kFunction;
  const FactKind attribute = what == Of::kTests ? FactKind::kAttributeNow : FactKind::kAttribute;
  const SessionCoverage& coverage = snapshot_.coverage();
  for (const uint32_t each : evidence.units) {
    const UnitPlace place = snapshot_.place_of(each);
    switch (place.kind) {
      case UnitPlace::Kind::kFunction:
        add({function, place.unit.file, place.unit.index});
        break;
      case UnitPlace::Kind::kStatement:
        add({FactKind::kStatement, place.unit.file, place.unit.index});
        break;
      case UnitPlace::Kind::kFile:
        add({FactKind::kWhole, place.unit.file});
        break;
      case UnitPlace::Kind::kNone:
        add({FactKind::kLoaded, coverage.units[each].file});
        break;
    }
  }
  for (const uint32_t each : evidence.names) {
    const NameId name = snapshot_.names().id_of(coverage.names[each].name);
    if (coverage.names[each].kind == NameKind::kLookedUp && snapshot_.known().of_wrappers.contains(name))
      continue;
    add({attribute, name});
    if (coverage.names[each].kind == NameKind::kCompiled) add({FactKind::kDynamicName, name});
  }
  // Whoever gets at a module that was imported for somebody else first says so by an import of his own.
  for (const uint32_t each : evidence.statements) {
    add({FactKind::kLoaded, coverage.statements[each].file});
    for (const uint32_t file : coverage.statements[each].imports) add({FactKind::kLoaded, file});
  }
  for (const uint32_t each : evidence.inputs) {
    const Input& input = coverage.inputs[each];
    const InputDetail detail = parse_detail(input.detail);
    uint32_t file = 0;
    if (input.kind == InputKind::kImport) {
      add({FactKind::kImport, snapshot_.names().id_of(input.subject)});
      if (snapshot_.find_file(detail.location, &file)) {
        add({FactKind::kLoaded, file});
        add({FactKind::kReachable, file});
      }
    }
    if (detail.word == "script" && snapshot_.find_file(input.subject, &file)) add({FactKind::kWhole, file});
    if (detail.word == "whole" && snapshot_.find_file(input.subject, &file))
      add({FactKind::kNamespace, file});
    // What was read at import belongs to the statement, whoever triggered it.
    if (!is_code_input(detail)) add({FactKind::kInput, each});
  }
}

TestPlace ClosureRules::place_of(const std::string& test_id, const Evidence& evidence) const {
  const SessionCoverage& coverage = snapshot_.coverage();
  TestPlace place;
  const size_t end = test_id.find("::");
  const std::string relative = test_id.substr(0, end);
  place.file = relative.starts_with('/') ? relative : coverage.description.root + "/" + relative;
  if (end != std::string::npos) {
    const std::string_view rest(test_id);
    split(rest.substr(end + 2, rest.find('[', end) - end - 2), ':', &place.names);
  }
  const auto take = [&](uint32_t each) {
    const Input& input = coverage.inputs[each];
    if (input.kind != InputKind::kOption) return;
    if (input.subject == "fixtures") split(input.detail, ' ', &place.fixtures);
    if (input.subject == "doctest") place.docs_of.push_back(input.detail);
    if (input.subject == "plugin modules") split(input.detail, '\n', &place.conftests);
    if (input.detail == "conftest" && input.state == collector::InputState::kPresent)
      place.conftests.push_back(input.subject);
  };
  std::for_each(evidence.inputs.begin(), evidence.inputs.end(), take);
  std::for_each(coverage.session.inputs.begin(), coverage.session.inputs.end(), take);
  return place;
}

void ClosureRules::facts_of(const TestPlace& place, const Add& add) const {
  const WellKnownNames& known = snapshot_.known();
  NameTable& names = snapshot_.names();
  const auto looks_up = [&](uint32_t file) {
    add({FactKind::kLoaded, file});
    for (const NameId name : known.of_test_modules) add({FactKind::kGlobalNow, file, name});
    for (const std::string& name : place.fixtures) add({FactKind::kGlobalNow, file, names.id_of(name)});
  };
  uint32_t file = 0;
  if (snapshot_.find_file(place.file, &file)) {
    looks_up(file);
    std::string class_name;
    for (const std::string& name : place.names) {
      add({FactKind::kGlobalNow, file, names.id_of(name)});
      add({FactKind::kAttributeNow, names.id_of(name)});
      class_name += (class_name.empty() ? "" : ".") + name;
      UnitRef head;
      if (!snapshot_.class_head(file, names.id_of(class_name), &head)) continue;
      add({FactKind::kVisit, head.file, head.index});
      for (const UnitRef member : snapshot_.class_members(head)) {
        if (snapshot_.statement(member).kind != change::StatementKind::kMethod)
          add({FactKind::kVisit, member.file, member.index});
      }
      // Fixtures and set-up methods are found by name.
      for (const NameId looked_up : known.of_test_classes) add({FactKind::kAttributeNow, looked_up});
      for (const std::string& fixture : place.fixtures) add({FactKind::kAttributeNow, names.id_of(fixture)});
    }
  }
  for (const std::string& conftest : place.conftests) {
    if (!snapshot_.find_file(conftest, &file)) continue;
    // Fixtures are for the tests below the conftest's folder, hooks may be for all.
    const bool elsewhere = conftest.ends_with("/conftest.py") &&
                           !place.file.starts_with(conftest.substr(0, conftest.rfind('/') + 1));
    if (!elsewhere) looks_up(file);
    if (snapshot_.units(file) == nullptr) continue;
    const auto& statements = snapshot_.units(file)->statements;
    for (uint32_t i = 0; i < statements.size(); ++i) {
      if (statements[i].is_hook || (statements[i].autouse && !elsewhere)) add({FactKind::kVisit, file, i});
    }
  }
  for (const std::string& documented : place.docs_of) {
    if (snapshot_.find_file(documented, &file)) add({FactKind::kWhole, file});
  }
}

void ClosureRules::index_state() {
  const SessionCoverage& coverage = snapshot_.coverage();
  NameTable& names = snapshot_.names();
  is_late_.resize(snapshot_.file_count());
  for (size_t test = 0; test < coverage.tests.size(); ++test) {
    for (const uint32_t each : coverage.tests[test].evidence.statements)
      is_late_[coverage.statements[each].file] = true;
    for (const collector::StateWrite& write : coverage.tests[test].evidence.state_writes) {
      const auto index = static_cast<uint32_t>(state_.size());
      state_.push_back({test, &write, {}});
      state_by_file_[write.file].push_back(index);
      UnitRef& head = state_.back().class_head;
      const bool of_class =
          !write.attribute.empty() && snapshot_.class_head(write.file, names.id_of(write.name), &head);
      if (of_class) {
        for (const NameId name :
             {names.id_of(std::string(first_part(write.attribute))), snapshot_.known().dict})
          state_of_classes_[name].push_back(index);
        continue;
      }
      const NameId root = names.id_of(std::string(first_part(write.name)));
      state_by_global_[{write.file, root}].push_back(index);
      state_by_name_[root].push_back(index);
    }
  }
}

}  // namespace alibi::select
