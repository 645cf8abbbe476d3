#include "tests/unit/merge/naive_merger.h"

#include <algorithm>
#include <optional>

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
    for (const ShardContent& shard : shards_) {
      for (const auto& input : shard.inputs)
        own_[context(shard, input.context.value)].inputs.insert(std::string(input.subject));
      for (const auto& charge : shard.charges) {
        used_[context(shard, charge.user.value)].insert(context(shard, charge.used.value));
      }
    }
    for (const ShardContent& shard : shards_) {
      for (const auto& record : shard.contexts) {
        if (record.kind != model::ContextKind::kTest) continue;
        std::set<ContextKey> reached;
        reach({shard.name, record.context.value}, &reached);
        for (const ContextKey& key : reached) {
          const std::string id(record.name);
          const std::string collection = collection_of(key);
          if (collection.empty())
            add(own_[key], &coverage_.tests[id]);
          else
            coverage_.collections_of[id].insert(collection);
        }
      }
    }
    coverage_.session = own_[kSession];
    for (const ShardContent& shard : shards_) collect(shard);
    for (const auto& [key, ran] : statements_of_) fold_statements(key, ran);
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
    if (number == 0) return kSession;
    for (const auto& record : shard.contexts) {
      if (record.offset < limit && record.context.value == number) return {shard.name, number};
    }
    const ShardContent* parent = parent_of(shard);
    return parent == nullptr ? kSession : context(*parent, number, shard.process.parent_bytes);
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
    ContextKey current = kSession;
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
          NaiveEvidence& owner =
              running.empty() ? own_[current] : statements_[{running.back().path, running.back().line}];
          hit(*where, &owner);
          continue;
        }
        while (std::any_of(running.begin(), running.end(),
                           [&](const Place& one) { return one.path == where->path; })) {
          running.pop_back();
        }
        if (!running.empty())
          coverage_.imports[{running.back().path, running.back().line}].insert(where->path);
        running.push_back(*where);
        statements_of_[current].insert({where->path, where->line});
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
      add(own_[{shard.name, record.context.value}], &collection.evidence);
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
  }

  // Statements that ran while a context was current count for it and for everyone it is charged to.
  void fold_statements(const ContextKey& key, const std::set<LineOfFile>& ran) {
    const auto fold = [&](NaiveEvidence* evidence) {
      for (const LineOfFile& statement : ran) {
        evidence->lines.insert(statement);
        add(statements_[statement], evidence);
      }
    };
    if (key == kSession) return fold(&coverage_.session);
    if (const std::string name = collection_of(key); !name.empty())
      return fold(&coverage_.collections[name].evidence);
    for (const ShardContent& shard : shards_) {
      for (const auto& record : shard.contexts) {
        std::set<ContextKey> reached;
        if (record.kind == model::ContextKind::kTest) reach({shard.name, record.context.value}, &reached);
        if (reached.count(key) != 0) fold(&coverage_.tests[std::string(record.name)]);
      }
    }
  }

  const std::vector<ShardContent>& shards_;
  std::map<ContextKey, NaiveEvidence> own_;
  std::map<ContextKey, std::set<ContextKey>> used_;
  std::map<LineOfFile, NaiveEvidence> statements_;
  std::map<ContextKey, std::set<LineOfFile>> statements_of_;
  NaiveCoverage coverage_;
};

}  // namespace

NaiveCoverage merge_naively(const std::vector<ShardContent>& shards) {
  return Naive(shards).run();
}

}  // namespace alibi::testing
