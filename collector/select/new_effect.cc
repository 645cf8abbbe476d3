#include "collector/select/new_effect.h"

#include <algorithm>

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
  if (statement.calls.empty()) return effect;
  if (old_statement != nullptr) return snapshot.effect_of({change.file, old_index});
  const bool bound_here = statement.is_definition() || statement.kind == change::StatementKind::kAssign;
  for (const NameId callee : statement.calls) {
    const std::vector<const FunctionUnit*> known = snapshot.functions_called(callee);
    if (known.empty() && !snapshot.is_class_name(callee)) {
      effect.any = effect.unknown = true;
      return effect;
    }
    for (const FunctionUnit* function : known) {
      const bool unconfined = function->writes_parameter && !bound_here;
      effect.unknown = effect.unknown || function->writes_unknown || unconfined;
      effect.any = effect.any || effect.unknown || !function->writes.empty();
      append(function->writes, &effect.through);
    }
  }
  return effect;
}

}  // namespace alibi::select
