// Whom a source meets that is new where an autoloader looks.
#include <algorithm>

#include "collector/change/new_sources.h"
#include "collector/select/decision_meeting.h"
#include "collector/select/dotted_name.h"
#include "collector/select/new_effect.h"

namespace alibi::select {

using change::NewSource;

namespace {

bool is_constant(const std::string& name) {
  return !name.empty() && name.front() >= 'A' && name.front() <= 'Z';
}

Reason reason_of(const NewSource& source, std::string name, std::string why, const Fact& fact) {
  const ReasonKind kind = name.empty() ? ReasonKind::kFile : ReasonKind::kName;
  return {kind, source.path, 0, std::move(name), std::move(why), fact};
}

}  // namespace

// Found by its name alone: whoever speaks of a constant of that name may find this one.
void Decision::Meeting::source(const NewSource& source) {
  for (const collector::NameReference& made : snapshot_.coverage().names) snapshot_.names().id_of(made.name);
  for (NameId name = 0; name < snapshot_.names().size(); ++name) {
    const std::string text(last_part(snapshot_.names().text(name)));
    if (is_constant(text) && change::same_letters(text) == source.letters)
      meet_named(source, name, "an autoloader would find it in a file that is new");
  }
  if (!source.eager) return;
  if (source.units == nullptr || !source.units->parsed())
    return meet(open_, reason_of(source, {}, "it is loaded with all others, and cannot be parsed", {}));
  for (const StatementUnit& statement : source.units->statements) loaded_with_all(source, statement);
}

void Decision::Meeting::meet_named(const NewSource& source, NameId name, const char* why) {
  const Fact fact{FactKind::kNamed, name};
  meet(closure_.tests(fact), reason_of(source, snapshot_.names().text(name), why, fact));
}

// What it does when it is loaded, though nobody speaks of it. Members of the class that it is there for are
// found through that class.
void Decision::Meeting::loaded_with_all(const NewSource& source, const StatementUnit& statement) {
  constexpr const char* kWhy = "a new file that is loaded with all others acts on it";
  NameTable& names = snapshot_.names();
  const std::string owner(last_part(names.text(statement.class_name)));
  const bool is_own = !owner.empty() && change::same_letters(owner) == source.letters &&
                      !snapshot_.is_class_name(names.id_of(owner));
  const auto opens = [&](UnitRef head) { return snapshot_.statement(head).head == statement.head; };
  const std::vector<UnitRef>& heads = snapshot_.class_heads();
  // To open a class once more, or a module around others, changes nothing.
  const bool only_opens = statement.head != change::kNoName && statement.bases.empty() &&
                          std::any_of(heads.begin(), heads.end(), opens);
  for (const NameId bound : statement.binds) {
    if (is_own || only_opens) break;
    meet_named(source, bound, kWhy);
    if (known_.is_implicit(names, bound)) meet_named(source, names.id_of(owner), kWhy);
  }
  if (statement.head != change::kNoName) {
    const Fact listed{FactKind::kAttribute, known_.subclasses};
    if (!statement.bases.empty())
      meet(closure_.tests(listed),
           reason_of(source, names.text(statement.head), "subclasses are listed", listed));
  }
  const Effect effect = effect_of_new(snapshot_, change::FileChange(), statement);
  if (!effect.any) return;
  if (effect.unknown)
    meet(open_, reason_of(source, {}, "it is loaded with all others, and may change anything", {}));
  for (const NameId through : effect.through) meet_named(source, through, kWhy);
}

}  // namespace alibi::select
