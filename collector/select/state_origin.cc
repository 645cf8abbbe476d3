#include "collector/select/state_origin.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "collector/select/dotted_name.h"

namespace alibi::select {
namespace {

bool is_special_method(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
}

bool includes(const Names& names, NameId name) {
  return std::binary_search(names.begin(), names.end(), name);
}

bool is_construction(std::string_view name) {
  return name == "__init__" || name == "__new__" || name == "__post_init__" || name == "__call__" ||
         name == "initialize";
}

constexpr std::string_view kLocals = ".<locals>.";

NameId class_name_of(const Snapshot& snapshot, UnitRef unit) {
  const std::string& qualified = snapshot.names().text(snapshot.function(unit).class_name);
  return snapshot.names().id_of(std::string(last_part(qualified)));
}

void append(const std::vector<uint32_t>& more, std::vector<uint32_t>* list) {
  list->insert(list->end(), more.begin(), more.end());
}

}  // namespace

StateOrigin::StateOrigin(const Snapshot& snapshot, SpelledNames* spelled, const collector::Evidence& evidence)
    : snapshot_(snapshot), spelled_(*spelled) {
  for (const uint32_t each : evidence.units) {
    const UnitPlace place = snapshot.place_of(each);
    if (place.kind == UnitPlace::Kind::kFunction) ran_.push_back(place.unit);
    if (place.kind == UnitPlace::Kind::kFile) unplaced_ = true;
    if (place.kind == UnitPlace::Kind::kStatement) statements_.push_back(place.unit);
  }
  std::sort(ran_.begin(), ran_.end());
  ran_.erase(std::unique(ran_.begin(), ran_.end()), ran_.end());
  for (const uint32_t each : evidence.names)
    looked_up_.insert(snapshot.names().id_of(snapshot.coverage().names[each].name));
  const bool is_ruby = snapshot.known().language() == Language::kRuby;
  for (uint32_t i = 0; i < ran_.size(); ++i) {
    reaches_any_ = reaches_any_ || unit(i).exposures.any;
    if (unit(i).exposures.own) reached_classes_.insert(class_name_of(snapshot, ran_[i]));
    by_spelling_[unit(i).last_name].push_back(i);
    const std::string& name = text(unit(i).last_name);
    if (is_construction(name) && unit(i).class_name != change::kNoName) constructors_.push_back(i);
    const std::string& qualified = text(unit(i).name);
    for (size_t at = qualified.find(kLocals); at != std::string::npos; at = qualified.find(kLocals, at + 1))
      nested_[{ran_[i].file, qualified.substr(0, at)}].push_back(i);
    if (is_construction(name))
      by_spelling_[snapshot.names().id_of(std::string(last_part(text(unit(i).class_name))))].push_back(i);
    else if (is_ruby ? snapshot.known().is_implicit(snapshot.names(), unit(i).last_name)
                     : is_special_method(name))
      implicit_.push_back(i);  // run by syntax: nobody on the way spells it
    for (const NameId spelt : spelled_.spelled_by(ran_[i])) speakers_[spelt].push_back(i);
  }
}

std::vector<uint32_t> StateOrigin::speakers(const collector::StateWrite& write) const {
  if (unplaced_) return {};
  const std::string& said = write.attribute.empty() ? write.name : write.attribute;
  NameId target = change::kNoName;
  std::vector<uint32_t> found;
  if (!snapshot_.names().find(last_part(said), &target)) return found;
  if (looked_up_.contains(target)) return found;
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
  for (const NameId name : spelled_.callees_of(ran_[function])) {
    take(name);
    looks_up = looks_up || snapshot_.known().lookups.contains(name);
  }
  if (looks_up) std::for_each(looked_up_.begin(), looked_up_.end(), take);
  const auto inside = nested_.find({ran_[function].file, text(unit(function).name)});
  if (inside != nested_.end()) append(inside->second, &called);
  append(own_constructors(function), &called);
  return called;
}

// cls() and type(self)() spell no class: it is the one around them, or one that inherits from it.
const std::vector<uint32_t>& StateOrigin::own_constructors(uint32_t function) const {
  static const std::vector<uint32_t> kNone;
  UnitRef own;
  if (!snapshot_.class_head(ran_[function].file, unit(function).class_name, &own)) return kNone;
  const auto [place, is_new] = own_constructors_.try_emplace(own);
  if (!is_new) return place->second;
  std::vector<UnitRef> classes = {own};
  absl::flat_hash_set<UnitRef> known = {own};
  for (size_t i = 0; i < classes.size(); ++i) {
    for (const UnitRef subclass : snapshot_.subclasses(classes[i])) {
      if (known.insert(subclass).second) classes.push_back(subclass);
    }
  }
  for (const uint32_t each : constructors_) {
    UnitRef head;
    const bool is_made = snapshot_.class_head(ran_[each].file, unit(each).class_name, &head);
    if (!is_made || known.contains(head)) place->second.push_back(each);
  }
  return place->second;
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
    if (leads || !function.writes.empty() || function.writes_unknown || function.writes_parameter ||
        function.calls_values)
      found.push_back(i);
  }
  return found;
}

