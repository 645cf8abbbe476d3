// The closures of all subjects of a session (its tests, then its collections), kept: of each fact that a
// decision may ask for, whom it holds for. They depend on the session and on the rules alone, not on what
// changed, so a file of them answers every later change. Written by session_case, a cache: whatever is wrong
// with it, it is made again. Pure.
//
// Facts are kept as hashes, names by their text. Two facts with one hash would share their tests: more of
// them run, none is missed.
#ifndef ALIBI_COLLECTOR_SELECT_CLOSURE_INDEX_H_
#define ALIBI_COLLECTOR_SELECT_CLOSURE_INDEX_H_

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "collector/change/name_table.h"
#include "collector/select/closure.h"
#include "collector/select/fact_tests.h"
#include "tracer/base/hash.h"

namespace alibi::select {

class ClosureIndexWriter {
 public:
  // `names` outlives this.
  explicit ClosureIndexWriter(const change::NameTable& names) : names_(names) {}

  // A closure that has run for the subjects from `first` on; in ascending order.
  void add_batch(const Closure& closure, uint64_t first);

  // `key` stands for everything that the closures depend on; `subjects`: the hash of each one's name.
  std::string finish(uint64_t key, const std::vector<Hash128>& subjects) const;

 private:
  struct Runs {
    std::string bytes;   // of runs that have ended: gap and length, as variable-length numbers
    uint64_t end = 0;    // of the last one in `bytes`
    uint64_t begin = 0;  // of the open run
    uint64_t open = 0;   // its length
  };
  static void append(uint64_t subject, Runs* runs);

  const change::NameTable& names_;
  absl::flat_hash_map<uint64_t, Runs> facts_;
};

class ClosureIndex {
 public:
  // Null when the bytes are damaged, or made for another key. `names` outlives it.
  static std::unique_ptr<ClosureIndex> open(std::string bytes, uint64_t key, const change::NameTable& names);

  uint64_t subjects() const { return subjects_; }
  bool find(const Hash128& name, size_t* subject) const;

  // Subjects [512 * batch, 512 * batch + 512).
  class Batch : public FactTests {
   public:
    Batch(const ClosureIndex& index, size_t batch) : index_(index), batch_(batch) {}
    const TestSet& tests(const Fact& fact) const override { return index_.tests(fact, batch_); }

   private:
    const ClosureIndex& index_;
    size_t batch_;
  };

 private:
  struct NameHash {
    size_t operator()(const Hash128& name) const { return name.low; }
  };

  ClosureIndex(std::string bytes, const change::NameTable& names) : bytes_(std::move(bytes)), names_(names) {}
  const TestSet& tests(const Fact& fact, size_t batch) const;
  std::vector<TestSet> read(uint64_t fact_key) const;

  std::string bytes_;
  uint64_t subjects_ = 0;
  const change::NameTable& names_;
  absl::flat_hash_map<Hash128, uint32_t, NameHash> subject_by_name_;
  const uint64_t* keys_ = nullptr;    // of facts, sorted
  const uint32_t* places_ = nullptr;  // of their runs
  uint64_t facts_ = 0;
  std::string_view runs_;
  mutable absl::flat_hash_map<uint64_t, std::vector<TestSet>> known_;  // a set per batch; none: nobody
};

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_CLOSURE_INDEX_H_
