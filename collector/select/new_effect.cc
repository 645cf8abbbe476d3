#include "collector/select/new_effect.h"

#include <algorithm>

#include "collector/select/dotted_name.h"

namespace alibi::select {
namespace {

bool calls_all_of(const StatementUnit& known, const StatementUnit& wanted) {
  return std::includes(known.calls.begin(), known.calls.end(), wanted.calls.begin(), wanted.calls.end());
}

// A removed statement with at least the same callees: what they did is on record.
const StatementUnit* predecessor(const change::FileChange& change, const StatementUnit& statement,
                                 uint32_t* index) {
  for (const uint32_t each : change.difference.old_statements) {
    const StatementUnit& old_statement = change.before->statements[each];
    if (!calls_all_of(old_statement, statement)) continue;
    *index = each;
    return &old_statement;
  }
  return nullptr;
}

void append(const Names& names, Names* list) {
  list->insert(list->end(), names.begin(), names.end());
}

// Functions that the making of a class calls without their being spelled: __init_subclass__ of its ancestors,
// and its metaclass's. By last names: what it inherits from, and all that the heads of its ancestors say.
std::vector<const FunctionUnit*> called_by_making(const Snapshot& snapshot, const StatementUnit& statement) {
  std::vector<const FunctionUnit*> called;
  NameSet classes;
  Names open = statement.bases;
  append(statement.reads.globals, &open);
  while (!open.empty()) {
    const NameId name = open.back();
    open.pop_back();
    if (!snapshot.is_class_name(name) || !classes.insert(name).second) continue;
    for (const UnitRef head : snapshot.class_heads()) {
      const StatementUnit& made = snapshot.statement(head);
      const std::string& text = snapshot.names().text(made.head);
      if (snapshot.names().id_of(last_part(text)) != name) continue;
      append(made.bases, &open);
      append(made.reads.globals, &open);
    }
  }
  NameSet special = snapshot.known().class_hooks;
  special.insert(snapshot.known().constructors.begin(), snapshot.known().constructors.end());
  special.insert(snapshot.names().id_of("__new__"));
  for (const NameId name : special) {
    for (const FunctionUnit* function : snapshot.functions_called(name)) {
      if (function->class_name == change::kNoName) continue;
      const std::string& owner = snapshot.names().text(function->class_name);
      if (classes.contains(snapshot.names().id_of(last_part(owner)))) called.push_back(function);
    }
  }
  return called;
}

}  // namespace

Effect effect_of_new(const Snapshot& snapshot, const change::FileChange& change,
                     const StatementUnit& statement) {
  Effect effect;
  uint32_t old_index = 0;
  const StatementUnit* old_statement = predecessor(change, statement, &old_index);
  if (statement.has_effect) {
    effect.any = true;
    effect.unknown = statement.effect_unknown || (!statement.calls.empty() && old_statement == nullptr);
    effect.through = statement.effect_roots;
    if (statement.kind != change::StatementKind::kAssign || !statement.calls.empty()) {
      append(statement.reads.globals, &effect.through);
      append(statement.reads.attributes, &effect.through);
    }
    return effect;
  }
  const bool makes_class = statement.head != change::kNoName;
  if (statement.calls.empty() && !makes_class) return effect;
  if (!makes_class && old_statement != nullptr) return snapshot.effect_of({change.file, old_index});
  const bool bound_here =
      makes_class || statement.is_definition() || statement.kind == change::StatementKind::kAssign;
  const auto take = [&](const FunctionUnit& function) {
    const bool unconfined = function.writes_parameter && !bound_here;
    effect.unknown = effect.unknown || function.writes_unknown || unconfined;
    effect.any = effect.any || effect.unknown || !function.writes.empty();
    append(function.writes, &effect.through);
  };
  for (const NameId callee : statement.calls) {
    const std::vector<const FunctionUnit*> known = snapshot.functions_called(callee);
    // "register()": what its result does, besides the call itself.
    if (known.empty() && snapshot.names().text(callee).ends_with("()")) continue;
    if (known.empty() && !snapshot.is_class_name(callee)) {
      effect.any = effect.unknown = true;
      return effect;
    }
    for (const FunctionUnit* function : known) take(*function);
  }
  if (makes_class) {
    for (const FunctionUnit* function : called_by_making(snapshot, statement)) take(*function);
  }
  return effect;
}

}  // namespace alibi::select
