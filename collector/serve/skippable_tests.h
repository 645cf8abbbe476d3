// Chooses the tests that need not run at a commit: those whose newest run that still tells something passed,
// with nothing that it covered edited since.
//
// Used by the routes, any thread. Remembers what is the same for all requests (names of tests, numbers of
// files; GitObjects remembers trees). Whatever it does not know means: run.
#ifndef ALIBI_COLLECTOR_SERVE_SKIPPABLE_TESTS_H_
#define ALIBI_COLLECTOR_SERVE_SKIPPABLE_TESTS_H_

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collector/payload/run_facts.h"
#include "collector/payload/skippable.h"
#include "collector/serve/database.h"
#include "collector/serve/git_objects.h"
#include "tracer/base/result.h"

namespace alibi::serve {

RunContext context_of(const payload::RunFacts& facts);

struct Skippables {
  std::string items;  // the answer's beginning: "{"data":[…", without the end; empty: there is none
  uint64_t count = 0;
  std::vector<std::string> log;  // one line for each commit that was looked at
};

// Whether a test may be left out at a commit in a context, and why.
struct Why {
  bool left_out = false;
  std::string reason;           // a sentence without its end
  std::string commit;           // at which it was asked
  std::string evidence_commit;  // of the run that decides; empty: there is none
  uint64_t evidence_ns = 0;
};

class SkippableTests {
 public:
  SkippableTests(Database* database, GitObjects* git) : database_(database), git_(git) {}

  Result<Skippables> choose(const payload::RunFacts& facts);
  // What choose() decides about one test, at the level of tests. `commit`: empty means the newest one with a
  // session in this context. None: nothing has been recorded in it.
  Result<std::optional<Why>> explain(const RunContext& context, const TestRow& test, std::string commit);
  // Reads names ahead, so that requests do not wait for it; nothing while somebody else is reading.
  void warm_up();

 private:
  // What the evidence of one commit is worth at another.
  struct Comparison {
    std::string runs_all;                 // why none of it holds; empty: what follows decides
    absl::flat_hash_set<uint64_t> files;  // edited, removed, or not in the tree of the evidence
    absl::flat_hash_set<uint64_t> sets;   // that cover one of them
  };
  struct Commit {
    CommitRow row;
    std::vector<Evidence> evidence;
    std::vector<SuiteEvidence> suites;  // only where suites are asked for
    Comparison comparison;
  };
  struct Item {
    std::string json;   // as it stands in the answer
    uint64_t name = 0;  // the same for tests that differ only in their parameters
  };
  struct Known {  // names that never change, by number
    uint64_t last_file = 0, last_test = 0;
    absl::flat_hash_map<std::string, uint64_t> files;
    absl::flat_hash_map<uint64_t, Item> items;  // tests
    absl::flat_hash_map<std::string, uint64_t> names;
  };
  using Sets = absl::flat_hash_set<uint64_t>;
  // The sets of all evidence that may be used; asked for when a file was edited that some set has.
  using SetsOfContext = std::function<Result<const Sets*>()>;
  // The newest run whose evidence still holds decides.
  struct Decision {
    uint64_t start_ns = 0;
    bool passed = false;

    void hear(uint64_t at, bool pass);
  };
  class Explaining;

  Result<void> learn();
  Result<Comparison> compare(const CommitTree& then, const CommitTree& now,
                             const SetsOfContext& sets_of_context);
  Result<Comparison> compare_with(const std::string& commit, const CommitTree& now,
                                  const SetsOfContext& sets_of_context);
  static bool is_untouched(const Evidence& evidence, const Comparison& comparison);
  static bool stands(const Evidence& evidence, const Comparison& comparison);
  Result<std::vector<Commit>> commits_with_evidence(uint64_t context, payload::TestLevel level,
                                                    Sets* sets_of_context);
  Result<void> compare_all(const CommitTree& now, const Sets& sets_of_context, std::vector<Commit>* commits,
                           std::vector<std::string>* log);
  void add_tests(const std::vector<Commit>& commits, Skippables* chosen);
  void add_suites(const std::vector<Commit>& commits, Skippables* chosen);

  static constexpr uint64_t kMostCommits = 24;  // with evidence, the latest

  Database* database_;
  GitObjects* git_;
  std::mutex mutex_;
  Known known_;
};

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_SKIPPABLE_TESTS_H_
