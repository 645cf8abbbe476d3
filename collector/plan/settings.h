// The settings of plan and run: flag over environment over default, checked. Pure: flags as texts, the
// environment and the machine are arguments. The flags' and variables' names are the peer's
// (test-splitting-ddtest.md 2), ours beside them; the table in settings.cc is the only list and makes the
// command line's help and docs/splitting.md's table.
#ifndef ALIBI_COLLECTOR_PLAN_SETTINGS_H_
#define ALIBI_COLLECTOR_PLAN_SETTINGS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collector/plan/planner.h"
#include "tracer/base/result.h"

namespace alibi::plan {

enum class SkippingLevel : uint8_t { kTest, kSuite };

struct Settings {
  // Which tests. Empty platform, framework: detected (compat: ruby, rspec).
  std::string platform, framework;
  std::string command;  // as given; collector/framework splits it
  std::string tests_location, tests_exclude;
  std::string list_command, run_command;  // the generic adapter's
  std::string discovery_cache;
  bool full_discovery = false;
  bool strict_discovery = false;
  SkippingLevel skipping = SkippingLevel::kTest;
  std::map<std::string, std::string> runtime_tags;
  bool selects = true;  // --no-select: nothing is left out

  // How many.
  int64_t min_nodes = 1, max_nodes = 1;
  uint64_t overhead_ms = 25000;
  bool learns_overhead = false;  // --ci-job-overhead auto
  uint64_t target_ms = 0;
  uint64_t min_saving_ms = 0;
  Objective objective = Objective::kScore;
  bool compat = false;
  bool sticky = false;
  std::vector<std::string> durations;  // JUnit files or folders to learn from
  bool split_long_files = true;        // never with compat

  // Who runs.
  int64_t ci_node = -1;  // negative: this is no CI node
  uint32_t workers = 1;  // of a CI node; local workers when ci_node is negative come from the plan
  std::vector<std::pair<std::string, std::string>> worker_env;
  bool persistent = true;  // --no-persistent-workers
  bool steals = true;      // --no-steal
  std::string queue;       // "redis://..."
  std::string queue_key;   // one per CI run; empty: made of the CI system's variables
  bool fail_fast = false;
  uint32_t retry_failed = 0;
  uint64_t file_timeout_ms = 0;  // 0: none
  uint64_t grace_ms = 10000;
  std::string output;       // "", auto, prefix, group, none
  std::string junit;        // merged JUnit file
  std::string logs;         // folder of the workers' logs
  bool force = false;       // run a plan of another commit, or with other settings
  bool allow_empty = true;  // --no-allow-empty: nothing to run is a failure
  bool reports = true;

  std::vector<std::string> given;    // names of the flags that were given, as a flag or by a variable
  std::vector<std::string> changed;  // of them, those that differ from their default, for the report
  std::vector<std::string> warnings;
};

struct SettingFlag {
  std::string flag;                      // "--min-parallelism"
  std::vector<std::string> environment;  // in order of precedence
  std::string shown_default;
  std::string help;
  bool takes_value = true;
  bool repeats = false;
  bool changes_plan = false;  // another value is another plan; the others only change how it is run
  bool runs = false;          // says how a node runs its share, whichever node it is
};
const std::vector<SettingFlag>& setting_flags();
// The value as text, for reports: of --worker-env the names only, of --queue not the password.
std::string shown_setting(const std::string& flag, const Settings& settings);
// Flag -> value of all that change the plan; with `given_only`, of those that were given.
std::map<std::string, std::string> plan_settings(const Settings& settings, bool given_only);

struct GivenSettings {
  // Flag -> its values as given (one, or several for those that repeat; "true" for those without a value).
  std::map<std::string, std::vector<std::string>> flags;
  std::map<std::string, std::string> environment;
  uint32_t physical_cores = 1;
};
// The error says which flag or variable, the value, and what would be right.
Result<Settings> resolve_settings(const GivenSettings& given);

// Go's durations: "25s", "1m30s", "1500ms", "0s"; a plain number other than 0 is refused.
Result<uint64_t> parse_duration_ms(const std::string& text);

struct ProcessorFacts {
  uint32_t usable = 1;            // affinity and cgroup quota, rounded up
  uint32_t threads_per_core = 0;  // 0 unknown
  uint32_t logical = 0, physical = 0;
};
uint32_t physical_cores(const ProcessorFacts& facts);

}  // namespace alibi::plan

#endif  // ALIBI_COLLECTOR_PLAN_SETTINGS_H_
