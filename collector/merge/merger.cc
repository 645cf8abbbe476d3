#include "collector/merge/merger.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "collector/merge/definition_path.h"
#include "collector/merge/evidence_tables.h"
#include "collector/merge/session_losses.h"
#include "collector/merge/session_shape.h"
#include "collector/merge/shard_replay.h"
#include "collector/merge/started_processes.h"
#include "collector/merge/test_assembly.h"
#include "collector/merge/visiting_order.h"

namespace alibi::collector {
namespace {

// The shard that is being added.
struct CurrentShard {
  const ShardContent* content = nullptr;
  uint32_t rank = 0;
  uint32_t part = 0;  // context that also gets what is done for contexts of others; 0: nobody asks for it
  bool damaged = false;
  std::string missing;            // what it needs and is not there; empty: nothing
  std::vector<uint32_t> present;  // contexts that it holds anything of
};

class Merger {
 public:
  Merger(SessionDescription description, ShardSource* source, std::vector<DamagedShard> lost)
      : source_(*source), lost_(std::move(lost)) {
    coverage_.description = std::move(description);
    contexts_.emplace_back().name = "session";
  }

  SessionCoverage run() {
    shape_ = shape_of(&source_);
    lost_.insert(lost_.end(), shape_.lost.begin(), shape_.lost.end());
    lose_everywhere(CollectorDrop::kTorn, shape_.unknown_overlaps);
    make_parts();
    for (const Visit& visit : visiting_order(shape_.links)) {
      if (!shape_.unreadable[visit.shard]) add_shard(visit);
    }
    finish_processes();
    const Renumbering renumbering = tables_.finish(&coverage_);
    for (ContextEvidence& context : contexts_) renumber_context(renumbering, &context);
    coverage_.session = assemble_evidence(contexts_, {kSessionIndex});
    coverage_.collections = assemble_collections(&contexts_);
    coverage_.tests = assemble_tests(contexts_);
    std::sort(coverage_.notes.begin(), coverage_.notes.end());
    finish_losses(std::move(lost_), lost_everywhere_, &coverage_);
    std::sort(coverage_.processes.begin(), coverage_.processes.end(),
              [](const Process& left, const Process& right) {
                return std::tie(left.role, left.worker, left.shard) <
                       std::tie(right.role, right.worker, right.shard);
              });
    return std::move(coverage_);
  }

 private:
  void make_parts();
  void add_shard(const Visit& visit);
  void enter(const Visit& visit);
  uint32_t home_of_started(const Visit& visit);
  void describe_process();
  void define_contexts();
  void find_overlaps();
  void add_hits();
  // Content: what a context or a statement has of lines, units and names. How many probes are nobody's.
  template <typename Content>
  uint64_t add_probes(const ProbeList& probes, Content* content);
  uint64_t add_statement(uint32_t probe, const StatementHits& hits);
  void add_inputs();
  void add_records();
  void add_drops();
  void lose_everywhere(CollectorDrop reason, uint64_t count);
  void finish_processes();

  // Index of a context, the session for one that nobody defined (a damaged shard; counted).
  uint32_t context_index(uint32_t number);
  // Calls `use` with the context and, where it is one of others, with the part of this process.
  template <typename Use>
  void for_context(uint32_t index, Use use) {
    use(&contexts_[index]);
    if (current_.part != 0 && index != kSessionIndex && contexts_[index].owner != current_.rank)
      use(&contexts_[current_.part]);
  }

