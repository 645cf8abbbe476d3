#include "collector/select/failing_imports.h"

#include <algorithm>

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
  if (made.kind == Kind::kOther || made.kind == Kind::kClass || made.may_raise || !made.calls.empty() ||
      of_special)
    return true;
  const auto is_new = [&](NameId name) { return !made.is_definition() || !known.contains(name); };
  return std::any_of(made.reads.globals.begin(), made.reads.globals.end(), is_new) ||
         std::any_of(made.reads.attributes.begin(), made.reads.attributes.end(), is_new) ||
         std::any_of(made.reads.dotted.begin(), made.reads.dotted.end(), is_new);
}

}  // namespace

FailingImports::FailingImports(const Snapshot& snapshot, const change::ProjectChange& change)
    : snapshot_(snapshot) {
  for (const FileChange& file : change.files) {
    if (file.difference.whole || file.now == nullptr) whole_files_.insert(file.file);
    for (const uint32_t index : file.difference.old_statements) changed_.insert({file.file, index});
  }
}

bool FailingImports::annotations_may_fail(const FileChange& change) {
  const auto may_raise = [](const StatementUnit& statement) { return statement.annotations_may_raise; };
  return change.difference.annotations && change.now != nullptr &&
         std::any_of(change.now->statements.begin(), change.now->statements.end(), may_raise);
}

bool FailingImports::may_fail(const FileChange& change) const {
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
    return can_fail(snapshot_, change.file, change.now->statements[index], known);
  };
  return annotations_may_fail(change) ||
         std::any_of(difference.old_statements.begin(), difference.old_statements.end(), is_gone) ||
         std::any_of(difference.new_statements.begin(), difference.new_statements.end(), acts);
}

absl::flat_hash_set<uint32_t> FailingImports::imported_by(uint32_t file) const {
  std::vector<uint32_t> below = {file};
  absl::flat_hash_set<uint32_t> known;
  for (size_t i = 0; i < below.size(); ++i) {
    for (const uint32_t imported : snapshot_.imports(below[i])) {
      if (known.insert(imported).second) below.push_back(imported);
    }
  }
  return known;
}

// By import statements that always run, and that the change left alone. Where an import was tried elsewhere
// before, under a `try` perhaps, what it brought in may stay although it failed: nobody knows. Collection
// goes on after an import that failed, too: what was loaded on the way there, in a circle, stays.
std::vector<uint32_t> FailingImports::sunk_with(uint32_t file) const {
  std::vector<uint32_t> sunk = {file};
  if (snapshot_.is_tried(file)) return {};
  absl::flat_hash_set<uint32_t> known = {file};
  for (size_t i = 0; i < sunk.size(); ++i) {
    const std::vector<UnitRef>& imports = snapshot_.plain_imports_of(sunk[i]);
    if (imports.empty()) continue;
    const absl::flat_hash_set<uint32_t> below = imported_by(sunk[i]);
    for (const UnitRef import : imports) {
      if (changed_.contains(import) || whole_files_.contains(import.file) || below.contains(import.file))
        continue;
      if (known.insert(import.file).second) sunk.push_back(import.file);
    }
  }
  return sunk;
}

}  // namespace alibi::select
