#include "collector/merge/started_processes.h"

#include <algorithm>
#include <tuple>

namespace alibi::collector {

void StartedProcesses::add(const model::StartedRecord& record, uint32_t context, uint32_t starter,
                           uint32_t part) {
  const Words words(record.program, record.command);
  const auto [place, added] = numbers_.try_emplace(words, static_cast<uint32_t>(words_.size()));
  if (added) words_.push_back(words);
  const bool expected = record.recording == model::Recording::kExpected;
  programs_.push_back(
      StartedProgram{context, record.process_id, starter, part, place->second, expected, false});
}

void StartedProcesses::add_shard(uint32_t context, uint32_t process_id, uint32_t parent) {
  shards_.push_back(StartedShard{context, process_id, parent, false});
}

// Of several programs with one number (the system uses them again) and fewer shards, the words decide which
// one was seen: what the context rests on is the same, and no order shows.
void StartedProcesses::match_by_process_id() {
  std::sort(programs_.begin(), programs_.end(),
            [this](const StartedProgram& left, const StartedProgram& right) {
              return std::tie(left.context, left.process_id, words_[left.words], left.starter, left.expected,
                              left.part) < std::tie(right.context, right.process_id, words_[right.words],
                                                    right.starter, right.expected, right.part);
            });
  std::sort(shards_.begin(), shards_.end(), [](const StartedShard& left, const StartedShard& right) {
    return std::tie(left.context, left.process_id, left.parent) <
           std::tie(right.context, right.process_id, right.parent);
  });
  size_t next = 0;
  for (StartedProgram& program : programs_) {
    if (!program.expected || program.process_id == 0) continue;
    const auto wanted = std::tie(program.context, program.process_id);
    while (next < shards_.size() && std::tie(shards_[next].context, shards_[next].process_id) < wanted)
      ++next;
    if (next == shards_.size() || std::tie(shards_[next].context, shards_[next].process_id) != wanted)
      continue;
    shards_[next++].claimed = true;
    program.observed = true;
  }
}

// The number was not known to the starter, but the program knows who started it.
void StartedProcesses::match_by_parent() {
  std::erase_if(shards_, [](const StartedShard& shard) { return shard.claimed; });
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> left;
  for (const StartedShard& shard : shards_) ++left[{shard.context, shard.parent}];
  for (StartedProgram& program : programs_) {
    if (!program.expected || program.process_id != 0) continue;
    const auto found = left.find({program.context, program.starter});
    if (found == left.end() || found->second == 0) continue;
    --found->second;
    program.observed = true;
  }
}

void StartedProcesses::match(
    const std::function<void(const StartedProgram&, const model::InputRecord&)>& use) {
  match_by_process_id();
  match_by_parent();
  std::string detail;
  for (const StartedProgram& program : programs_) {
    const auto& [name, command] = words_[program.words];
    detail = program.observed ? "observed" : "unobserved";
    if (!command.empty()) detail.append("\n").append(command);
    use(program, {model::ContextId{program.context},
                  model::InputKind::kProcess,
                  model::InputState::kNoValue,
                  {},
                  name,
                  detail});
  }
  *this = {};
}

}  // namespace alibi::collector
