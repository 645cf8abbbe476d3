#include "collector/select/confinement.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "collector/select/dotted_name.h"

namespace alibi::select {
namespace {

// What they return is copied, or given to an object whose attributes have the same names.
bool is_for_pickling(std::string_view name) {
  return name == "__getstate__" || name == "__reduce__" || name == "__reduce_ex__" ||
         name == "__getnewargs__" || name == "__getnewargs_ex__";
}

}  // namespace

Confinement::Confinement(const Snapshot& snapshot) : snapshot_(snapshot) {
  NameTable& names = snapshot.names();
  const SessionCoverage& coverage = snapshot.coverage();
  for (uint32_t file = 0; file < snapshot.file_count(); ++file) {
    if (snapshot.units(file) == nullptr) continue;
    for (const StatementUnit& statement : snapshot.units(file)->statements) {
      change::Exposures exposures = statement.exposures;
      std::erase_if(exposures.names, [&](NameId name) { return makes_instance(statement, name); });
      take(file, statement.reads, exposures);
      for (const NameId name : statement.binds) spells(statement.class_name, name);
    }
    for (const FunctionUnit& function : snapshot.units(file)->functions) {
      for (const NameId name : function.reads.attributes) spells(function.class_name, name);
    }
  }
  for (uint32_t each = 0; each < coverage.units.size(); ++each) {
    const UnitPlace place = snapshot.place_of(each);
    if (place.kind == UnitPlace::Kind::kFunction) {
      const FunctionUnit& ran = snapshot.function(place.unit);
      if (!is_for_pickling(names.text(ran.last_name))) take(place.unit.file, ran.reads, ran.exposures);
      const auto is_method = [&](NameId name) { return !snapshot.functions_called(name).empty(); };
      const Names& loads = ran.exposures.self_loads;
      if (ran.class_name != change::kNoName &&
          (ran.exposures.self || std::any_of(loads.begin(), loads.end(), is_method)))
        letting_self_out_.insert(last_name_of(ran.class_name));
    } else if (place.kind == UnitPlace::Kind::kFile) {
      for (const uint32_t name : coverage.units[each].names)
        exposed_.insert(names.id_of(coverage.names[name].name));
    }
  }
  // Names given or made at run time.
  for (const collector::NameReference& name : coverage.names) {
    if (name.kind == collector::NameKind::kLookedUp || name.kind == collector::NameKind::kCompiled)
      exposed_.insert(names.id_of(name.name));
  }
}

void Confinement::take(uint32_t file, const change::Reads& reads, const change::Exposures& exposures) {
  exposed_.insert(exposures.names.begin(), exposures.names.end());
  exposed_.insert(reads.dotted.begin(), reads.dotted.end());
  for (const auto& [name, other] : exposures.aliases) {
    aliases_[name].push_back(other);
    aliases_[other].push_back(name);
  }
  // What a library has can be changed by the library.
  for (const change::ImportRead& read : reads.imports) {
    const std::string& module = snapshot_.names().text(read.module);
    if (read.names.empty() || !snapshot_.files_of(snapshot_.resolve(file, read.level, module)).empty())
      continue;
    exposed_.insert(read.names.begin(), read.names.end());
  }
}

void Confinement::spells(NameId class_name, NameId attribute) {
  if (class_name == change::kNoName) return;
  classes_spelling_[attribute].insert(last_name_of(class_name));
}

NameId Confinement::last_name_of(NameId qualified) const {
  return snapshot_.names().id_of(std::string(last_part(snapshot_.names().text(qualified))));
}

// `cache = LRUCache(50)`
bool Confinement::makes_instance(const StatementUnit& statement, NameId variable) const {
  const Names& reads = statement.reads.globals;
  return statement.kind == change::StatementKind::kAssign && statement.binds.size() <= 2 &&
         std::find(statement.binds.begin(), statement.binds.end(), variable) != statement.binds.end() &&
         std::find(reads.begin(), reads.end(), variable) == reads.end() && statement.calls.size() == 1 &&
         snapshot_.is_class_name(statement.calls.front());
}

NameSet Confinement::classes_of(uint32_t file, NameId variable) const {
  const std::vector<UnitRef>& binders = snapshot_.module_binders(file, variable);
  if (binders.size() != 1 || names_of(variable).size() != 1) return {};
  const StatementUnit& made = snapshot_.statement(binders.front());
  if (!makes_instance(made, variable)) return {};
  NameSet classes = {made.calls.front()};
  for (bool grew = true; std::exchange(grew, false);) {
    for (const UnitRef head : snapshot_.class_heads()) {
      const StatementUnit& each = snapshot_.statement(head);
      if (!classes.contains(last_name_of(each.head))) continue;
      for (const NameId base : each.bases) grew = classes.insert(base).second || grew;
    }
  }
  const bool lets_out = std::any_of(classes.begin(), classes.end(),
                                    [&](NameId name) { return letting_self_out_.contains(name); });
  return lets_out ? NameSet() : classes;
}

bool Confinement::may_have(const NameSet& classes, NameId attribute) const {
  if (classes.empty()) return false;
  const auto spelling = classes_spelling_.find(attribute);
  if (spelling == classes_spelling_.end()) return true;  // somebody else gave them one
  NameSet family = classes;
  for (bool grew = true; std::exchange(grew, false);) {
    for (const UnitRef head : snapshot_.class_heads()) {
      const StatementUnit& made = snapshot_.statement(head);
      const NameId own = last_name_of(made.head);
      const bool known =
          family.contains(own) || std::any_of(made.bases.begin(), made.bases.end(),
                                              [&](NameId base) { return family.contains(base); });
      if (!known) continue;
      grew = family.insert(own).second || grew;
      for (const NameId base : made.bases) grew = family.insert(base).second || grew;
    }
  }
  return std::any_of(family.begin(), family.end(),
                     [&](NameId name) { return spelling->second.contains(name); });
}

Names Confinement::names_of(NameId name) const {
  Names family = {name};
  for (size_t i = 0; i < family.size(); ++i) {
    if (exposed_.contains(family[i])) return {};
    const auto more = aliases_.find(family[i]);
    if (more == aliases_.end()) continue;
    for (const NameId other : more->second) {
      if (std::find(family.begin(), family.end(), other) == family.end()) family.push_back(other);
    }
  }
  return family;
}

}  // namespace alibi::select
