#include "collector/plan/setting_rows.h"

#include <algorithm>

#include "collector/model/plan_errors.h"

namespace alibi::plan {
namespace {

// More would only cost memory: one list is written for each node, also for empty ones.
constexpr int64_t kMostNodes = 100'000;

std::string peer(const char* name) {
  return std::string("DD_TEST_OPTIMIZATION_RUNNER_") + name;
}

// "--min-saving" -> "ALIBI_MIN_SAVING"
std::string ours(const std::string& flag) {
  std::string name = "ALIBI_";
  for (const char c : flag.substr(2)) {
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

SettingFlag flag(std::string name, std::vector<std::string> environment, std::string preset,
                 std::string help) {
  SettingFlag made;
  if (environment.empty()) environment.push_back(ours(name));
  made.flag = std::move(name);
  made.environment = std::move(environment);
  made.shown_default = std::move(preset);
  made.help = std::move(help);
  return made;
}

SettingFlag plans(SettingFlag made) {
  made.changes_plan = true;
  return made;
}

SettingFlag runs(SettingFlag made) {
  made.runs = true;
  return made;
}

SettingRow text(SettingFlag made, std::string Settings::*place) {
  return {std::move(made),
          [place](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            settings->*place = given.text();
            return {};
          },
          [place](const Settings& settings) { return settings.*place; }};
}

SettingRow number(SettingFlag made, int64_t Settings::*place, int64_t least, int64_t most) {
  return {std::move(made),
          [=](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            const Result<int64_t> value = parse_integer(given, least, most);
            if (!value) return value.error();
            settings->*place = *value;
            return {};
          },
          [place](const Settings& settings) { return std::to_string(settings.*place); }};
}

SettingRow duration(SettingFlag made, uint64_t Settings::*place, bool rounds_up) {
  const uint64_t preset = Settings().*place;
  return {std::move(made),
          [=](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            const Result<uint64_t> value = parse_duration(given, preset, rounds_up);
            if (!value) return value.error();
            settings->*place = *value;
            return {};
          },
          [place](const Settings& settings) { return shown_duration(settings.*place); }};
}

// `given_is`: what the value becomes when the flag is given.
SettingRow toggle(SettingFlag made, bool Settings::*place, bool given_is) {
  made.takes_value = false;
  return {std::move(made),
          [=](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            const Result<bool> value = parse_switch(given);
            if (!value) return value.error();
            settings->*place = *value == given_is;
            return {};
          },
          [=](const Settings& settings) { return settings.*place == given_is ? "true" : "false"; }};
}

SettingRow overhead_row() {
  SettingRow row = duration(
      plans(flag("--ci-job-overhead", {peer("CI_JOB_OVERHEAD"), peer("PARALLEL_RUNNER_OVERHEAD")}, "25s",
                 "what one more CI node costs in the score: a duration, or auto to learn it from earlier "
                 "runs")),
      &Settings::overhead_ms, false);
  const auto parses = row.apply;
  row.apply = [parses](const GivenValue& given, uint32_t cores, Settings* settings) -> Result<void> {
    std::string word = trimmed(given.text());
    settings->learns_overhead = word == "auto" || word == "AUTO";
    return settings->learns_overhead ? Result<void>() : parses(given, cores, settings);
  };
  const auto shows = row.show;
  row.show = [shows](const Settings& settings) {
    return settings.learns_overhead ? "auto" : shows(settings);
  };
  return row;
}

SettingRow skipping_row() {
  return {
      plans(flag("--test-skipping-mode",
                 {"DD_TESTOPTIMIZATION_TIA_TEST_SKIPPING_MODE", peer("TEST_SKIPPING_MODE")}, "test",
                 "what may be left out: single tests (test) or whole suites (suite); Ruby only")),
      [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
        const std::string mode = trimmed(given.text());
        settings->skipping = mode == "suite" ? SkippingLevel::kSuite : SkippingLevel::kTest;
        // Other tools read the variable, too: it is never a reason to fail.
        if (mode != "suite" && mode != "test" && !mode.empty()) {
          settings->warnings.push_back(bad_setting(given, "test or suite; test is taken").message);
        }
        return {};
      },
      [](const Settings& settings) { return settings.skipping == SkippingLevel::kSuite ? "suite" : "test"; }};
}

SettingRow tags_row() {
  return {plans(flag("--runtime-tags", {peer("RUNTIME_TAGS"), "DD_TEST_OPTIMIZATION_RUNTIME_TAGS"}, "",
                     "a JSON object of os.* and runtime.* tags in place of those of this machine")),
          [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            Result<std::map<std::string, std::string>> tags = parse_runtime_tags(given);
            if (!tags) return std::move(tags).error();
            settings->runtime_tags = *std::move(tags);
            return {};
          },
          [](const Settings& settings) {
            std::string shown;
            for (const auto& [name, value] : settings.runtime_tags) {
              shown += (shown.empty() ? "" : ", ") + name + "=" + value;
            }
            return shown;
          }};
}

SettingRow worker_env_row() {
  SettingFlag made = flag("--worker-env", {peer("WORKER_ENV")}, "",
                          "variables of the workers, NAME=VALUE;NAME=VALUE with {{nodeIndex}} and "
                          "{{workerIndex}}; given more than once, each is one and may hold ';'");
  made.repeats = true;
  return {std::move(made),
          [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            Result<WorkerEnvironment> read = parse_worker_environment(given, &settings->warnings);
            if (!read) return std::move(read).error();
            settings->worker_env = *std::move(read);
            return {};
          },
          [](const Settings& settings) {
            std::string shown;
            for (const auto& variable : settings.worker_env) {
              shown += (shown.empty() ? "" : ", ") + variable.first;
            }
            return shown;
          }};
}

SettingRow workers_row() {
  return {runs(flag("--ci-node-workers", {peer("CI_NODE_WORKERS")}, "1",
                    "workers of a CI node: a number, or ncpu for its physical cores")),
          [](const GivenValue& given, uint32_t cores, Settings* settings) -> Result<void> {
            const Result<uint32_t> workers = parse_workers(given, cores);
            if (!workers) return workers.error();
            settings->workers = *workers;
            return {};
          },
          [](const Settings& settings) { return std::to_string(settings.workers); }};
}

SettingRow objective_row() {
  return {plans(flag("--objective", {}, "score",
                     "what is made small: score (wall + nodes * overhead), wall, or cost (machine time)")),
          [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            const Result<std::string> word = parse_choice(given, {"score", "wall", "cost"});
            if (!word) return word.error();
            settings->objective = *word == "wall"   ? Objective::kWall
                                  : *word == "cost" ? Objective::kCost
                                                    : Objective::kScore;
            return {};
          },
          [](const Settings& settings) {
            return settings.objective == Objective::kWall   ? "wall"
                   : settings.objective == Objective::kCost ? "cost"
                                                            : "score";
          }};
}

SettingRow durations_row() {
  SettingFlag made = flag("--durations", {}, "",
                          "JUnit files, or folders of them, to learn durations from; the variable has ':' "
                          "between several");
  made.repeats = true;
  return {std::move(made),
          [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            for (const std::string& text : given.texts) {
              for (size_t start = 0; start <= text.size();) {
                const size_t end = given.is_flag ? text.size() : std::min(text.find(':', start), text.size());
                if (end > start) settings->durations.push_back(text.substr(start, end - start));
                start = end + 1;
              }
            }
            return {};
          },
          [](const Settings& settings) {
            std::string shown;
            for (const std::string& path : settings.durations) shown += (shown.empty() ? "" : ", ") + path;
            return shown;
          }};
}

SettingRow retry_row() {
  return {runs(flag("--retry-failed", {}, "0", "how often a failed file is run again")),
          [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            const Result<int64_t> times = parse_integer(given, 0, 1000);
            if (!times) return times.error();
            settings->retry_failed = static_cast<uint32_t>(*times);
            return {};
          },
          [](const Settings& settings) { return std::to_string(settings.retry_failed); }};
}

SettingRow output_row() {
  return {runs(flag("--output", {}, "auto",
                    "the workers' output: prefix (each line), group (foldable in CI logs), none, or auto")),
          [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            if (trimmed(given.text()).empty()) return {};
            Result<std::string> word = parse_choice(given, {"auto", "prefix", "group", "none"});
            if (!word) return std::move(word).error();
            settings->output = *std::move(word);
            return {};
          },
          [](const Settings& settings) { return settings.output.empty() ? "auto" : settings.output; }};
}

SettingRow queue_row() {
  return {flag("--queue", {}, "",
               "one queue for all CI nodes: redis://[USER:PASSWORD@]HOST[:PORT][/DB], rediss:// with TLS, or "
               "unix://PATH"),
          [](const GivenValue& given, uint32_t, Settings* settings) -> Result<void> {
            const std::string url = trimmed(given.text());
            const bool known =
                url.starts_with("redis://") || url.starts_with("rediss://") || url.starts_with("unix://");
            if (!url.empty() && !known) {
              return bad_setting({given.name, given.is_flag, {without_password(url)}},
                                 "an address of a queue: give redis://HOST:PORT, rediss://HOST:PORT or "
                                 "unix:///PATH");
            }
            settings->queue = url;
            return {};
          },
          [](const Settings& settings) { return without_password(settings.queue); }};
}

void add_peers(std::vector<SettingRow>* rows) {
  const auto add = [rows](SettingRow row) { rows->push_back(std::move(row)); };
  add(text(plans(flag("--platform", {peer("PLATFORM")}, "detected", "ruby, python, javascript or generic")),
           &Settings::platform));
  add(text(
      plans(flag("--framework", {peer("FRAMEWORK")}, "detected",
                 "rspec, minitest, cucumber, pytest, jest, mocha, vitest, cypress, playwright, generic")),
      &Settings::framework));
  add(text(plans(flag("--command", {peer("COMMAND")}, "", "in place of the framework's own command")),
           &Settings::command));
  add(number(plans(flag("--min-parallelism", {peer("MIN_PARALLELISM")}, "1; physical cores with --compat",
                        "fewest CI nodes (or local workers)")),
             &Settings::min_nodes, -kMostNodes, kMostNodes));
  add(number(plans(flag("--max-parallelism", {peer("MAX_PARALLELISM")}, "physical cores",
                        "most CI nodes (or local workers)")),
             &Settings::max_nodes, -kMostNodes, kMostNodes));
  add(overhead_row());
  add(duration(plans(flag("--target-time", {peer("TARGET_TIME")}, "0s", "wanted wall time; 0s: none")),
               &Settings::target_ms, false));
  add(number(flag("--ci-node", {peer("CI_NODE")}, "-1", "run only this node's share; negative: no CI node"),
             &Settings::ci_node, INT32_MIN, kMostNodes - 1));
  add(workers_row());
  add(worker_env_row());
  add(text(plans(flag("--tests-location", {peer("TESTS_LOCATION"), "KNAPSACK_PRO_TEST_FILE_PATTERN"}, "",
                      "pattern of the test files: **, *, ?, [a-z], {a,b}")),
           &Settings::tests_location));
  add(text(plans(flag("--tests-exclude-pattern",
                      {peer("TESTS_EXCLUDE_PATTERN"), "KNAPSACK_PRO_TEST_FILE_EXCLUDE_PATTERN"}, "",
                      "pattern of test files to leave out")),
           &Settings::tests_exclude));
  add(text(flag("--test-discovery-cache", {peer("TEST_DISCOVERY_CACHE")}, "",
                "a tests.json of an earlier discovery"),
           &Settings::discovery_cache));
  add(skipping_row());
  add(toggle(plans(flag("--force-full-test-discovery", {peer("FORCE_FULL_TEST_DISCOVERY")}, "false",
                        "list single tests even where nothing asks for it")),
             &Settings::full_discovery, true));
  add(toggle(flag("--strict-discovery", {peer("STRICT_DISCOVERY")}, "false",
                  "fail when single tests cannot be listed"),
             &Settings::strict_discovery, true));
  add(tags_row());
  SettingRow reports = toggle(flag("--report-enabled", {peer("REPORT_ENABLED")}, "true",
                                   "reports of planning and running on standard error: true or false"),
                              &Settings::reports, true);
  reports.flag.takes_value = true;
  add(std::move(reports));
}

void add_ours_that_plan(std::vector<SettingRow>* rows) {
  const auto add = [rows](SettingRow row) { rows->push_back(std::move(row)); };
  add(text(plans(flag("--list-command", {}, "", "generic: prints the test files, one a line")),
           &Settings::list_command));
  add(text(plans(flag("--run-command", {}, "", "generic: runs the test files that are added to it")),
           &Settings::run_command));
  add(objective_row());
  add(duration(plans(flag("--min-saving", {}, "0s", "one more node must shorten the wall by as much")),
               &Settings::min_saving_ms, false));
  add(toggle(plans(flag("--compat", {}, "false", "plan exactly as DDTest does")), &Settings::compat, true));
  add(toggle(plans(flag("--sticky", {}, "false", "leave files on the node they had in the plan before")),
             &Settings::sticky, true));
  add(durations_row());
  add(toggle(plans(flag("--no-split-long-files", {}, "false", "never divide a file")),
             &Settings::split_long_files, false));
  add(toggle(plans(flag("--no-select", {}, "false", "leave nothing out")), &Settings::selects, false));
  add(toggle(flag("--no-allow-empty", {}, "false", "nothing to run is a failure"), &Settings::allow_empty,
             false));
}

void add_ours_that_run(std::vector<SettingRow>* rows) {
  const auto add = [rows](SettingRow row) { rows->push_back(std::move(row)); };
  add(toggle(runs(flag("--no-persistent-workers", {}, "false", "start the framework anew for each batch")),
             &Settings::persistent, false));
  add(toggle(runs(flag("--no-steal", {}, "false", "workers never take over what was given to another")),
             &Settings::steals, false));
  add(queue_row());
  add(text(runs(flag("--queue-key", {}, "made of the CI system's variables", "one for each CI run")),
           &Settings::queue_key));
  add(toggle(runs(flag("--fail-fast", {}, "false", "stop at the first failed file")), &Settings::fail_fast,
             true));
  add(retry_row());
  add(duration(runs(flag("--file-timeout", {}, "0s", "longest time of one file; 0s: no limit")),
               &Settings::file_timeout_ms, true));
  add(duration(runs(flag("--grace", {}, "10s", "between asking a worker to end and ending it")),
               &Settings::grace_ms, true));
  add(output_row());
  add(text(flag("--junit", {}, "", "write the workers' JUnit reports as one"), &Settings::junit));
  add(text(runs(flag("--logs", {}, "", "folder for one log of each worker")), &Settings::logs));
  add(toggle(flag("--force", {}, "false", "run a plan of another commit, or with other settings"),
             &Settings::force, true));
}

}  // namespace

const std::vector<SettingRow>& setting_rows() {
  static const std::vector<SettingRow> rows = [] {
    std::vector<SettingRow> made;
    add_peers(&made);
    add_ours_that_plan(&made);
    add_ours_that_run(&made);
    return made;
  }();
  return rows;
}

std::string shown_duration(uint64_t ms) {
  if (ms % 1000 == 0) return std::to_string(ms / 1000) + "s";
  return std::to_string(ms) + "ms";
}

std::string without_password(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t at = url.rfind('@');
  const size_t colon = url.find(':', start);
  if (at == std::string::npos || colon == std::string::npos || colon > at) return url;
  return url.substr(0, colon + 1) + "***" + url.substr(at);
}

}  // namespace alibi::plan
