// Who is charged with what an earlier test left (docs/evidence.md).
#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "collector/select/closure_expansion.h"
#include "collector/select/dotted_name.h"
#include "collector/select/input_detail.h"

namespace alibi::select {

// What earlier tests left is reached by the name that holds it, or, in a class, by its attribute.
void ClosureRules::Expansion::left_state(NameId name) {
  if (const auto writes = rules_.state_by_name_.find(name); writes != rules_.state_by_name_.end()) {
    for (const uint32_t write : writes->second)
      add_if({FactKind::kReachable, rules_.state_[write].write->file}, {FactKind::kState, write});
  }
  if (const auto writes = rules_.state_of_classes_.find(name); writes != rules_.state_of_classes_.end()) {
    for (const uint32_t write : writes->second) {
      const UnitRef head = rules_.state_[write].class_head;
      add_if({FactKind::kStatement, head.file, head.index}, {FactKind::kState, write});
    }
  }
}

void ClosureRules::Expansion::state(uint32_t index) {
  const StateWriter& writer = rules_.state_[index];
  if (!writer.is_reached) return;
  const StateOrigin& origin = rules_.origin_of(writer.test);
  std::vector<uint32_t> speakers = origin.speakers(*writer.write);
  // A content may be changed by others than those that name what holds it: they were given a part of it.
  if (writer.write->kind == model::StateKind::kContent) {
    const std::vector<uint32_t> changers = origin.changers(*writer.write);
    speakers.insert(speakers.end(), changers.begin(), changers.end());
  }
  if (speakers.empty()) return add(FactKind::kEvidence, static_cast<uint32_t>(writer.test));
  std::vector<uint32_t> makers;
  if (origin.made_below(speakers, &makers)) {
    for (const uint32_t function : makers)
      add(FactKind::kRan, origin.functions()[function].file, origin.functions()[function].index);
    return inputs_of(writer);
  }
  const auto test = static_cast<uint32_t>(writer.test);
  for (const uint32_t function : speakers) add(FactKind::kSupplier, test, function);
  for (const uint32_t method : origin.implicit_methods()) {
    const UnitRef unit = origin.functions()[method];
    UnitRef head;
    const Fact made{FactKind::kOrigin, test, method};
    if (snapshot_.class_head(unit.file, snapshot_.function(unit).class_name, &head))
      add_if({FactKind::kStatement, head.file, head.index}, made);
    else
      add(made);
  }
  inputs_of(writer);
}

// What it made itself is no input of it.
void ClosureRules::Expansion::inputs_of(const StateWriter& writer) {
  for (const uint32_t input : snapshot_.coverage().tests[writer.test].evidence.inputs) {
    // What was read at import belongs to the statement.
    if (!parse_detail(snapshot_.coverage().inputs[input].detail).importing.empty()) continue;
    const std::vector<uint32_t>& makers = rules_.products_.makers_of(input);
    if (std::find(makers.begin(), makers.end(), writer.test) == makers.end()) add(FactKind::kInput, input);
  }
}

// The value was made below a function that speaks of the place, from what it was given.
void ClosureRules::Expansion::supplier(uint32_t test, uint32_t function) {
  std::vector<uint32_t> callers;
  if (!rules_.origin_of(test).callers_of(function, &callers)) return add(FactKind::kEvidence, test);
  add(FactKind::kOrigin, test, function);
  for (const uint32_t caller : callers) add(FactKind::kSupplier, test, caller);
}

void ClosureRules::Expansion::origin(uint32_t test, uint32_t function) {
  const StateOrigin& origin = rules_.origin_of(test);
  const UnitRef unit = origin.functions()[function];
  add(FactKind::kRan, unit.file, unit.index);
  for (const uint32_t called : origin.called_by(function)) add(FactKind::kOrigin, test, called);
}

const StateOrigin& ClosureRules::origin_of(size_t test) const {
  std::unique_ptr<StateOrigin>& origin = origins_[test];
  if (origin == nullptr)
    origin = std::make_unique<StateOrigin>(snapshot_, &spelled_, snapshot_.coverage().tests[test].evidence);
  return *origin;
}

// A look at shared objects finds what changed since the last one, whoever ran in between. Whoever changed it
// got at it, by the very rules by which readers do. The least set: a part of it that he was handed by an
// earlier test leads through what that one left.
void ClosureRules::drop_unreached(const Seed& seed) {
  std::vector<size_t> writers;
  for (StateWriter& writer : state_) {
    writer.is_reached = !origin_of(writer.test).speakers(*writer.write).empty();
    if (!writer.is_reached && (writers.empty() || writers.back() != writer.test))
      writers.push_back(writer.test);
  }
  Closure closure(this);
  for (bool grew = true; std::exchange(grew, false);) {
    for (size_t first = 0; first < writers.size(); first += TestSet::kSize) {
      const std::span<const size_t> batch =
          std::span(writers).subspan(first, std::min(TestSet::kSize, writers.size() - first));
      closure.begin_batch();
      for (size_t i = 0; i < batch.size(); ++i)
        seed(batch[i], [&](const Fact& fact) { closure.seed(fact, i); });
      const TestSet all = TestSet::first(batch.size());
      facts_of(snapshot_.coverage().session, Of::kSession,
               [&](const Fact& fact) { closure.seed(fact, all); });
      closure.run();
      while (mark_reached(batch, &closure)) {
        grew = true;
        closure.run();
      }
    }
  }
}

bool ClosureRules::mark_reached(std::span<const size_t> writers, Closure* closure) {
  bool any = false;
  for (uint32_t index = 0; index < state_.size(); ++index) {
    StateWriter& writer = state_[index];
    const auto place = std::lower_bound(writers.begin(), writers.end(), writer.test);
    if (writer.is_reached || place == writers.end() || *place != writer.test) continue;
    const Fact read{FactKind::kState, index};
    if (!closure->tests(read).has(static_cast<size_t>(place - writers.begin()))) continue;
    writer.is_reached = any = true;
    closure->expand_again(read);
  }
  return any;
}

void ClosureRules::index_state() {
  const SessionCoverage& coverage = snapshot_.coverage();
  NameTable& names = snapshot_.names();
  is_late_.resize(snapshot_.file_count());
  for (size_t test = 0; test < coverage.tests.size(); ++test) {
    for (const uint32_t each : coverage.tests[test].evidence.statements)
      is_late_[coverage.statements[each].file] = true;
    for (const collector::StateWrite& write : coverage.tests[test].evidence.state_writes) {
      const auto index = static_cast<uint32_t>(state_.size());
      state_.push_back({test, &write, {}, true});
      state_by_file_[write.file].push_back(index);
      UnitRef& head = state_.back().class_head;
      const bool of_class =
          !write.attribute.empty() && snapshot_.class_head(write.file, names.id_of(write.name), &head);
      if (of_class) {
        for (const NameId name :
             {names.id_of(std::string(first_part(write.attribute))), snapshot_.known().dict})
          state_of_classes_[name].push_back(index);
        continue;
      }
      const NameId root = names.id_of(std::string(first_part(write.name)));
      state_by_global_[{write.file, root}].push_back(index);
      state_by_name_[root].push_back(index);
    }
  }
}

}  // namespace alibi::select
