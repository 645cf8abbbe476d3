// The part of Snapshot about what statements did when their modules were imported: what ran under them, and
// through which names others may notice.
#include <algorithm>
#include <utility>

#include "collector/select/input_detail.h"
#include "collector/select/snapshot.h"

namespace alibi::select {

const ImportBag* Snapshot::bag(UnitRef statement) const {
  const auto found = bags_.find(statement);
  return found == bags_.end() ? nullptr : &found->second;
}

void Snapshot::fill_bags() {
  for (const collector::Statement& ran : coverage_.statements) {
    for (const UnitRef unit : statements_at(ran.file, ran.line)) fill_bag(ran, &bags_[unit]);
  }
  for (uint32_t i = 0; i < coverage_.inputs.size(); ++i) {
    const InputDetail detail = parse_detail(coverage_.inputs[i].detail);
    uint32_t file = 0;
    if (detail.importing.empty() || !find_file(detail.importing, &file)) continue;
    const std::vector<UnitRef> units = statements_at(file, detail.line);
    for (const UnitRef unit : units) bags_[unit].inputs.push_back(i);
    // Not known where: whoever loads the module has read it.
    if (units.empty()) file_inputs_[file].push_back(i);
  }
}

void Snapshot::fill_bag(const collector::Statement& ran, ImportBag* bag) {
  for (const uint32_t each : ran.units) {
    const UnitPlace place = places_[each];
    if (place.kind == UnitPlace::Kind::kFunction) bag->functions.push_back(place.unit);
    if (place.kind == UnitPlace::Kind::kFile) bag->whole_files.push_back(place.unit.file);
  }
  for (const uint32_t each : ran.names) {
    const collector::NameReference& name = coverage_.names[each];
    const NameId id = names_.id_of(name.name);
    if (name.kind == collector::NameKind::kLookedUp && known_.of_wrappers.contains(id)) continue;
    bag->attributes.push_back(id);
    if (name.kind == collector::NameKind::kCompiled) bag->compiled.push_back(id);
  }
  bag->files.insert(bag->files.end(), ran.imports.begin(), ran.imports.end());
}

bool Snapshot::acts_on_library(const StatementUnit& made) const {
  return made.has_effect && made.class_name == change::kNoName && made.head == change::kNoName &&
         std::any_of(made.effect_roots.begin(), made.effect_roots.end(), [this](NameId root) {
           const std::string& text = names_.text(root);
           return !text.empty() && text[0] >= 'A' && text[0] <= 'Z' && root != known_.environ &&
                  binders(root).empty();
         });
}

Effect Snapshot::effect_of(UnitRef unit) const {
  const StatementUnit& made = statement(unit);
  Effect effect;
  effect.any = made.has_effect;
  effect.unknown = made.has_effect && made.effect_unknown;
  effect.through = made.has_effect ? made.effect_roots : Names();
  // Ruby's libraries are set up by statements (`I18n.load_path += …`) whose users spell none of it.
  effect.unknown = effect.unknown || (known_.language() == Language::kRuby && acts_on_library(made));
  if (const ImportBag* ran = bag(unit); ran != nullptr) {
    for (const UnitRef each : ran->functions) {
      const FunctionUnit& called = function(each);
      const bool bound_here =
          made.is_definition() || made.head != change::kNoName || made.kind == change::StatementKind::kAssign;
      const bool confined = called.writes_parameter && bound_here;
      effect.any = effect.any || called.writes_unknown || !called.writes.empty() ||
                   (called.writes_parameter && !confined);
      effect.unknown = effect.unknown || called.writes_unknown || (called.writes_parameter && !confined);
      effect.through.insert(effect.through.end(), called.writes.begin(), called.writes.end());
    }
  } else if (made.has_effect && !made.calls.empty()) {
    effect.unknown = true;
  }
  const bool plain =
      made.kind == change::StatementKind::kAssign || made.kind == change::StatementKind::kOther;
  if (made.has_effect && (!plain || !made.calls.empty())) {
    effect.through.insert(effect.through.end(), made.reads.globals.begin(), made.reads.globals.end());
    effect.through.insert(effect.through.end(), made.reads.attributes.begin(), made.reads.attributes.end());
  }
  std::sort(effect.through.begin(), effect.through.end());
  effect.through.erase(std::unique(effect.through.begin(), effect.through.end()), effect.through.end());
  return effect;
}

void Snapshot::find_effects() {
  for (uint32_t file = 0; file < file_count(); ++file) {
    if (!usable_[file]) continue;
    for (uint32_t i = 0; i < units_[file]->statements.size(); ++i) {
      if (Effect effect = effect_of({file, i}); effect.any)
        effects_[file].push_back({{file, i}, std::move(effect)});
    }
  }
}

}  // namespace alibi::select
