// Programs that were started -> inputs of the contexts that started them, which say whether the evidence of
// the program was found.
//
// Used by merger, once per session: records and shards are noted while shards are added, in any order, and
// matched when all are there. Pure.
#ifndef ALIBI_COLLECTOR_MERGE_STARTED_PROCESSES_H_
#define ALIBI_COLLECTOR_MERGE_STARTED_PROCESSES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "tracer/model/records.h"

namespace alibi::collector {

// A program that a recorded process started. Contexts are the merger's.
struct StartedProgram {
  uint32_t context = 0;
  uint32_t process_id = 0;  // 0: not known
  uint32_t starter = 0;     // process id of the one that started it
  uint32_t part = 0;        // of the starter's evidence, that this belongs to as well
  uint32_t words = 0;       // program and command
  bool expected = false;    // to record by itself
  bool observed = false;
};

// A shard with an origin: a started program that did record.
struct StartedShard {
  uint32_t context = 0;
  uint32_t process_id = 0;
  uint32_t parent = 0;  // process id
  bool claimed = false;
};

class StartedProcesses {
 public:
  void add(const model::StartedRecord& record, uint32_t context, uint32_t starter, uint32_t part);
  void add_shard(uint32_t context, uint32_t process_id, uint32_t parent);

  // Calls `use` for each program; the record is borrowed for the call. What was noted is gone afterwards.
  void match(const std::function<void(const StartedProgram&, const model::InputRecord&)>& use);

 private:
  void match_by_process_id();
  void match_by_parent();

  using Words = std::pair<std::string, std::string>;
  absl::flat_hash_map<Words, uint32_t> numbers_;
  std::vector<Words> words_;
  std::vector<StartedProgram> programs_;
  std::vector<StartedShard> shards_;
};

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MERGE_STARTED_PROCESSES_H_
