// One recorded session held against the project as it is: what differs, and which of its tests and
// collections that meets. Looks at hashes first; sources are compared by meaning only when something differs.
// Used by selection; one thread.
#ifndef ALIBI_COLLECTOR_CLI_SESSION_CASE_H_
#define ALIBI_COLLECTOR_CLI_SESSION_CASE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collector/change/ground.h"
#include "collector/change/project_state.h"
#include "collector/change/units_pack.h"
#include "collector/cli/selection.h"
#include "collector/cli/session_cache.h"
#include "collector/select/closure.h"
#include "collector/select/closure_index.h"
#include "collector/select/closure_rules.h"
#include "collector/select/decision.h"
#include "collector/select/session_products.h"
#include "collector/select/snapshot.h"
#include "collector/store/evidence_reader.h"

namespace alibi::cli {

class SessionCase {
 public:
  // `evidence` names the session in the caches below `data`. The others outlive this.
  SessionCase(const std::string& data, const std::string& evidence, store::EvidenceReader reader,
              change::ProjectState* state, const change::CurrentProject& project, change::KeepUnits keep,
              change::NameTable* names);

  // Also counts what changed since a revision, which outlives this.
  void count_changes_since(const change::GitRevision* revision) { since_ = revision; }

  // Without tests until something differs.
  const collector::SessionCoverage& coverage() const { return reader_.coverage(); }

  // The reason of each of the tests; nothing for one whose evidence cannot be read.
  std::vector<std::optional<select::Reason>> judge_tests(const std::vector<std::string>& tests);
  // Of each collection of the coverage.
  std::vector<select::Reason> judge_collections();
  // The chain of facts from a test's own evidence to what meets it; empty when nothing does.
  std::vector<std::string> explain(const std::string& test);
  // What a test rests on: sources, inputs and packages, by kind and subject with hash or state.
  std::vector<Explanation::Holding> holdings(const std::string& test);
  // The same by index into the coverage, without the inputs that the session made itself.
  struct Ground {
    std::vector<uint32_t> files, inputs, distributions;
  };
  Ground ground_of(const std::string& test);
  // What these tests, all of which are left out, rest on besides sources of the project. Of a session that is
  // as it was recorded: what any of its tests rests on.
  change::Ground ground_besides(const std::vector<std::string>& tests);
  // Those of the tests that rest on the whole environment.
  std::vector<bool> read_whole_environment(const std::vector<std::string>& tests);
  // How a holding says it.
  Explanation::Holding source_holding(uint32_t file) const;
  Explanation::Holding input_holding(uint32_t input) const;
  Explanation::Holding package_holding(uint32_t distribution) const;
  // Everything that differs from then.
  const change::ProjectChange& differences();
  // The units of a file that differ, for people, and whether the test rests on them.
  struct UnitUse {
    std::string unit;
    uint32_t line = 0;
    bool used = false;
  };
  std::vector<UnitUse> differing_units(const std::string& test, const change::FileChange& change);
  // As recorded; null when the evidence does not know it, or cannot be read.
  const collector::TestCoverage* test(const std::string& id);
  // Files that changed, with the names in them, for people; by absolute path.
  std::map<std::string, std::string> describe_changes() const;

 private:
  void look();
  void load_tests();
  change::UnitsList recorded_units();
  void link();
  void link_tests();
  const select::ClosureIndex& closures();
  std::string make_closures(uint64_t key);
  void keep_marked(const std::vector<std::string>& tests,
                   std::vector<std::optional<select::Reason>>* reasons);
  bool find_test(const std::string& id, size_t* index) const;
  std::vector<change::ModuleReference> module_references();
  using IsUsed = std::function<bool(const select::Fact& fact)>;  // by one of some tests
  IsUsed used_by(const std::vector<std::string>& tests);
  void add_packages(const IsUsed& is_used, change::Ground* ground);
  void add_sources(const IsUsed& is_used, change::Ground* ground);
  // Of subjects of the closures.
  std::vector<select::Reason> judge(const std::vector<size_t>& subjects);
  void seed_test(size_t test, const select::ClosureRules::Add& add) const;
  select::Closure close(size_t test) const;
  void seed_collection(size_t collection, const select::ClosureRules::Add& add) const;

  SessionCache cache_;
  store::EvidenceReader reader_;
  collector::SessionCoverage& coverage_;  // the reader's
  change::ProjectState& state_;
  const change::CurrentProject& project_;
  change::NameTable& names_;
  const change::GitRevision* since_ = nullptr;
  bool loaded_ = false;
  bool looked_ = false;
  change::ProjectChange change_;
  std::unique_ptr<select::SessionProducts> products_;
  std::unique_ptr<select::Snapshot> snapshot_;   // made when something differs
  std::unique_ptr<select::ClosureRules> rules_;  // made when closures are
  std::unique_ptr<select::ClosureIndex> closures_;
};

}  // namespace alibi::cli

#endif  // ALIBI_COLLECTOR_CLI_SESSION_CASE_H_
