// Who is charged with what an earlier test left (docs/evidence.md).
#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "collector/select/closure_expansion.h"
#include "collector/select/dotted_name.h"
#include "collector/select/input_detail.h"

namespace alibi::select {

using model::StateKind;

// What earlier tests left is reached by the name that holds it, or, in a class, by its attribute.
void ClosureRules::Expansion::left_state(NameId name) {
  if (const auto writes = rules_.state_by_name_.find(name); writes != rules_.state_by_name_.end()) {
    for (const uint32_t write : writes->second) {
      const Fact left{FactKind::kState, write};
      if (known_.language() == Language::kRuby)  // a constant or global: found from anywhere
        add(left);
      else
        add_if({FactKind::kReachable, rules_.state_[write].write->file}, left);
    }
  }
  if (const auto writes = rules_.state_of_classes_.find(name); writes != rules_.state_of_classes_.end()) {
    for (const uint32_t write : writes->second) {
      const UnitRef head = rules_.state_[write].class_head;
      add_if({FactKind::kStatement, head.file, head.index}, {FactKind::kState, write});
    }
  }
}

const Confinement& ClosureRules::confinement() const {
  if (confinement_ == nullptr) confinement_ = std::make_unique<Confinement>(snapshot_);
  return *confinement_;
}

// By which code has it: empty where that may be none.
Names ClosureRules::names_of(const collector::StateWrite& write) const {
  const std::string_view path = write.attribute.empty() ? write.name : write.attribute;
  const NameId last = snapshot_.names().id_of(std::string(last_part(path)));
  if (write.kind != StateKind::kContainer) return {last};
  const Names names = confinement().names_of(last);
  return names.empty() ? Names{last} : names;
}

bool ClosureRules::changers_of(const StateWriter& writer, std::vector<uint32_t>* functions) const {
  const collector::StateWrite& write = *writer.write;
  const StateOrigin& origin = origin_of(writer.test);
  const std::string_view path = write.attribute.empty() ? write.name : write.attribute;
  const NameId last = snapshot_.names().id_of(std::string(last_part(path)));
  if (write.kind == StateKind::kInstanceAttribute || write.kind == StateKind::kContainer) {
    const Names names = write.kind == StateKind::kContainer ? confinement().names_of(last) : Names{last};
    if (origin.changers_by_name(names, confinement(), functions)) {
      if (!writer.holder.classes.empty())
        std::erase_if(*functions, [&](uint32_t each) { return !origin.has_held(each, writer.holder); });
      return true;
    }
    functions->clear();
  }
  *functions = origin.speakers(write);
  // What hangs below a name may be changed by others than those that spell it: they were given a part of it.
  if (write.kind == StateKind::kGlobal || write.kind == StateKind::kClassAttribute ||
      write.kind == StateKind::kCachedFunction)
    return false;
  const std::vector<uint32_t> changers = origin.changers(write);
  functions->insert(functions->end(), changers.begin(), changers.end());
  return false;
}

void ClosureRules::Expansion::state(uint32_t index) {
  const StateWriter& writer = rules_.state_[index];
  if (!writer.is_reached) return;
  const StateOrigin& origin = rules_.origin_of(writer.test);
  std::vector<uint32_t> speakers;
  rules_.changers_of(writer, &speakers);
  // Blocks and objects carry values in Ruby: only what is made from nothing is told apart.
  const bool is_made_there =
      known_.language() != Language::kRuby || writer.write->kind != StateKind::kContent;
  if (speakers.empty() || !is_made_there) return add(FactKind::kEvidence, static_cast<uint32_t>(writer.test));
  std::vector<uint32_t> makers;
  if (origin.made_below(speakers, &makers)) {
    for (const uint32_t function : makers)
      add(FactKind::kRan, origin.functions()[function].file, origin.functions()[function].index);
    if (!origin.reads_no_inputs(makers)) inputs_of(writer);
    return;
  }
  const auto test = static_cast<uint32_t>(writer.test);
  if (known_.language() == Language::kRuby) return add(FactKind::kEvidence, test);
  suppliers(writer, speakers);
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

// Who gave what is there now. Methods of an object that is held by one name alone are called by those who
// have it; of others the callers are known by name.
void ClosureRules::Expansion::suppliers(const StateWriter& writer, const std::vector<uint32_t>& changers) {
  const StateOrigin& origin = rules_.origin_of(writer.test);
  const auto test = static_cast<uint32_t>(writer.test);
  const Names names = rules_.names_of(*writer.write);
  std::vector<std::pair<uint32_t, bool>> open;
  for (const uint32_t changer : changers) open.emplace_back(changer, origin.gives_to(changer, names));
  absl::flat_hash_set<std::pair<uint32_t, bool>> known(open.begin(), open.end());
  while (!open.empty()) {
    const auto [function, hands_on] = open.back();
    open.pop_back();
    std::vector<uint32_t> callers;
    if (!origin.callers_on(function, writer.holder, &callers)) {
      add(hands_on ? FactKind::kGiver : FactKind::kSupplier, test, function);
      continue;
    }
    add(FactKind::kOrigin, test, function);
    if (!hands_on && !origin.keeps(function)) continue;
    for (const uint32_t caller : callers) {
      const std::pair<uint32_t, bool> next(caller, origin.passes_on(caller, function));
      if (known.insert(next).second) open.push_back(next);
    }
  }
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
void ClosureRules::Expansion::supplier(uint32_t test, uint32_t function, bool hands_on) {
  const StateOrigin& origin = rules_.origin_of(test);
  add(FactKind::kOrigin, test, function);
  if (!hands_on && !origin.keeps(function)) return;
  std::vector<uint32_t> callers;
  if (!origin.callers_of(function, &callers)) return add(FactKind::kEvidence, test);
  for (const uint32_t caller : callers)
    add(origin.passes_on(caller, function) ? FactKind::kGiver : FactKind::kSupplier, test, caller);
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
    std::vector<uint32_t> by_name;
    const bool is_known = changers_of(writer, &by_name);
    writer.is_cleared = is_known && by_name.empty();
    writer.is_reached = is_known ? !by_name.empty() : !origin_of(writer.test).speakers(*writer.write).empty();
    if (!writer.is_reached && !writer.is_cleared && (writers.empty() || writers.back() != writer.test))
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
    if (writer.is_reached || writer.is_cleared || place == writers.end() || *place != writer.test) continue;
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
      // A class that no source spells as one: its variable is known by its own name.
      const bool unplaced = snapshot_.known().language() == Language::kRuby && !write.attribute.empty();
      const NameId root = names.id_of(std::string(first_part(unplaced ? write.attribute : write.name)));
      const bool by_name = write.kind == StateKind::kInstanceAttribute || write.kind == StateKind::kContainer;
      if (by_name && !write.attribute.empty() && write.attribute.find('.') == std::string::npos)
        state_.back().holder = {root, confinement().classes_of(write.file, root)};
      state_by_global_[{write.file, root}].push_back(index);
      state_by_name_[root].push_back(index);
    }
  }
}

}  // namespace alibi::select
