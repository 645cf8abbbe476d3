#include "collector/merge/shard_replay.h"

#include <algorithm>

#include "absl/container/node_hash_map.h"
#include "collector/merge/evidence_tables.h"
#include "tracer/shard/format.h"

namespace alibi::collector {
namespace {

// Imports nest a few dozen deep in real programs; a stream that claims more is not believed.
constexpr size_t kDeepestImport = 2000;

class Replay {
 public:
  Replay(const std::function<uint32_t(uint32_t)>& file_of, ReplayedStream* stream)
      : file_of_(file_of), stream_(stream) {
    switch_to(shard::kSessionContext);
  }

  void play(uint32_t entry) {
    if ((entry & shard::kControlBit) == 0) {
      target_->push_back(entry);
      if (also_ != nullptr) also_->push_back(entry);
    } else if ((entry & shard::kStatementBit) != 0) {
      run_statement(entry & shard::kNumberMask);
    } else if (entry == shard::kConcurrentImport) {
      concurrent_ = true;
      if (!running_.empty()) also_ = &context_->probes;
    } else {
      switch_to(entry & shard::kNumberMask);
    }
  }

 private:
  struct RunningModule {
    uint32_t file;
    uint32_t statement;
  };

  // node_hash_map: targets stay where they are while others are added.
  void switch_to(uint32_t context) {
    context_ = &boxes_[context];
    target_ = &context_->probes;
    also_ = nullptr;
    concurrent_ = false;
    running_.clear();
  }

  void run_statement(uint32_t probe) {
    const uint32_t file = file_of_(probe);
    if (file == kNoFile) {
      stream_->unknown_probes += 1;
      return;
    }
    context_->statements.push_back(probe);
    StatementHits& hits = statements_[probe];
    auto running = std::find_if(running_.rbegin(), running_.rend(),
                                [file](const RunningModule& module) { return module.file == file; });
    if (running != running_.rend()) {
      running_.erase(running.base(), running_.end());
      running_.back().statement = probe;
    } else {
      if (running_.size() == kDeepestImport) running_.clear();
      if (!running_.empty()) statements_[running_.back().statement].imported.push_back(file);
      running_.push_back(RunningModule{file, probe});
    }
    target_ = &hits.probes;
    also_ = concurrent_ ? &context_->probes : nullptr;
  }

 public:
  void finish() {
    for (auto& [number, hits] : boxes_) {
      make_set(&hits.probes);
      make_set(&hits.statements);
      stream_->contexts.emplace(number, std::move(hits));
    }
    for (auto& [probe, hits] : statements_) {
      make_set(&hits.probes);
      make_set(&hits.imported);
      stream_->statements.emplace(probe, std::move(hits));
    }
  }

 private:
  const std::function<uint32_t(uint32_t)>& file_of_;
  ReplayedStream* stream_;
  absl::node_hash_map<uint32_t, ContextHits> boxes_;
  absl::node_hash_map<uint32_t, StatementHits> statements_;
  ContextHits* context_ = nullptr;
  std::vector<uint32_t>* target_ = nullptr;
  std::vector<uint32_t>* also_ = nullptr;
  bool concurrent_ = false;
  std::vector<RunningModule> running_;  // innermost last
};

}  // namespace

ReplayedStream replay(const std::vector<std::span<const uint32_t>>& ranges,
                      const std::function<uint32_t(uint32_t)>& file_of) {
  ReplayedStream stream;
  Replay replay(file_of, &stream);
  for (std::span<const uint32_t> range : ranges) {
    for (uint32_t entry : range) replay.play(entry);
  }
  replay.finish();
  return stream;
}

}  // namespace alibi::collector
