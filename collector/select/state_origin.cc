#include "collector/select/state_origin.h"

#include <algorithm>
#include <string_view>

namespace alibi::select {
namespace {

std::string_view last_part(std::string_view dotted) {
  return dotted.substr(dotted.rfind('.') + 1);
}

bool is_special_method(std::string_view name) {
  return name.starts_with("__") && name.ends_with("__");
}

bool is_construction(std::string_view name) {
  return name == "__init__" || name == "__new__" || name == "__post_init__";
}

class Search {
 public:
  Search(const Snapshot& snapshot, const collector::Evidence& evidence);

  StateOrigin from(const collector::StateWrite& write);

 private:
  const FunctionUnit& unit(size_t index) const { return snapshot_.function(ran_[index]); }
  const std::string& text(NameId name) const { return snapshot_.names().text(name); }
  bool spells(size_t function, NameId name) const;
  bool spells_any(size_t function, const std::vector<NameId>& names) const;
  void take(size_t index);
  void take_below(size_t index);
  void take_above(size_t index);

  const Snapshot& snapshot_;
  std::vector<UnitRef> ran_;
  NameSet looked_up_;
  bool unplaced_ = false;
  bool whole_ = false;
  std::vector<bool> taken_;
  std::vector<size_t> queue_;
};

Search::Search(const Snapshot& snapshot, const collector::Evidence& evidence) : snapshot_(snapshot) {
  for (const uint32_t each : evidence.units) {
    const UnitPlace place = snapshot.place_of(each);
    if (place.kind == UnitPlace::Kind::kFunction) ran_.push_back(place.unit);
    if (place.kind == UnitPlace::Kind::kFile) unplaced_ = true;
  }
  std::sort(ran_.begin(), ran_.end());
  ran_.erase(std::unique(ran_.begin(), ran_.end()), ran_.end());
  taken_.resize(ran_.size());
  for (const uint32_t each : evidence.names)
    looked_up_.insert(snapshot.names().id_of(snapshot.coverage().names[each].name));
}

bool Search::spells(size_t function, NameId name) const {
  const change::Reads& reads = unit(function).reads;
  const auto in = [name](const Names& names) { return std::binary_search(names.begin(), names.end(), name); };
  return in(reads.globals) || in(reads.attributes) || in(reads.stores) || in(reads.dotted) ||
         std::any_of(reads.imports.begin(), reads.imports.end(), [&](const change::ImportRead& read) {
           return std::find(read.names.begin(), read.names.end(), name) != read.names.end();
         });
}

bool Search::spells_any(size_t function, const std::vector<NameId>& names) const {
  return std::any_of(names.begin(), names.end(), [&](NameId name) { return spells(function, name); });
}

void Search::take(size_t index) {
  if (taken_[index]) return;
  taken_[index] = true;
  queue_.push_back(index);
}

void Search::take_below(size_t index) {
  const std::string inner = text(unit(index).name) + ".<locals>.";
  for (size_t other = 0; other < ran_.size(); ++other) {
    if (taken_[other]) continue;
    const FunctionUnit& candidate = unit(other);
    const std::string& name = text(candidate.last_name);
    const bool nested = ran_[other].file == ran_[index].file && text(candidate.name).starts_with(inner);
    const bool same_class = candidate.class_name != change::kNoName &&
                            candidate.class_name == unit(index).class_name &&
                            ran_[other].file == ran_[index].file;
    const NameId made = snapshot_.names().id_of(std::string(last_part(text(candidate.class_name))));
    const bool implicit =
        is_special_method(name) && (!is_construction(name) || same_class || spells(index, made));
    if (nested || implicit || spells(index, candidate.last_name) || looked_up_.contains(candidate.last_name))
      take(other);
  }
}

void Search::take_above(size_t index) {
  const FunctionUnit& called = unit(index);
  const std::string& name = text(called.last_name);
  const bool unspelled =
      text(called.name).find("<locals>") != std::string::npos || looked_up_.contains(called.last_name);
  if (unspelled || (is_special_method(name) && !is_construction(name))) {
    whole_ = true;
    return;
  }
  std::vector<NameId> spellings = {called.last_name};
  if (is_construction(name))
    spellings = {snapshot_.names().id_of(std::string(last_part(text(called.class_name))))};
  for (size_t other = 0; other < ran_.size(); ++other) {
    if (!taken_[other] && spells_any(other, spellings)) take(other);
  }
}

StateOrigin Search::from(const collector::StateWrite& write) {
  NameTable& names = snapshot_.names();
  const NameId name = names.id_of(std::string(last_part(write.name)));
  const NameId attribute = names.id_of(std::string(last_part(write.attribute)));
  const NameId target = attribute != change::kNoName ? attribute : name;
  for (size_t i = 0; i < ran_.size(); ++i) {
    if (spells(i, target) || unit(i).last_name == target || spells(i, name)) take(i);
  }
  whole_ = queue_.empty() || unplaced_;
  while (!queue_.empty() && !whole_) {
    const size_t index = queue_.back();
    queue_.pop_back();
    take_below(index);
    if (unit(index).keeps_parameter || unit(index).calls_values) take_above(index);
  }
  StateOrigin origin;
  origin.whole = whole_;
  for (size_t i = 0; i < ran_.size() && !whole_; ++i) {
    if (taken_[i]) origin.functions.push_back(ran_[i]);
  }
  return origin;
}

}  // namespace

StateOrigin origin_of_state(const Snapshot& snapshot, const collector::Evidence& evidence,
                            const collector::StateWrite& write) {
  return Search(snapshot, evidence).from(write);
}

}  // namespace alibi::select
