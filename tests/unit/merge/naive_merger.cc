#include "tests/unit/merge/naive_merger.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace alibi::testing {
namespace {

using collector::ShardContent;
using ContextKey = std::pair<std::string, uint32_t>;  // the shard that defined it, its number there

struct Place {
  std::string path;
  uint32_t line;
  std::string unit;
};

class Naive {
 public:
  explicit Naive(const std::vector<ShardContent>& shards) : shards_(shards) {}

  NaiveCoverage run() {
    for (const ShardContent& shard : shards_) play(shard);
    for (const ShardContent& shard : shards_) note_records(shard);
    note_programs();
    for (const ShardContent& shard : shards_) {
      for (const auto& record : shard.contexts) {
        if (record.kind == model::ContextKind::kTest)
          assemble_test({shard.name, record.context.value}, record.name);
      }
    }
    coverage_.session = whole(with_included(kSession));
    for (const ShardContent& shard : shards_) collect(shard);
    return coverage_;
  }

 private:
  inline static const ContextKey kSession{"", 0};

  static void add(const NaiveEvidence& more, NaiveEvidence* to) {
    to->lines.insert(more.lines.begin(), more.lines.end());
    to->units.insert(more.units.begin(), more.units.end());
    to->inputs.insert(more.inputs.begin(), more.inputs.end());
    to->names.insert(more.names.begin(), more.names.end());
  }

  // All that one process did for contexts that it did not define.
  static ContextKey part_of(const std::string& shard) { return {shard, 0xFFFFFFFFU}; }

  // Whom something that this process did for a context counts for.
  static std::vector<ContextKey> takers(const ShardContent& shard, const ContextKey& key) {
    if (key == kSession || key.first == shard.name) return {key};
    return {key, part_of(shard.name)};
  }

  void note_records(const ShardContent& shard) {
    for (const auto& input : shard.inputs) {
      for (const ContextKey& key : takers(shard, context(shard, input.context.value)))
        own_[key].inputs.insert(std::string(input.subject));
    }
    for (const auto& charge : shard.charges) {
      const ContextKey used = context(shard, charge.used.value);
      for (const ContextKey& key : takers(shard, context(shard, charge.user.value))) used_[key].insert(used);
    }
    for (const auto& record : shard.contexts) {
      if (is_started(shard)) included_[context(shard, 0)].insert({shard.name, record.context.value});
    }
    for (const auto& overlap : shard.overlaps) {
      const ShardContent& user = overlap.user_shard.empty() ? shard : named(overlap.user_shard);
      const ShardContent& used = overlap.used_shard.empty() ? shard : named(overlap.used_shard);
      included_[context(user, overlap.user.value)].insert(part_of(used.name));
    }
  }

  // Each shard is taken for the first program that it can be: those with a number come first, then their
  // words decide.
  void note_programs() {
    std::map<std::tuple<bool, std::string, std::string, size_t>, std::pair<const ShardContent*, size_t>>
        programs;
    for (const ShardContent& shard : shards_) {
      for (size_t index = 0; index < shard.started.size(); ++index) {
        const auto& record = shard.started[index];
        programs[{record.process_id == 0, std::string(record.command), shard.name, index}] = {&shard, index};
      }
    }
    std::set<const ShardContent*> taken;
    for (const auto& [order, place] : programs)
      note_program(*place.first, place.first->started[place.second], &taken);
  }

  void note_program(const ShardContent& shard, const model::StartedRecord& record,
                    std::set<const ShardContent*>* taken) {
    const ContextKey from = context(shard, record.context.value);
    const auto found = std::find_if(shards_.begin(), shards_.end(), [&](const ShardContent& one) {
      const bool same = record.process_id != 0 ? one.process_id == record.process_id
                                               : one.process.parent_pid == shard.process_id;
      return same && record.recording == model::Recording::kExpected && one.origin &&
             taken->count(&one) == 0 && context(one, 0) == from;
    });
    if (found != shards_.end()) taken->insert(&*found);
    const std::string seen = found == shards_.end() ? "unobserved\n" : "observed\n";
    for (const ContextKey& key : takers(shard, from))
      own_[key].inputs.insert(std::string(record.program) + " " + seen + std::string(record.command));
  }

  void assemble_test(const ContextKey& test, std::string_view id) {
    std::set<ContextKey> reached;
    reach(test, &reached);
    for (const ContextKey& key : reached) {
      const std::string collection = collection_of(key);
      if (collection.empty())
        add(whole({key}), &coverage_.tests[std::string(id)]);
      else
        coverage_.collections_of[std::string(id)].insert(collection);
    }
  }

  // Statements that ran while a context was current count for it.
  NaiveEvidence whole(const std::set<ContextKey>& keys) {
    NaiveEvidence evidence;
    for (const ContextKey& key : keys) {
      add(own_[key], &evidence);
      for (const LineOfFile& ran : statements_of_[key]) {
        evidence.lines.insert(ran);
        add(statements_[ran], &evidence);
      }
    }
    return evidence;
  }

  std::set<ContextKey> with_included(const ContextKey& key) {
    std::set<ContextKey> all;
    for (const ContextKey& included : included_[key]) reach(included, &all);
    all.insert(key);
    return all;
  }

  const ShardContent& named(std::string_view name) const {
    return *std::find_if(shards_.begin(), shards_.end(),
                         [&](const auto& shard) { return shard.name == name; });
  }

