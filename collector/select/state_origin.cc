#include "collector/select/state_origin.h"

#include <algorithm>
#include <string_view>

namespace alibi::select {
namespace {

std::string_view last_part(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

bool is_special_method(std::string_view name) {
  return name.size() > 4 && name.starts_with("__") && name.ends_with("__");
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
    else if (is_special_method(name) || unit(i).lazy)
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
  for (const NameId name : spelled_by(function)) {
    if (const auto known = by_spelling_.find(name); known != by_spelling_.end())
      append(known->second, &called);
  }
  for (const NameId name : looked_up_) {
    if (const auto known = by_spelling_.find(name); known != by_spelling_.end())
      append(known->second, &called);
  }
  const std::string inner = text(unit(function).name) + ".<locals>.";
  for (uint32_t other = 0; other < ran_.size(); ++other) {
    const bool same_file = ran_[other].file == ran_[function].file;
    if (!same_file) continue;
    const bool nested = text(unit(other).name).starts_with(inner);
    // cls() and type(self)() spell no class.
    const bool sibling = unit(other).class_name != change::kNoName &&
                         unit(other).class_name == unit(function).class_name &&
                         is_construction(text(unit(other).last_name));
    if (nested || sibling) called.push_back(other);
  }
  return called;
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
