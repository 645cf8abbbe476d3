#include "collector/select/state_origin.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace alibi::select {
namespace {

std::string_view last_part(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

bool is_special_method(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

bool includes(const Names& names, NameId name) {
  return std::binary_search(names.begin(), names.end(), name);
}

bool is_construction(std::string_view name) {
  return name == "__init__" || name == "__new__" || name == "__post_init__" || name == "__call__";
}

void append(const std::vector<uint32_t>& more, std::vector<uint32_t>* list) {
  list->insert(list->end(), more.begin(), more.end());
}

}  // namespace

StateOrigin::StateOrigin(const Snapshot& snapshot, const collector::Evidence& evidence)
    : snapshot_(snapshot) {
  for (const uint32_t each : evidence.units) {
    const UnitPlace place = snapshot.place_of(each);
    if (place.kind == UnitPlace::Kind::kFunction) ran_.push_back(place.unit);
    if (place.kind == UnitPlace::Kind::kFile) unplaced_ = true;
  }
  std::sort(ran_.begin(), ran_.end());
  ran_.erase(std::unique(ran_.begin(), ran_.end()), ran_.end());
  for (const uint32_t each : evidence.names)
    looked_up_.insert(snapshot.names().id_of(snapshot.coverage().names[each].name));
  for (uint32_t i = 0; i < ran_.size(); ++i) {
    by_spelling_[unit(i).last_name].push_back(i);
    const std::string& name = text(unit(i).last_name);
    if (is_construction(name))
      by_spelling_[snapshot.names().id_of(std::string(last_part(text(unit(i).class_name))))].push_back(i);
    else if (is_special_method(name))
      implicit_.push_back(i);  // run by syntax: nobody on the way spells it
    for (const NameId spelled : spelled_by(i)) speakers_[spelled].push_back(i);
  }
}

Names StateOrigin::spelled_by(uint32_t index) const {
  const change::Reads& reads = unit(index).reads;
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

NameSet StateOrigin::callees_of(uint32_t index) const {
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
  read(ran_[index].file, unit(index).reads);
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

std::vector<uint32_t> StateOrigin::speakers(const collector::StateWrite& write) const {
  if (unplaced_) return {};
  const std::string& said = write.attribute.empty() ? write.name : write.attribute;
  NameId target = change::kNoName;
  std::vector<uint32_t> found;
  if (!snapshot_.names().find(last_part(said), &target)) return found;
  if (const auto known = speakers_.find(target); known != speakers_.end()) append(known->second, &found);
  // A memoised function is itself what changed.
  if (const auto known = by_spelling_.find(target); known != by_spelling_.end())
    append(known->second, &found);
  return found;
}

std::vector<uint32_t> StateOrigin::called_by(uint32_t function) const {
  std::vector<uint32_t> called;
  bool looks_up = false;
  const auto take = [&](NameId name) {
    if (const auto known = by_spelling_.find(name); known != by_spelling_.end())
      append(known->second, &called);
  };
  for (const NameId name : callees_of(function)) {
    take(name);
    looks_up = looks_up || snapshot_.known().lookups.contains(name);
  }
  if (looks_up) std::for_each(looked_up_.begin(), looked_up_.end(), take);
  const std::string inner = text(unit(function).name) + ".<locals>.";
  for (uint32_t other = 0; other < ran_.size(); ++other) {
    const bool nested = ran_[other].file == ran_[function].file && text(unit(other).name).starts_with(inner);
    if (nested || makes_own(function, other)) called.push_back(other);
  }
  return called;
}

// cls() and type(self)() spell no class: it is the one around them, or one that inherits from it.
bool StateOrigin::makes_own(uint32_t function, uint32_t constructor) const {
  const FunctionUnit& made = unit(constructor);
  if (!is_construction(text(made.last_name)) || made.class_name == change::kNoName) return false;
  UnitRef own, other;
  if (!snapshot_.class_head(ran_[function].file, unit(function).class_name, &own)) return false;
  if (!snapshot_.class_head(ran_[constructor].file, made.class_name, &other)) return true;
  std::vector<UnitRef> open = {own};
  for (size_t i = 0; i < open.size(); ++i) {
    if (open[i] == other) return true;
    for (const UnitRef subclass : snapshot_.subclasses(open[i])) {
      if (std::find(open.begin(), open.end(), subclass) == open.end()) open.push_back(subclass);
    }
  }
  return false;
}

std::vector<uint32_t> StateOrigin::changers(const collector::StateWrite& write) const {
  Names leading;
  for (std::string_view rest : {std::string_view(write.name), std::string_view(write.attribute)}) {
    while (!rest.empty()) {
      const size_t dot = rest.find('.');
      leading.push_back(snapshot_.names().id_of(rest.substr(0, dot)));
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
    }
  }
  std::vector<uint32_t> found;
  for (uint32_t i = 0; i < ran_.size(); ++i) {
    const FunctionUnit& function = unit(i);
    const bool leads = std::any_of(leading.begin(), leading.end(),
                                   [&](NameId name) { return includes(function.writes, name); });
    if (leads || function.writes_unknown || function.writes_parameter || function.calls_values)
      found.push_back(i);
  }
  return found;
}

bool StateOrigin::takes_arguments(uint32_t function) const {
  const size_t arguments = unit(function).arguments.size();
  if (unit(function).class_name == change::kNoName) return arguments != 0;
  for (const UnitRef unit : snapshot_.definitions_of(ran_[function])) {
    for (const NameId decorator : snapshot_.statement(unit).decorators) {
      if (text(decorator) == "classmethod") return arguments != 1;
      if (text(decorator) == "staticmethod") return arguments != 0;
    }
  }
  return true;  // an object, with whatever it holds
}

NameSet StateOrigin::classes_at_hand(const NameSet& spoken, const std::vector<uint32_t>& functions) const {
  NameSet classes = spoken;
  const auto last_name = [&](NameId qualified) {
    return snapshot_.names().id_of(std::string(last_part(text(qualified))));
  };
  for (const uint32_t function : functions) {
    if (unit(function).class_name != change::kNoName) classes.insert(last_name(unit(function).class_name));
  }
  for (bool grew = true; std::exchange(grew, false);) {
    for (const UnitRef head : snapshot_.class_heads()) {
      const StatementUnit& made = snapshot_.statement(head);
      if (!classes.contains(last_name(made.head))) continue;
      for (const NameId base : made.bases) grew = classes.insert(base).second || grew;
    }
  }
  return classes;
}

bool StateOrigin::made_below(const std::vector<uint32_t>& functions, std::vector<uint32_t>* made) const {
  if (std::any_of(functions.begin(), functions.end(), [&](uint32_t each) { return takes_arguments(each); }))
    return false;
  *made = functions;
  std::vector<bool> is_made(ran_.size());
  for (const uint32_t function : functions) is_made[function] = true;
  NameSet spoken;
  std::vector<uint32_t> candidates = implicit_;
  size_t looked_at = 0;
  for (bool grew = true; std::exchange(grew, false);) {
    for (; looked_at < made->size(); ++looked_at) {
      const NameSet callees = callees_of((*made)[looked_at]);
      spoken.insert(callees.begin(), callees.end());
      append(called_by((*made)[looked_at]), &candidates);
    }
    const NameSet classes = classes_at_hand(spoken, *made);
    for (const uint32_t candidate : candidates) {
      const NameId owner = unit(candidate).class_name;
      const bool callable = owner == change::kNoName ||
                            classes.contains(snapshot_.names().id_of(std::string(last_part(text(owner)))));
      if (is_made[candidate] || !callable) continue;
      is_made[candidate] = grew = true;
      made->push_back(candidate);
    }
  }
  return true;
}

bool StateOrigin::callers_of(uint32_t function, std::vector<uint32_t>* callers) const {
  const FunctionUnit& called = unit(function);
  if (!called.keeps_parameter && !called.calls_values) return true;
  const std::string& name = text(called.last_name);
  const bool unspelled = text(called.name).find("<locals>") != std::string::npos ||
                         looked_up_.contains(called.last_name) ||
                         (is_special_method(name) && !is_construction(name));
  if (unspelled) return false;
  NameId spelling = called.last_name;
  if (is_construction(name))
    spelling = snapshot_.names().id_of(std::string(last_part(text(called.class_name))));
  if (const auto known = speakers_.find(spelling); known != speakers_.end()) append(known->second, callers);
  return true;
}

}  // namespace alibi::select
