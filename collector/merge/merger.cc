#include "collector/merge/merger.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "collector/merge/evidence_tables.h"
#include "collector/merge/shard_definitions.h"
#include "collector/merge/shard_replay.h"
#include "collector/merge/test_assembly.h"
#include "tracer/shard/format.h"

namespace alibi::collector {
namespace {

class Merger {
 public:
  explicit Merger(MergeRequest request) : request_(std::move(request)) {
    contexts_.emplace_back().name = "session";
    std::sort(request_.shards.begin(), request_.shards.end(),
              [](const ShardContent& left, const ShardContent& right) { return left.name < right.name; });
  }

  SessionCoverage run() {
    describe_session();
    resolve_definitions();
    for (size_t index = 0; index < request_.shards.size(); ++index) add_shard(index);
    link_started_processes();
    finish_tables();
    coverage_.session = assemble_evidence(contexts_, {kSessionIndex});
    coverage_.collections = assemble_collections(&contexts_);
    coverage_.tests = assemble_tests(contexts_);
    finish_losses();
    return std::move(coverage_);
  }

 private:
  void describe_session();
  void resolve_definitions();
  void resolve(size_t index, std::vector<char>* state);
  void define_contexts(size_t index);
  void add_shard(size_t index);
  void add_hits(size_t index, std::vector<uint32_t>* present);
  // Content: what a context or a statement has of lines, units and names.
  template <typename Content>
  void add_probes(const ShardDefinitions& definitions, const ProbeList& probes, Content* content);
  void add_statement(const ShardDefinitions& definitions, uint32_t probe, const StatementHits& hits);
  void add_records(size_t index, std::vector<uint32_t>* present);
  void add_drops_of(size_t index, const std::vector<uint32_t>& present);
  void link_started_processes();
  void finish_tables();
  void finish_losses();

  // Index of a context, the session for one that nobody defined (a damaged shard; counted).
  uint32_t context_index(size_t shard, uint32_t number);