  ShardSource& source_;
  std::vector<DamagedShard> lost_;
  SessionShape shape_;
  SessionCoverage coverage_;
  EvidenceTables tables_;
  DefinitionPath path_;
  std::vector<bool> started_;              // along the path: a program that was started, or a fork of one
  std::vector<ContextEvidence> contexts_;  // the session first
  StartedProcesses programs_;
  std::set<ImportedModule> imported_;
  absl::flat_hash_map<uint32_t, uint32_t> parts_;           // used shard -> context
  std::vector<std::pair<uint32_t, uint32_t>> overlapping_;  // context, part
  CurrentShard current_;
  uint64_t lost_everywhere_ = 0;  // losses that may have hit any test
};

void Merger::make_parts() {
  for (const Overlap& overlap : shape_.overlaps) {
    const auto [place, added] = parts_.try_emplace(overlap.used, static_cast<uint32_t>(contexts_.size()));
    if (added) contexts_.emplace_back().part = true;
  }
}

void Merger::add_shard(const Visit& visit) {
  while (path_.depth() > visit.depth) path_.leave();
  started_.resize(visit.depth);
  const size_t place = shape_.places[visit.shard];
  const Result<const ShardContent*> content = source_.read(place);
  if (!content) {  // it was there a moment ago
    lost_.push_back(DamagedShard{source_.name(place), content.error().message, 0, true});
    started_.push_back(false);
    return path_.enter_alone(kSessionIndex);
  }
  const auto part = parts_.find(visit.shard);
  current_ = CurrentShard{*content, visit.shard, part == parts_.end() ? 0 : part->second, (*content)->damaged,
                          {},       {}};
  enter(visit);
  describe_process();
  if (path_.define(*current_.content, &tables_) != 0) current_.damaged = true;
  define_contexts();
  find_overlaps();
  add_hits();
  add_inputs();
  add_records();
  make_set(&current_.present);
  if (current_.part != 0) current_.present.push_back(current_.part);
  for (uint32_t context : current_.present) contexts_[context].shards.push_back(current_.rank);
  add_drops();
}

void Merger::enter(const Visit& visit) {
  const ShardLink& link = shape_.links[visit.shard];
  if (link.kind == ShardLink::Kind::kForked && !visit.unreachable) {
    started_.push_back(started_.back());
    return path_.enter_forked(link.parent_bytes);
  }
  const model::ProcessRecord& process = current_.content->process;
  if (link.kind == ShardLink::Kind::kForked)
    current_.missing = "its parent's shard " + std::string(process.parent_shard) + " is missing";
  const bool started = link.is_started();
  const uint32_t home = link.kind == ShardLink::Kind::kStarted ? home_of_started(visit) : kSessionIndex;
  started_.push_back(started);
  path_.enter_alone(home);
  if (started && current_.missing.empty())
    programs_.add_shard(home, current_.content->process_id, process.parent_pid);
}

uint32_t Merger::home_of_started(const Visit& visit) {
  const std::string from(current_.content->origin ? current_.content->origin->shard : "");
  if (visit.unreachable) {
    current_.missing = "the shard " + from + ", for which it was started, is missing";
    return kSessionIndex;
  }
  const uint32_t number = shape_.links[visit.shard].origin;
  const std::optional<uint32_t> home = path_.context_of(number);
  if (!home) {
    current_.missing = "context " + std::to_string(number) + " of the shard " + from +
                       ", for which it was started, is missing";
  }
  return home.value_or(kSessionIndex);
}

void Merger::describe_process() {
  const ShardContent& shard = *current_.content;
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
  for (const model::ImportedRecord& record : shard.imported) {
    imported_.insert(ImportedModule{std::string(record.module), std::string(record.path)});
  }
}

void Merger::define_contexts() {
  for (const model::ContextRecord& record : current_.content->contexts) {
    const auto index = static_cast<uint32_t>(contexts_.size());
    if (!path_.define_context(record, index)) {
      current_.damaged = true;
      continue;
    }
    ContextEvidence& context = contexts_.emplace_back();
    context.kind = record.kind;
    context.owner = current_.rank;
    context.role = current_.content->process.role;
    context.name = record.name;
    context.scope = record.scope;
    context.shards.push_back(current_.rank);
    if (context.is_fixture()) context.fixture = tables_.fixture(record);
    if (started_.back()) contexts_[path_.home()].included.push_back(index);
  }
}

void Merger::find_overlaps() {
  const auto [first, last] =
      std::equal_range(shape_.overlaps.begin(), shape_.overlaps.end(), Overlap{current_.rank, 0, 0},
                       [](const Overlap& left, const Overlap& right) { return left.user < right.user; });
  for (const Overlap& overlap : std::span(first, last)) {
    if (const std::optional<uint32_t> user = path_.context_of(overlap.context))
      overlapping_.emplace_back(*user, parts_[overlap.used]);
    else
      lose_everywhere(CollectorDrop::kTorn, 1);
  }
}

uint32_t Merger::context_index(uint32_t number) {
  if (const std::optional<uint32_t> found = path_.context_of(number)) return *found;
  add_drop(&contexts_[kSessionIndex].drops, CollectorDrop::kTorn, 1);
  current_.damaged = true;
  return kSessionIndex;
}

template <typename Content>
uint64_t Merger::add_probes(const ProbeList& probes, Content* content) {
  size_t hint = 0;
  uint64_t unknown = 0;
  const ProbeRange* range = nullptr;
  for (uint32_t probe : probes) {
    if (range == nullptr || !range->holds(probe)) range = path_.range_of(probe, &hint);
    if (range == nullptr) {
      unknown += 1;
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
  return unknown;
}

uint64_t Merger::add_statement(uint32_t probe, const StatementHits& hits) {
  size_t hint = 0;
  const ProbeRange* range = path_.range_of(probe, &hint);
  if (range == nullptr) return 0;
  uint32_t index = 0;
  StatementContent* content =
      tables_.statement(range->file, range->first_line + (probe - range->base), &index);
  content->imports.insert(content->imports.end(), hits.imported.begin(), hits.imported.end());
  return add_probes(hits.probes, content);
}

void Merger::add_hits() {
  size_t hint = 0;
  const ReplayedStream stream = replay(current_.content->hits, [&](uint32_t probe) {
    const ProbeRange* range = path_.range_of(probe, &hint);
    return range == nullptr ? kNoFile : range->file;
  });
  uint64_t unknown = stream.unknown_probes;
  for (const auto& [probe, hits] : stream.statements) unknown += add_statement(probe, hits);
  for (const auto& [number, hits] : stream.contexts) {
    const uint32_t place = context_index(number);
    current_.present.push_back(place);
    for_context(place, [&, &probes = hits.probes, &ran = hits.statements](ContextEvidence* context) {
      const uint64_t nobodys = add_probes(probes, context);
      if (context == &contexts_[place]) unknown += nobodys;
      for (uint32_t probe : ran) {
        const ProbeRange* range = path_.range_of(probe, &hint);
        uint32_t statement = 0;
        tables_.statement(range->file, range->first_line + (probe - range->base), &statement);
        context->statements.push_back(statement);
      }
    });
  }
  if (unknown == 0) return;
  current_.damaged = true;
  add_drop(&contexts_[kSessionIndex].drops, CollectorDrop::kTorn, unknown);
}

void Merger::add_inputs() {
  const ShardContent& shard = *current_.content;
  for (const model::InputRecord& record : shard.inputs) {
    const uint32_t place = context_index(record.context.value);
    const uint32_t input = tables_.input(record);
    for_context(place, [input](ContextEvidence* context) { context->inputs.push_back(input); });
    current_.present.push_back(place);
  }
  for (const model::StartedRecord& record : shard.started) {
    const uint32_t place = context_index(record.context.value);
    uint32_t part = 0;
    for_context(place, [&](const ContextEvidence* context) { part = context->part ? current_.part : 0; });
    programs_.add(record, place, shard.process_id, part);
    current_.present.push_back(place);
  }
}

void Merger::add_records() {
  const ShardContent& shard = *current_.content;
  for (const model::ChargeRecord& record : shard.charges) {
    const uint32_t user = context_index(record.user.value);
    const uint32_t used = context_index(record.used.value);
    if (user == used || used == kSessionIndex) continue;
    for_context(user, [used](ContextEvidence* context) { context->charged.push_back(used); });
  }
  for (const model::TestEndRecord& record : shard.test_ends) {
    const uint32_t place = context_index(record.context.value);
    if (place == kSessionIndex) continue;
    ContextEvidence& context = contexts_[place];
    context.ended = true;
    context.outcome = record.outcome;
    context.duration_ns = record.duration_ns;
    context.reason = record.reason;
  }
  for (const model::CollectedRecord& record : shard.collected) {
    ContextEvidence& context = contexts_[context_index(record.context.value)];
    if (context.kind == ContextKind::kCollection) context.collected.emplace_back(record.test_id);
  }
  for (const model::NoteRecord& record : shard.notes) {
    const uint32_t place = context_index(record.context.value);
    if (place == kSessionIndex)
      coverage_.notes.emplace_back(record.text);
    else
      contexts_[place].note = record.text;
  }
  for (const model::StateWriteRecord& record : shard.state_writes) {
    const std::optional<uint32_t> file = path_.file_of(record.file.value);
    for_context(context_index(record.context.value), [&](ContextEvidence* context) {
      if (!file) return add_drop(&context->drops, CollectorDrop::kTorn, 1);
      context->state_writes.push_back(
          StateWrite{*file, record.kind, std::string(record.name), std::string(record.attribute)});
    });
  }
}

void Merger::add_drops() {
  const ShardContent& shard = *current_.content;
  std::vector<uint32_t> all = std::move(current_.present);  // whom losses of the whole process may have hit
  for (const model::ContextRecord& record : shard.contexts)
    all.push_back(context_index(record.context.value));
  if (started_.back()) all.push_back(path_.home());
  make_set(&all);
  DropCounts of_all;
  for (const model::DropRecord& record : shard.drops) {
    add_drop(&coverage_.losses.drops, record.reason, record.count);
    if (record.context == model::kWholeProcess) {
      add_drop(&of_all, record.reason, record.count);
      continue;
    }
    for_context(context_index(record.context.value), [&record](ContextEvidence* context) {
      add_drop(&context->drops, record.reason, record.count);
    });
  }
  const bool missing = !current_.missing.empty();
  if (current_.damaged || missing) {
    const CollectorDrop reason = missing ? CollectorDrop::kMissingParent : CollectorDrop::kTorn;
    add_drop(&of_all, reason, 1);
    add_drop(&coverage_.losses.drops, reason, 1);
    coverage_.losses.damaged.push_back(
        DamagedShard{shard.name, missing ? current_.missing : shard.damage, shard.torn_bytes, false});
  }
  for (uint32_t context : all) collector::add_drops(&contexts_[context].drops, of_all);
  if (missing) lost_everywhere_ += 1;
}

void Merger::lose_everywhere(CollectorDrop reason, uint64_t count) {
  add_drop(&coverage_.losses.drops, reason, count);
  lost_everywhere_ += count;
}

void Merger::finish_processes() {
  programs_.match([this](const StartedProgram& program, const model::InputRecord& record) {
    const uint32_t input = tables_.input(record);
    contexts_[program.context].inputs.push_back(input);
    if (program.part != 0) contexts_[program.part].inputs.push_back(input);
  });
  for (const auto& [context, part] : overlapping_) contexts_[context].included.push_back(part);
  coverage_.imported.assign(imported_.begin(), imported_.end());
}
}  // namespace

SessionCoverage merge(SessionDescription description, ShardSource* shards, std::vector<DamagedShard> lost) {
  return Merger(std::move(description), shards, std::move(lost)).run();
}

}  // namespace alibi::collector
