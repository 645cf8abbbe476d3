#include "collector/select/spelled_names.h"

#include <algorithm>
#include <utility>

namespace alibi::select {

const Names& SpelledNames::spelled_by(UnitRef function) {
  const auto [place, is_new] = spelled_.try_emplace(function);
  if (is_new) place->second = std::make_unique<Names>(find_spelled(function));
  return *place->second;
}

const NameSet& SpelledNames::callees_of(UnitRef function) {
  const auto [place, is_new] = callees_.try_emplace(function);
  if (is_new) place->second = std::make_unique<NameSet>(find_callees(function));
  return *place->second;
}

Names SpelledNames::find_spelled(UnitRef unit) const {
  const change::Reads& reads = snapshot_.function(unit).reads;
  Names names = reads.globals;
  for (const Names& more : {reads.attributes, reads.stores, reads.dotted})
    names.insert(names.end(), more.begin(), more.end());
  for (const change::ImportRead& read : reads.imports)
    names.insert(names.end(), read.names.begin(), read.names.end());
  // Through an alias or a table: what a spelled variable was made from.
  NameSet known(names.begin(), names.end());
  for (size_t i = 0; i < names.size(); ++i) {
    for (const UnitRef binder : snapshot_.binders(names[i])) {
      const StatementUnit& made = snapshot_.statement(binder);
      if (made.kind != change::StatementKind::kAssign && made.kind != change::StatementKind::kMember)
        continue;
      for (const Names* read : {&made.reads.globals, &made.reads.attributes}) {
        for (const NameId name : *read) {
          if (known.insert(name).second) names.push_back(name);
        }
      }
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

NameSet SpelledNames::find_callees(UnitRef unit) const {
  NameSet callees, attributes;
  absl::flat_hash_set<std::pair<uint32_t, NameId>> globals;
  std::vector<std::pair<uint32_t, NameId>> open;
  const auto read = [&](uint32_t file, const change::Reads& reads) {
    for (const NameId name : reads.globals) {
      if (globals.emplace(file, name).second) open.emplace_back(file, name);
    }
    for (const Names* names : {&reads.attributes, &reads.dotted}) {
      for (const NameId name : *names) {
        if (!attributes.insert(name).second) continue;
        callees.insert(name);
        open.emplace_back(UINT32_MAX, name);
      }
    }
    for (const change::ImportRead& imported : reads.imports)
      callees.insert(imported.names.begin(), imported.names.end());
  };
  read(unit.file, snapshot_.function(unit).reads);
  while (!open.empty()) {
    const auto [file, name] = open.back();
    open.pop_back();
    const bool is_attribute = file == UINT32_MAX;
    const std::vector<UnitRef>& binders =
        is_attribute ? snapshot_.binders(name) : snapshot_.module_binders(file, name);
    if (binders.empty()) callees.insert(name);
    for (const UnitRef binder : binders) {
      const StatementUnit& made = snapshot_.statement(binder);
      const bool is_itself = made.is_definition() || made.head != change::kNoName;
      if (is_itself || made.kind != change::StatementKind::kAssign) callees.insert(name);
      if (!is_itself) read(binder.file, made.reads);
    }
  }
  return callees;
}

}  // namespace alibi::select