bool StateOrigin::changers_by_name(const Names& names, const Confinement& confinement,
                                   std::vector<uint32_t>* changers) const {
  if (unplaced_ || reaches_any_) return false;
  for (const NameId name : names) {
    if (looked_up_.contains(name) || confinement.may_have(reached_classes_, name)) return false;
    const bool in_statement = std::any_of(statements_.begin(), statements_.end(), [&](UnitRef each) {
      const StatementUnit& statement = snapshot_.statement(each);
      return statement.exposures.any || includes(statement.reads.globals, name) ||
             includes(statement.reads.attributes, name);
    });
    if (in_statement) return false;
    const auto known = speakers_.find(name);
    if (known == speakers_.end()) continue;
    for (const uint32_t speaker : known->second) {
      const FunctionUnit& function = unit(speaker);
      // Of the other names it is enough to call what they stand for.
      const bool writes = name != names.front() || function.writes_unknown || function.writes_parameter ||
                          includes(function.writes, name) || is_construction(text(function.last_name));
      if (writes) changers->push_back(speaker);
    }
  }
  return !names.empty();
}

bool StateOrigin::takes_arguments(uint32_t function) const {
  const size_t arguments = unit(function).arguments.size();
  // Ruby: an object is one of them (source_units/FORMAT.md), a class is none.
  if (snapshot_.known().language() == Language::kRuby) return arguments != 0;
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
      const NameSet& callees = spelled_.callees_of(ran_[(*made)[looked_at]]);
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

bool StateOrigin::reads_no_inputs(const std::vector<uint32_t>& functions) const {
  const auto is_innocent = [&](NameId name) {
    return text(name).starts_with('@') || snapshot_.known().inputless.contains(name) ||
           by_spelling_.contains(name);
  };
  return std::all_of(functions.begin(), functions.end(), [&](uint32_t each) {
    const NameSet& callees = spelled_.callees_of(ran_[each]);
    return std::all_of(callees.begin(), callees.end(), is_innocent);
  });
}

bool StateOrigin::is_method_of(uint32_t function, const HeldObject& object) const {
  return unit(function).class_name != change::kNoName &&
         object.classes.contains(class_name_of(snapshot_, ran_[function]));
}

bool StateOrigin::spells(uint32_t function, NameId name) const {
  return includes(spelled_.spelled_by(ran_[function]), name);
}

bool StateOrigin::has_held(uint32_t function, const HeldObject& object) const {
  if (spells(function, object.variable)) return true;
  const std::string& name = text(unit(function).last_name);
  return is_method_of(function, object) && name != "__init__" && name != "__new__" && name != "__post_init__";
}

bool StateOrigin::callers_on(uint32_t function, const HeldObject& object,
                             std::vector<uint32_t>* callers) const {
  const FunctionUnit& called = unit(function);
  if (!is_method_of(function, object) || looked_up_.contains(called.last_name)) return false;
  for (uint32_t i = 0; i < ran_.size(); ++i) {
    if (has_held(i, object)) callers->push_back(i);
  }
  return true;
}

bool StateOrigin::keeps(uint32_t function) const {
  return unit(function).keeps_parameter || unit(function).calls_values;
}

bool StateOrigin::gives_to(uint32_t function, const Names& names) const {
  return std::any_of(names.begin(), names.end(), [&](NameId name) {
    return includes(unit(function).gives_to, name) || includes(unit(function).passes_to, name);
  });
}

bool StateOrigin::passes_on(uint32_t function, uint32_t to) const {
  return includes(unit(function).passes_to, spelling_of(to));
}

NameId StateOrigin::spelling_of(uint32_t function) const {
  const FunctionUnit& called = unit(function);
  const bool by_class = is_construction(text(called.last_name)) && called.class_name != change::kNoName;
  return by_class ? class_name_of(snapshot_, ran_[function]) : called.last_name;
}

bool StateOrigin::callers_of(uint32_t function, std::vector<uint32_t>* callers) const {
  const FunctionUnit& called = unit(function);
  const std::string& name = text(called.last_name);
  const bool unspelled = text(called.name).find("<locals>") != std::string::npos ||
                         looked_up_.contains(called.last_name) ||
                         (is_special_method(name) && !is_construction(name));
  if (unspelled) return false;
  if (const auto known = speakers_.find(spelling_of(function)); known != speakers_.end())
    append(known->second, callers);
  return true;
}

}  // namespace alibi::select
