#include "collector/select/decision.h"

#include <algorithm>

#include "collector/select/decision_meeting.h"

namespace alibi::select {

using change::FileChange;
using change::UnitsDifference;

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

// What can no longer be imported fails where tests are collected; in the middle of a test only where its own
// file can still be.
void Decision::Meeting::imports(const FileChange& change) {
  const UnitsDifference& difference = change.difference;
  const Fact in_file{FactKind::kImported, change.file};
  if (!difference.old_statements.empty() || !difference.new_statements.empty() ||
      FailingImports::annotations_may_fail(change))
    meet(closure_.tests(in_file),
         reason(ReasonKind::kFile, change, 0, {}, "its import-time code has changed", in_file));
  if (imports_.may_fail(change))
    meet(importing_now(change.file),
         reason(ReasonKind::kFile, change, 0, {}, "a function imports it, and that may fail now",
                {FactKind::kImportedNow, change.file}));
  for (const uint32_t index : difference.functions) {
    const FunctionUnit& function = change.before->functions[index];
    for (const uint32_t file : snapshot_.imports_running({change.file, index}))
      meet(with(FactKind::kImported, file) | importing_now(file),
           reason(ReasonKind::kFunction, change, function.line, snapshot_.names().text(function.name),
                  "it ran at import and has another meaning now", {FactKind::kImportedNow, file}));
  }
}

TestSet Decision::Meeting::importing_now(uint32_t file) const {
  TestSet tests = with(FactKind::kImportedNow, file);
  if (tests.empty()) return with(FactKind::kImportedAnew, file);
  for (const uint32_t other : imports_.sunk_with(file))
    tests = tests.without(with(FactKind::kStandsIn, other));
  return tests | with(FactKind::kImportedAnew, file);
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
    : snapshot_(snapshot), change_(change), mode_(mode), imports_(snapshot, change) {}

std::vector<Reason> Decision::reasons(const FactTests& closure, size_t tests) const {
  Meeting meeting(snapshot_, imports_, closure, tests);
  for (const std::string& why : change_.everything) meeting.everything(why);
  for (const change::FileChange& file : change_.files) meeting.file(file, mode_);
  for (const change::InputChange& input : change_.inputs) meeting.input(input);
  for (const change::ImportChange& import : change_.imports) meeting.import(import);
  for (const change::PackageChange& package : change_.packages) meeting.package(package);
  for (const change::NewSource& source : change_.sources) meeting.source(source);
  return meeting.take();
}

}  // namespace alibi::select