  bool is_started(const ShardContent& shard) const {
    const ShardContent* parent = parent_of(shard);
    return parent == nullptr ? shard.origin.has_value() : is_started(*parent);
  }

  const ShardContent* parent_of(const ShardContent& shard) const {
    for (const ShardContent& other : shards_) {
      if (!shard.process.parent_shard.empty() && other.name == shard.process.parent_shard) return &other;
    }
    return nullptr;
  }

  std::optional<Place> place(const ShardContent& shard, uint32_t probe, uint64_t limit = UINT64_MAX) const {
    for (const auto& code : shard.codes) {
      if (code.offset >= limit || probe < code.base.value || probe - code.base.value >= code.span) continue;
      if (model::is_name(code.kind)) return Place{"", 0, std::string(code.qualified_name)};
      const std::string path = path_of(shard, code.file.value);
      return Place{path, code.first_line + probe - code.base.value,
                   path + ":" + std::string(code.qualified_name)};
    }
    const ShardContent* parent = parent_of(shard);
    return parent == nullptr ? std::nullopt : place(*parent, probe, shard.process.parent_bytes);
  }

  std::string path_of(const ShardContent& shard, uint32_t number) const {
    for (const auto& file : shard.files) {
      if (file.file.value == number) return std::string(file.path);
    }
    const ShardContent* parent = parent_of(shard);
    return parent == nullptr ? "?" : path_of(*parent, number);
  }

  ContextKey context(const ShardContent& shard, uint32_t number, uint64_t limit = UINT64_MAX) const {
    if (number == 0) return home_of(shard);
    for (const auto& record : shard.contexts) {
      if (record.offset < limit && record.context.value == number) return {shard.name, number};
    }
    const ShardContent* parent = parent_of(shard);
    return parent == nullptr ? kSession : context(*parent, number, shard.process.parent_bytes);
  }

  ContextKey home_of(const ShardContent& shard) const {
    if (const ShardContent* parent = parent_of(shard)) return home_of(*parent);
    if (!shard.origin || shard.origin->context == model::kUnknownContext) return kSession;
    return context(named(shard.origin->shard), shard.origin->context.value);
  }

  void hit(const Place& where, NaiveEvidence* evidence) {
    if (where.path.empty()) {
      evidence->names.insert(where.unit);
      return;
    }
    evidence->lines.insert({where.path, where.line});
    evidence->units.insert(where.unit);
  }

  void play(const ShardContent& shard) {
    ContextKey current = context(shard, 0);
    std::vector<Place> running;  // statements, the innermost last
    for (const auto& range : shard.hits) {
      for (uint32_t entry : range) {
        if ((entry & 0xC0000000U) == 0x80000000U) {
          current = context(shard, entry & 0x3FFFFFFFU);
          running.clear();
          continue;
        }
        const std::optional<Place> where = place(shard, entry & 0x3FFFFFFFU);
        if (!where) continue;
        if ((entry & 0xC0000000U) == 0) {
          if (!running.empty()) {
            hit(*where, &statements_[{running.back().path, running.back().line}]);
            continue;
          }
          for (const ContextKey& key : takers(shard, current)) hit(*where, &own_[key]);
          continue;
        }
        while (std::any_of(running.begin(), running.end(),
                           [&](const Place& one) { return one.path == where->path; })) {
          running.pop_back();
        }
        if (!running.empty())
          coverage_.imports[{running.back().path, running.back().line}].insert(where->path);
        running.push_back(*where);
        for (const ContextKey& key : takers(shard, current))
          statements_of_[key].insert({where->path, where->line});
      }
    }
  }

  // The name of the collection that this context is; empty for other contexts.
  std::string collection_of(const ContextKey& key) const {
    for (const ShardContent& shard : shards_) {
      for (const auto& record : shard.contexts) {
        const bool same = shard.name == key.first && record.context.value == key.second;
        if (same && record.kind == model::ContextKind::kCollection) return std::string(record.name);
      }
    }
    return "";
  }

  void collect(const ShardContent& shard) {
    for (const auto& record : shard.contexts) {
      if (record.kind != model::ContextKind::kCollection) continue;
      NaiveCollection& collection = coverage_.collections[std::string(record.name)];
      add(whole(with_included({shard.name, record.context.value})), &collection.evidence);
      for (const auto& collected : shard.collected) {
        if (collected.context == record.context) collection.tests.insert(std::string(collected.test_id));
      }
      const bool ended_well =
          std::any_of(shard.test_ends.begin(), shard.test_ends.end(), [&](const auto& end) {
            return end.context == record.context && end.outcome == model::Outcome::kPassed;
          });
      collection.complete = collection.complete && ended_well;
    }
  }

  void reach(const ContextKey& from, std::set<ContextKey>* reached) {
    if (from == kSession || !reached->insert(from).second) return;
    for (const ContextKey& next : used_[from]) reach(next, reached);
    for (const ContextKey& next : included_[from]) reach(next, reached);
  }

  const std::vector<ShardContent>& shards_;
  std::map<ContextKey, NaiveEvidence> own_;
  std::map<ContextKey, std::set<ContextKey>> used_;
  std::map<ContextKey, std::set<ContextKey>> included_;
  std::map<LineOfFile, NaiveEvidence> statements_;
  std::map<ContextKey, std::set<LineOfFile>> statements_of_;
  NaiveCoverage coverage_;
};

}  // namespace

NaiveCoverage merge_naively(const std::vector<ShardContent>& shards) {
  return Naive(shards).run();
}

}  // namespace alibi::testing
