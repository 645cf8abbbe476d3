#include "collector/select/decision.h"

#include <algorithm>

#include "collector/select/decision_meeting.h"

namespace alibi::select {
namespace {

using change::FileChange;
using change::UnitsDifference;

// Is everything that it imports there, as far as the recorded sources tell?
bool imports_well(const Snapshot& snapshot, uint32_t file, const StatementUnit& statement) {
  if (!statement.stars.empty()) return false;
  for (const change::ImportRead& read : statement.reads.imports) {
    const std::string& module = snapshot.names().text(read.module);
    const std::vector<uint32_t> targets = snapshot.files_of(snapshot.resolve(file, read.level, module));
    if (targets.empty() && !(read.level == 0 && snapshot.is_library_module(module))) return false;
    for (const NameId name : read.names) {
      const auto has = [&](uint32_t target) {
        return !snapshot.module_binders(target, name).empty() || !snapshot.submodules(target, name).empty();
      };
      if (!targets.empty() && std::none_of(targets.begin(), targets.end(), has)) return false;
    }
  }
  return true;
}

// May making it fail, at import? Of definitions only what they evaluate and did not before (`known`) can.
bool can_fail(const Snapshot& snapshot, uint32_t file, const StatementUnit& made, const NameSet& known) {
  using Kind = change::StatementKind;
  if (made.kind == Kind::kImport) return !imports_well(snapshot, file, made);
  UnitRef head;
  const bool of_special = made.class_name != change::kNoName &&
                          snapshot.class_head(file, made.class_name, &head) && snapshot.is_special(head);
  if (made.kind == Kind::kOther || made.kind == Kind::kClass || !made.calls.empty() || of_special)
    return true;
  const auto is_new = [&](NameId name) { return !made.is_definition() || !known.contains(name); };
  return std::any_of(made.reads.globals.begin(), made.reads.globals.end(), is_new) ||
         std::any_of(made.reads.attributes.begin(), made.reads.attributes.end(), is_new) ||
         std::any_of(made.reads.dotted.begin(), made.reads.dotted.end(), is_new);
}

// May importing the file, or what imports it, fail since? Where names are bound no more, and by what is new
// but an import that is known to work or something that needs nothing else.
bool can_fail_now(const Snapshot& snapshot, const FileChange& change) {
  const UnitsDifference& difference = change.difference;
  if (change.now == nullptr) return true;
  std::vector<NameId> bound;
  for (const StatementUnit& statement : change.now->statements) {
    if (statement.kind == change::StatementKind::kOther) continue;  // perhaps it deletes them
    bound.insert(bound.end(), statement.binds.begin(), statement.binds.end());
  }
  std::sort(bound.begin(), bound.end());
  const auto is_gone = [&](uint32_t index) {
    const StatementUnit& statement = change.before->statements[index];
    const auto lacks = [&](NameId name) { return !std::binary_search(bound.begin(), bound.end(), name); };
    return !statement.stars.empty() || std::any_of(statement.binds.begin(), statement.binds.end(), lacks);
  };
  NameSet known;
  for (const uint32_t index : difference.old_statements) {
    const change::Reads& reads = change.before->statements[index].reads;
    for (const Names* names : {&reads.globals, &reads.attributes, &reads.dotted})
      known.insert(names->begin(), names->end());
  }
  const auto acts = [&](uint32_t index) {
    return can_fail(snapshot, change.file, change.now->statements[index], known);
  };
  return std::any_of(difference.old_statements.begin(), difference.old_statements.end(), is_gone) ||
         std::any_of(difference.new_statements.begin(), difference.new_statements.end(), acts);
}

}  // namespace

void Decision::Meeting::meet(const TestSet& tests, Reason reason) {
  const TestSet met = tests & open_;
  if (met.empty()) return;
  for (size_t i = 0; i < reasons_.size(); ++i) {
    if (met.has(i)) reasons_[i] = reason;
  }
  open_ = open_.without(met);
}

TestSet Decision::Meeting::with_any_named(const NameSet& names) const {
  TestSet tests;
  for (const NameId name : names) tests.merge(with(FactKind::kNamed, name));
  return tests;
}

void Decision::Meeting::everything(const std::string& why) {
  meet(open_, {ReasonKind::kEverything, {}, 0, {}, why, {}});
}

void Decision::Meeting::input(const change::InputChange& change) {
  const collector::Input& input = snapshot_.coverage().inputs[change.input];
  meet(with(FactKind::kInput, change.input), {change.watched ? ReasonKind::kInput : ReasonKind::kUnwatched,
                                              {},
                                              0,
                                              input.subject,
                                              change.why,
                                              {FactKind::kInput, change.input}});
}

void Decision::Meeting::import(const change::ImportChange& change) {
  NameId name = change::kNoName;
  if (!snapshot_.names().find(change.module, &name)) return;
  const Fact fact{change.relative ? FactKind::kStem : FactKind::kImport, name};
  meet(closure_.tests(fact), {ReasonKind::kImport, {}, 0, change.module, change.why, fact});
}

void Decision::Meeting::package(const change::PackageChange& change) {
  for (const std::string& module : change.modules) {
    NameId name = change::kNoName;
    if (!snapshot_.names().find(module, &name)) continue;
    const Fact fact{FactKind::kImport, name};
    meet(closure_.tests(fact), {ReasonKind::kPackage, {}, 0, change.distribution, change.why, fact});
  }
}

void Decision::Meeting::file(const FileChange& change, change::Mode mode) {
  const TestSet loaded = with(FactKind::kLoaded, change.file) | with(FactKind::kImported, change.file);
  if (change.difference.whole || change.before == nullptr) {
    meet(loaded, reason(ReasonKind::kFile, change, 0, {}, change.why, {FactKind::kLoaded, change.file}));
    return;
  }
  if (mode == change::Mode::kStrict)
    meet(loaded, reason(ReasonKind::kFile, change, 0, {}, "it is loaded and not the same",
                        {FactKind::kLoaded, change.file}));
  imports(change);
  if (mode == change::Mode::kFast) return functions(change);
  if (!change.difference.empty()) {
    meet(with(FactKind::kWhole, change.file),
         reason(ReasonKind::kFile, change, 0, {}, "used as a whole", {FactKind::kWhole, change.file}));
  }
  functions(change);
  signatures(change);
  statements(change);
  texts(change);
}

// What can no longer be imported fails where tests are collected.
void Decision::Meeting::imports(const FileChange& change) {
  const UnitsDifference& difference = change.difference;
  const Fact in_file{FactKind::kImported, change.file};
  if (!difference.old_statements.empty() || !difference.new_statements.empty())
    meet(closure_.tests(in_file),
         reason(ReasonKind::kFile, change, 0, {}, "its import-time code has changed", in_file));
  const Fact by_function{FactKind::kImportedNow, change.file};
  if (can_fail_now(snapshot_, change))
    meet(closure_.tests(by_function), reason(ReasonKind::kFile, change, 0, {},
                                             "a function imports it, and that may fail now", by_function));
  for (const uint32_t index : difference.functions) {
    const Fact fact{FactKind::kRanAtImport, change.file, index};
    meet(closure_.tests(fact), reason(ReasonKind::kFunction, change, change.before->functions[index].line,
                                      snapshot_.names().text(change.before->functions[index].name),
                                      "it ran at import and has another meaning now", fact));
  }
}

void Decision::Meeting::functions(const FileChange& change) {
  const UnitsDifference& difference = change.difference;
  for (const uint32_t index : difference.functions) {
    const FunctionUnit& function = change.before->functions[index];
    const Fact fact{FactKind::kFunction, change.file, index};
    meet(closure_.tests(fact),
         reason(ReasonKind::kFunction, change, function.line, snapshot_.names().text(function.name),
                "it ran and has another meaning now", fact));
  }
  const TestSet lookers = with_any_named(known_.positions);
  if (lookers.empty()) return;
  for (const uint32_t index : difference.positions) {
    const FunctionUnit& function = change.before->functions[index];
    const Fact fact{FactKind::kFunction, change.file, index};
    meet(closure_.tests(fact) & lookers,
         reason(ReasonKind::kPosition, change, function.line, snapshot_.names().text(function.name),
                "it ran and stands on other lines, and code that looks at lines ran", fact));
  }
}

// A call that fails before the body runs leaves no trace of the body; a generator that is never started
// neither.
void Decision::Meeting::signatures(const FileChange& change) {
  for (const uint32_t index : change.difference.signatures) {
    const FunctionUnit& function = change.before->functions[index];
    for (const UnitRef unit : snapshot_.definitions_of({change.file, index})) {
      const StatementUnit& definition = snapshot_.statement(unit);
      if (!definition.is_definition()) continue;
      for (const NameId name : definition.binds) {
        Fact fact;
        const TestSet reading = readers(change.file, definition, name, &fact);
        const TestSet noticing = function.lazy ? reading : reading & with(FactKind::kCatches);
        meet(noticing, reason(ReasonKind::kDefinition, change, function.line,
                              snapshot_.names().text(function.name), "its signature is another one", fact));
      }
    }
  }
}

void Decision::Meeting::texts(const FileChange& change) {
  const TestSet& loaded = with(FactKind::kLoaded, change.file);
  const auto lookers = [&](const NameSet& names, ReasonKind kind, const char* why) {
    for (const NameId name : names) {
      const Fact fact{FactKind::kNamed, name};
      meet(loaded & closure_.tests(fact), reason(kind, change, 0, snapshot_.names().text(name), why, fact));
    }
  };
  if (change.difference.docs)
    lookers(known_.documentation, ReasonKind::kDocumentation, "docstrings are read, and one has changed");
  if (change.difference.annotations)
    lookers(known_.introspection, ReasonKind::kAnnotation, "annotations are looked at, and one has changed");
}

Decision::Decision(const Snapshot& snapshot, const change::ProjectChange& change, change::Mode mode)
    : snapshot_(snapshot), change_(change), mode_(mode) {}

std::vector<Reason> Decision::reasons(const FactTests& closure, size_t tests) const {
  Meeting meeting(snapshot_, closure, tests);
  for (const std::string& why : change_.everything) meeting.everything(why);
  for (const change::FileChange& file : change_.files) meeting.file(file, mode_);
  for (const change::InputChange& input : change_.inputs) meeting.input(input);
  for (const change::ImportChange& import : change_.imports) meeting.import(import);
  for (const change::PackageChange& package : change_.packages) meeting.package(package);
  return meeting.take();
}

}  // namespace alibi::select
