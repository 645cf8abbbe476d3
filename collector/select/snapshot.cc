#include "collector/select/snapshot.h"

#include <algorithm>
#include <utility>

#include "collector/select/dotted_name.h"
#include "collector/select/found_or.h"

namespace alibi::select {
namespace {

const std::vector<UnitRef> kNoUnits;

// "_C__x" for "__x" in class C, as the compiler stores private names.
std::string mangled(std::string_view class_name, std::string_view name) {
  std::string_view plain = last_part(class_name);
  while (!plain.empty() && plain.front() == '_') plain.remove_prefix(1);
  std::string text = "_";
  text.append(plain).append(name);
  return text;
}

}  // namespace

Snapshot::Snapshot(const SessionCoverage& coverage, std::vector<std::shared_ptr<const FileUnits>> units,
                   NameTable* names)
    : coverage_(coverage),
      units_(std::move(units)),
      names_(*names),
      known_(names, language_of(coverage.description.interpreter)) {
  units_.resize(coverage.files.size());
  usable_.resize(units_.size());
  effects_.resize(units_.size());
  imports_.resize(units_.size());
  starred_by_.resize(units_.size());
  plain_imports_.resize(units_.size());
  tried_.resize(units_.size());
  by_line_.resize(units_.size());
  functions_at_line_.resize(units_.size());
  file_inputs_.resize(units_.size());
  for (uint32_t file = 0; file < units_.size(); ++file) {
    usable_[file] = units_[file] != nullptr && units_[file]->parsed();
    file_by_path_.emplace(coverage.files[file].path, file);
    if (usable_[file]) index_units(file);
  }
  for (uint32_t file = 0; file < file_count(); ++file) {
    if (usable_[file]) link_definitions(file);
  }
  link_classes();
  place_units();
  index_modules();
  fill_bags();
  link_imports();
  find_effects();
}

bool Snapshot::find_file(std::string_view path, uint32_t* file) const {
  const auto found = file_by_path_.find(path);
  if (found == file_by_path_.end()) return false;
  *file = found->second;
  return true;
}

void Snapshot::index_units(uint32_t file) {
  const FileUnits& units = *units_[file];
  for (uint32_t i = 0; i < units.functions.size(); ++i) {
    const FunctionUnit& function = units.functions[i];
    functions_by_name_[{file, function.name}].push_back({file, i});
    functions_by_last_name_[function.last_name].push_back({file, i});
    // What a factory returns, and whoever calls the result runs: "register()".
    const std::string_view qualified = names_.text(function.name);
    if (const size_t inner = qualified.rfind(".<locals>."); inner != std::string_view::npos)
      functions_by_last_name_[names_.id_of(std::string(last_part(qualified.substr(0, inner))) + "()")]
          .push_back({file, i});
    // Calling a class runs its constructor.
    if (function.class_name != change::kNoName && known_.constructors.contains(function.last_name))
      functions_by_last_name_[names_.id_of(std::string(last_part(names_.text(function.class_name))))]
          .push_back({file, i});
  }
  for (uint32_t i = 0; i < units.statements.size(); ++i) {
    const StatementUnit& statement = units.statements[i];
    const UnitRef unit{file, i};
    for (const NameId name : statement.binds) {
      binders_[name].push_back(unit);
      if (statement.class_name == change::kNoName) module_binders_[{file, name}].push_back(unit);
    }
    if (statement.head != change::kNoName) {
      head_by_class_.emplace(FileAndName(file, statement.head), unit);
      class_heads_.push_back(unit);
      class_names_.insert(names_.id_of(std::string(last_part(names_.text(statement.head)))));
    }
    const bool abstract = std::any_of(statement.decorators.begin(), statement.decorators.end(),
                                      [&](NameId name) { return known_.abstract_decorators.contains(name); });
    if (abstract) abstract_.insert(statement.binds.begin(), statement.binds.end());
  }
}

void Snapshot::link_definitions(uint32_t file) {
  const FileUnits& units = *units_[file];
  std::vector<LineEntry>& lines = by_line_[file];
  for (uint32_t i = 0; i < units.statements.size(); ++i) lines.push_back({units.statements[i].line, 0, i});
  std::stable_sort(lines.begin(), lines.end(),
                   [](const LineEntry& one, const LineEntry& other) { return one.line < other.line; });
  uint32_t furthest = 0;
  for (LineEntry& entry : lines) {
    furthest = std::max(furthest, units.statements[entry.statement].end);
    entry.furthest_end = furthest;
  }
  for (uint32_t i = 0; i < units.functions.size(); ++i) {
    functions_at_line_[file][units.functions[i].line].push_back(i);
    definitions_[{file, i}] = statements_at(file, units.functions[i].line);
  }
  for (uint32_t i = 0; i < units.statements.size(); ++i) {
    const StatementUnit& statement = units.statements[i];
    UnitRef head;
    if (statement.class_name != change::kNoName && class_head(file, statement.class_name, &head))
      members_[head].push_back({file, i});
  }
}

void Snapshot::link_classes() {
  for (const UnitRef head : class_heads_) {
    for (const NameId base : statement(head).bases) heads_by_base_[base].push_back(head);
  }
  find_special_classes();
}

// A class is special when one of its bases is, or makes its subclasses so.
void Snapshot::find_special_classes() {
  NameSet special_names = known_.special_bases;
  for (uint32_t file = 0; file < file_count(); ++file) {
    if (!usable_[file]) continue;
    for (const FunctionUnit& function : units_[file]->functions) {
      if (function.class_name != change::kNoName && known_.class_hooks.contains(function.last_name))
        special_names.insert(names_.id_of(std::string(last_part(names_.text(function.class_name)))));
    }
  }
  for (bool grows = true; grows;) {
    grows = false;
    for (const UnitRef head : class_heads_) {
      const StatementUnit& made = statement(head);
      if (special_.contains(head)) continue;
      const bool inherits = std::any_of(made.bases.begin(), made.bases.end(),
                                        [&](NameId base) { return special_names.contains(base); });
      if (!made.special && !inherits) continue;
      special_.insert(head);
      special_names.insert(names_.id_of(std::string(last_part(names_.text(made.head)))));
      grows = true;
    }
  }
}

bool Snapshot::extends_library(UnitRef head) const {
  Names open = statement(head).bases;
  NameSet seen;
  while (!open.empty()) {
    const NameId base = open.back();
    open.pop_back();
    if (!seen.insert(base).second) continue;
    if (!class_names_.contains(base)) {
      const std::string& text = names_.text(base);
      const auto ends = [&](std::string_view end) { return text.ends_with(end); };
      // What these call is known by name, or begins and ends with two underscores.
      if (!known_.passive_bases.contains(base) && !ends("Error") && !ends("Exception") && !ends("Warning") &&
          !ends("TestCase"))
        return true;
      continue;
    }
    for (const UnitRef other : class_heads_) {
      const StatementUnit& made = statement(other);
      if (last_part(names_.text(made.head)) != names_.text(base)) continue;
      open.insert(open.end(), made.bases.begin(), made.bases.end());
    }
  }
  return false;
}

void Snapshot::place_units() {
  places_.reserve(coverage_.units.size());
  for (const collector::CodeUnit& unit : coverage_.units) {
    places_.push_back(place(unit));
    if (places_.back().kind == UnitPlace::Kind::kFunction) functions_run_.insert(places_.back().unit);
  }
}

UnitPlace Snapshot::place(const collector::CodeUnit& unit) const {
  UnitPlace place;
  place.unit.file = unit.file;
  if (unit.kind == collector::CodeKind::kModule || model::is_name(unit.kind)) return place;
  if (!usable_[unit.file]) {
    place.kind = UnitPlace::Kind::kFile;
    return place;
  }
  const std::string_view name = last_part(unit.qualified_name);
  const FunctionUnit* found = nullptr;
  if (unit.kind == collector::CodeKind::kFunction) {
    const auto same_line = functions_at_line_[unit.file].find(unit.scope_line);
    if (same_line != functions_at_line_[unit.file].end()) {
      for (const uint32_t index : same_line->second) {
        const FunctionUnit& function = units_[unit.file]->functions[index];
        if (names_.text(function.last_name) == name) found = &function;
      }
    }
  }
  // Anonymous code belongs to the innermost function around it.
  if (found == nullptr) found = innermost_function(unit.file, unit.scope_line);
  if (found != nullptr) {
    place.kind = UnitPlace::Kind::kFunction;
    place.unit.index = static_cast<uint32_t>(found - units_[unit.file]->functions.data());
  } else if (const std::vector<UnitRef> at = statements_at(unit.file, unit.scope_line); at.size() == 1) {
    place.kind = UnitPlace::Kind::kStatement;
    place.unit = at.front();
  } else {
    place.kind = UnitPlace::Kind::kFile;
  }
  return place;
}

const FunctionUnit* Snapshot::innermost_function(uint32_t file, uint32_t line) const {
  const FunctionUnit* best = nullptr;
  for (const FunctionUnit& function : units_[file]->functions) {
    const bool around = function.line <= line && line <= function.end;
    if (around && (best == nullptr || function.end - function.line <= best->end - best->line))
      best = &function;
  }
  return best;
}

std::vector<UnitRef> Snapshot::statements_at(uint32_t file, uint32_t line) const {
  std::vector<UnitRef> found;
  if (!usable_[file]) return found;
  const std::vector<LineEntry>& lines = by_line_[file];
  auto place = std::upper_bound(lines.begin(), lines.end(), line,
                                [](uint32_t wanted, const LineEntry& entry) { return wanted < entry.line; });
  UnitRef head;
  bool in_class = false;
  while (place != lines.begin() && (place - 1)->furthest_end >= line) {
    const uint32_t index = (--place)->statement;
    const StatementUnit& statement = units_[file]->statements[index];
    if (statement.end < line) continue;
    if (statement.head == change::kNoName || statement.line == line) {
      found.push_back({file, index});
    } else if (!in_class) {  // the innermost: the last one that begins before the line
      in_class = true;
      head = {file, index};
    }
  }
  if (found.empty() && in_class) found.push_back(head);
  return found;
}

const std::vector<UnitRef>& Snapshot::module_binders(uint32_t file, NameId name) const {
  return found_or(module_binders_, FileAndName(file, name), kNoUnits);
}

const std::vector<UnitRef>& Snapshot::binders(NameId name) const {
  return found_or(binders_, name, kNoUnits);
}

bool Snapshot::class_head(uint32_t file, NameId class_name, UnitRef* head) const {
  const auto found = head_by_class_.find(FileAndName(file, class_name));
  if (found == head_by_class_.end()) return false;
  *head = found->second;
  return true;
}

const std::vector<UnitRef>& Snapshot::class_members(UnitRef head) const {
  return found_or(members_, head, kNoUnits);
}

const std::vector<UnitRef>& Snapshot::subclasses(UnitRef head) const {
  NameId name = change::kNoName;
  const std::string_view last = last_part(names_.text(statement(head).head));
  return names_.find(last, &name) ? found_or(heads_by_base_, name, kNoUnits) : kNoUnits;
}

bool Snapshot::names_abstract_method(const StatementUnit& statement) const {
  return std::any_of(statement.binds.begin(), statement.binds.end(),
                     [&](NameId name) { return abstract_.contains(name); });
}

const std::vector<UnitRef>& Snapshot::definitions_of(UnitRef function) const {
  return found_or(definitions_, function, kNoUnits);
}

bool Snapshot::is_plain_definition(const StatementUnit& statement) const {
  return statement.is_definition() &&
         std::all_of(statement.decorators.begin(), statement.decorators.end(),
                     [&](NameId name) { return known_.plain_decorators.contains(name); });
}

// For a property or an overload: all functions of that name.
std::vector<UnitRef> Snapshot::functions_of(uint32_t file, const StatementUnit& definition) const {
  if (definition.binds.size() != 1) return {};
  const std::string& bound = names_.text(definition.binds.front());
  std::string qualified = bound;
  if (definition.class_name != change::kNoName) {
    const std::string& class_name = names_.text(definition.class_name);
    const std::string prefix = mangled(class_name, "__");
    qualified = class_name;
    qualified.append(".").append(bound.starts_with(prefix) ? bound.substr(prefix.size() - 2) : bound);
  }
  NameId name = change::kNoName;
  return names_.find(qualified, &name) ? found_or(functions_by_name_, FileAndName(file, name), kNoUnits)
                                       : kNoUnits;
}

std::vector<const FunctionUnit*> Snapshot::functions_called(NameId last_name) const {
  std::vector<const FunctionUnit*> functions;
  for (const UnitRef unit : found_or(functions_by_last_name_, last_name, kNoUnits))
    functions.push_back(&function(unit));
  return functions;
}

const std::vector<UnitRef>& Snapshot::functions_of_last_name(NameId last_name) const {
  return found_or(functions_by_last_name_, last_name, kNoUnits);
}

bool Snapshot::is_library_module(const std::string& module) const {
  return library_.contains(module.substr(0, module.find('.')));
}

}  // namespace alibi::select