  MergeRequest request_;
  SessionCoverage coverage_;
  EvidenceTables tables_;
  std::vector<ShardDefinitions> definitions_;
  std::vector<ContextEvidence> contexts_;  // the session first
  absl::flat_hash_map<std::string_view, size_t> shard_places_;
  uint64_t unknown_probes_ = 0;   // of the shard being added: hits of lines nobody defined
  uint64_t lost_everywhere_ = 0;  // shards whose evidence may belong to any test
};

void Merger::describe_session() {
  coverage_.description = std::move(request_.description);
  for (const ShardContent& shard : request_.shards) {
    uint64_t entries = 0;
    for (const auto& range : shard.hits) entries += range.size();
    coverage_.processes.push_back(
        Process{shard.name, shard.process.role, shard.process_id, std::string(shard.process.worker),
                std::string(shard.process.interpreter), std::string(shard.process.strategy), shard.closed,
                entries, shard.uncommitted_entries});
    // Without a session.json the processes know, and all say the same.
    SessionDescription& description = coverage_.description;
    if (description.root.empty()) description.root = shard.process.root;
    if (description.interpreter.empty()) description.interpreter = shard.process.interpreter;
    std::vector<ImportedModule>& imported = coverage_.imported;
    for (const model::ImportedRecord& record : shard.imported) {
      imported.push_back(ImportedModule{std::string(record.module), std::string(record.path)});
    }
  }
  make_set(&coverage_.imported);
}

void Merger::resolve_definitions() {
  definitions_.resize(request_.shards.size());
  for (size_t index = 0; index < request_.shards.size(); ++index) {
    shard_places_.emplace(request_.shards[index].name, index);
  }
  std::vector<char> state(request_.shards.size(), 0);  // 0 untouched, 1 in progress, 2 done
  for (size_t index = 0; index < request_.shards.size(); ++index) resolve(index, &state);
}

// Parents first; the chain is walked without recursion, and a circle of hostile shards ends where it closes.
void Merger::resolve(size_t index, std::vector<char>* state) {
  std::vector<size_t> chain;
  for (size_t next = index; (*state)[next] == 0;) {
    (*state)[next] = 1;
    chain.push_back(next);
    const auto parent = shard_places_.find(request_.shards[next].process.parent_shard);
    if (parent == shard_places_.end()) break;
    next = parent->second;
  }
  for (auto place = chain.rbegin(); place != chain.rend(); ++place) {
    const ShardContent& shard = request_.shards[*place];
    ShardDefinitions& definitions = definitions_[*place];
    definitions.contexts.emplace(shard::kSessionContext, NumberedContext{kSessionIndex, 0});
    if (!shard.process.parent_shard.empty()) {
      const auto parent = shard_places_.find(shard.process.parent_shard);
      if (parent == shard_places_.end() || (*state)[parent->second] != 2)
        definitions.parent_missing = true;
      else
        definitions.inherit(definitions_[parent->second], shard.process.parent_bytes);
    }
    definitions.add_own(shard, &tables_);
    define_contexts(*place);
    (*state)[*place] = 2;
  }
}

void Merger::define_contexts(size_t index) {
  const ShardContent& shard = request_.shards[index];
  for (const model::ContextRecord& record : shard.contexts) {
    ContextEvidence& context = contexts_.emplace_back();
    context.kind = record.kind;
    context.owner = static_cast<uint32_t>(index);
    context.role = shard.process.role;
    context.process_id = shard.process_id;
    context.name = record.name;
    context.scope = record.scope;
    context.shards.push_back(static_cast<uint32_t>(index));
    if (context.is_fixture()) context.fixture = tables_.fixture(record);
    definitions_[index].contexts.insert_or_assign(
        record.context.value, NumberedContext{static_cast<uint32_t>(contexts_.size() - 1), record.offset});
  }
}

uint32_t Merger::context_index(size_t shard, uint32_t number) {
  const auto found = definitions_[shard].contexts.find(number);
  if (found != definitions_[shard].contexts.end()) return found->second.index;
  add_drop(&contexts_[kSessionIndex].drops, CollectorDrop::kTorn, 1);
  request_.shards[shard].damaged = true;
  return kSessionIndex;
}

void Merger::add_shard(size_t index) {
  std::vector<uint32_t> present;  // contexts this shard holds anything of
  add_hits(index, &present);
  add_records(index, &present);
  make_set(&present);
  for (uint32_t context : present) contexts_[context].shards.push_back(static_cast<uint32_t>(index));
  for (const model::ContextRecord& record : request_.shards[index].contexts) {
    present.push_back(context_index(index, record.context.value));
  }
  make_set(&present);
  add_drops_of(index, present);
}

template <typename Content>
void Merger::add_probes(const ShardDefinitions& definitions, const ProbeList& probes, Content* content) {
  size_t hint = 0;
  for (uint32_t probe : probes) {
    const ProbeRange* range = definitions.range_of(probe, &hint);
    if (range == nullptr) {
      unknown_probes_ += 1;
      continue;
    }
    if (range->is_name()) {
      content->names.push_back(range->unit);
      continue;
    }
    content->lines.push_back(line_key(range->file, range->first_line + (probe - range->base)));
    std::vector<uint32_t>& units = content->units;
    if (units.empty() || units.back() != range->unit) units.push_back(range->unit);
  }
}

void Merger::add_statement(const ShardDefinitions& definitions, uint32_t probe, const StatementHits& hits) {
  size_t hint = 0;
  const ProbeRange* range = definitions.range_of(probe, &hint);
  if (range == nullptr) return;
  uint32_t index = 0;
  StatementContent* content =
      tables_.statement(range->file, range->first_line + (probe - range->base), &index);
  add_probes(definitions, hits.probes, content);
  content->imports.insert(content->imports.end(), hits.imported.begin(), hits.imported.end());
}

void Merger::add_hits(size_t index, std::vector<uint32_t>* present) {
  const ShardDefinitions& definitions = definitions_[index];
  size_t hint = 0;
  const ReplayedStream stream = replay(request_.shards[index].hits, [&](uint32_t probe) {
    const ProbeRange* range = definitions.range_of(probe, &hint);
    return range == nullptr ? kNoFile : range->file;
  });
  for (const auto& [probe, hits] : stream.statements) add_statement(definitions, probe, hits);
  for (const auto& [number, hits] : stream.contexts) {
    const uint32_t place = context_index(index, number);
    present->push_back(place);
    ContextEvidence& context = contexts_[place];
    add_probes(definitions, hits.probes, &context);
    for (uint32_t probe : hits.statements) {
      const ProbeRange* range = definitions.range_of(probe, &hint);
      uint32_t statement = 0;
      tables_.statement(range->file, range->first_line + (probe - range->base), &statement);
      context.statements.push_back(statement);
    }
  }
  if (const uint64_t unknown = stream.unknown_probes + std::exchange(unknown_probes_, 0); unknown != 0) {
    request_.shards[index].damaged = true;
    add_drop(&contexts_[kSessionIndex].drops, CollectorDrop::kTorn, unknown);
  }
}

void Merger::add_records(size_t index, std::vector<uint32_t>* present) {
  const ShardContent& shard = request_.shards[index];
  for (const model::InputRecord& record : shard.inputs) {
    const uint32_t context = context_index(index, record.context.value);
    contexts_[context].inputs.push_back(tables_.input(record));
    present->push_back(context);
  }
  for (const model::ChargeRecord& record : shard.charges) {
    const uint32_t user = context_index(index, record.user.value);
    const uint32_t used = context_index(index, record.used.value);
    if (user != used && used != kSessionIndex) contexts_[user].charged.push_back(used);
  }
  for (const model::TestEndRecord& record : shard.test_ends) {
    const uint32_t place = context_index(index, record.context.value);
    if (place == kSessionIndex) continue;
    ContextEvidence& context = contexts_[place];
    context.ended = true;
    context.outcome = record.outcome;
    context.duration_ns = record.duration_ns;
    context.reason = record.reason;
  }
  for (const model::CollectedRecord& record : shard.collected) {
    ContextEvidence& context = contexts_[context_index(index, record.context.value)];
    if (context.kind == ContextKind::kCollection) context.collected.emplace_back(record.test_id);
  }
  for (const model::StateWriteRecord& record : shard.state_writes) {
    const uint32_t place = context_index(index, record.context.value);
    const auto file = definitions_[index].files.find(record.file.value);
    if (file == definitions_[index].files.end()) {
      add_drop(&contexts_[place].drops, CollectorDrop::kTorn, 1);
      continue;
    }
    contexts_[place].state_writes.push_back(
        StateWrite{file->second, record.kind, std::string(record.name), std::string(record.attribute)});
  }
}

void Merger::add_drops_of(size_t index, const std::vector<uint32_t>& present) {
  const ShardContent& shard = request_.shards[index];
  DropCounts all;  // losses that may have hit any context of this process
  for (const model::DropRecord& record : shard.drops) {
    add_drop(&coverage_.losses.drops, record.reason, record.count);
    if (record.context == model::kWholeProcess)
      add_drop(&all, record.reason, record.count);
    else
      add_drop(&contexts_[context_index(index, record.context.value)].drops, record.reason, record.count);
  }
  const bool parent_missing = definitions_[index].parent_missing;
  if (shard.damaged || parent_missing) {
    const CollectorDrop reason = parent_missing ? CollectorDrop::kMissingParent : CollectorDrop::kTorn;
    add_drop(&all, reason, 1);
    add_drop(&coverage_.losses.drops, reason, 1);
    coverage_.losses.damaged.push_back(DamagedShard{
        shard.name,
        parent_missing ? "its parent's shard " + std::string(shard.process.parent_shard) + " is missing"
                       : shard.damage,
        shard.torn_bytes, false});
  }
  for (uint32_t context : present) add_drops(&contexts_[context].drops, all);
  if (parent_missing) lost_everywhere_ += 1;
}

// A process that was started (not forked) by a test or a fixture names it in its own shard. A test is found
// by its id; a fixture's evidence belongs to the users of the same fixture in the process that started it.
void Merger::link_started_processes() {
  std::map<std::tuple<uint32_t, uint32_t>, std::vector<uint32_t>> fixtures;  // (process, fixture) -> contexts
  absl::flat_hash_map<uint32_t, uint32_t> parents;                           // process -> parent
  for (const ShardContent& shard : request_.shards)
    parents.emplace(shard.process_id, shard.process.parent_pid);
  for (uint32_t index = 1; index < contexts_.size(); ++index) {
    const ContextEvidence& context = contexts_[index];
    if (context.is_fixture()) fixtures[{context.process_id, context.fixture}].push_back(index);
  }
  for (uint32_t index = 1; index < contexts_.size(); ++index) {
    const ContextEvidence& context = contexts_[index];
    if (!context.is_fixture() || context.role != Role::kChild) continue;
    const auto parent = parents.find(context.process_id);
    if (parent == parents.end() || parent->second == context.process_id) continue;
    const auto users = fixtures.find({parent->second, context.fixture});
    if (users == fixtures.end()) continue;
    for (uint32_t user : users->second) contexts_[user].charged.push_back(index);
  }
}

void Merger::finish_tables() {
  const Renumbering renumbering = tables_.finish(&coverage_);
  for (ContextEvidence& context : contexts_) {
    renumber_lines(renumbering.files, &context.lines);
    renumber(renumbering.units, &context.units);
    renumber(renumbering.inputs, &context.inputs);
    renumber(renumbering.statements, &context.statements);
    renumber(renumbering.names, &context.names);
    for (StateWrite& write : context.state_writes) write.file = renumbering.files[write.file];
    make_set(&context.state_writes);
    make_set(&context.shards);
    make_set(&context.charged);
    // Guarded, because the session's own context counts as one and is in no table.
    if (context.is_fixture() && !renumbering.fixtures.empty()) {
      context.fixture = renumbering.fixtures[context.fixture];
    }
  }
}

void Merger::finish_losses() {
  LossReport& losses = coverage_.losses;
  for (DamagedShard& shard : request_.lost) losses.damaged.push_back(std::move(shard));
  std::sort(losses.damaged.begin(), losses.damaged.end(),
            [](const DamagedShard& left, const DamagedShard& right) { return left.shard < right.shard; });
  add_drop(&losses.drops, CollectorDrop::kLostShard, request_.lost.size());
  // Whose evidence a lost shard held is unknown: no test of the session keeps its alibi.
  const uint64_t lost = request_.lost.size() + lost_everywhere_;
  for (Collection& collection : coverage_.collections) {
    add_drop(&collection.evidence.drops, CollectorDrop::kLostShard, lost);
    collection.complete = collection.complete && collection.evidence.drops.empty();
  }
  for (TestCoverage& test : coverage_.tests) {
    add_drop(&test.evidence.drops, CollectorDrop::kLostShard, lost);
    for (const DropCount& drop : test.evidence.drops) {
      if (drop.reason == static_cast<uint32_t>(CollectorDrop::kUnfinished))
        add_drop(&losses.drops, drop.reason, drop.count);
    }
    test.complete = test.evidence.drops.empty();
  }
  std::sort(
      coverage_.processes.begin(), coverage_.processes.end(), [](const Process& left, const Process& right) {
        return std::tie(left.role, left.worker, left.shard) < std::tie(right.role, right.worker, right.shard);
      });
}

}  // namespace

SessionCoverage merge(MergeRequest request) {
  return Merger(std::move(request)).run();
}

}  // namespace alibi::collector
