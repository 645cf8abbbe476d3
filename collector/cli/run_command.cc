#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "collector/ci/ci_outputs.h"
#include "collector/cli/commands.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/plan_to_run.h"
#include "collector/junit/numbers.h"
#include "collector/model/plan_errors.h"
#include "collector/origin/ci_provider.h"
#include "collector/planning/report.h"
#include "collector/planning/run_times.h"
#include "collector/queue/shared_queue.h"
#include "collector/report/json_report.h"
#include "collector/run/node_share.h"
#include "collector/run/runner.h"
#include "collector/store/disk.h"
#include "collector/timings/timings.h"

namespace alibi::cli {
namespace {

enum class Mode : uint8_t { kSequential, kParallel, kNode };

// Which part of the plan this process runs.
struct Part {
  Mode mode = Mode::kSequential;
  uint32_t node = 0;
  std::vector<plan::Unit> units;
  std::vector<std::vector<size_t>> share;  // of each worker
};

Part part_of(const plan_folder::PlannedRun& planned, int64_t node, const plan::Settings& settings) {
  Part part;
  const auto add = [&](const plan::WorkerShare& worker) {
    std::vector<size_t>& share = part.share.emplace_back();
    for (const size_t unit : worker.units) {
      share.push_back(part.units.size());
      part.units.push_back(planned.plan.units[unit]);
    }
  };
  if (node < 0) {
    for (const plan::NodeShare& share : planned.plan.nodes) {
      for (const plan::WorkerShare& worker : share.workers) add(worker);
    }
    part.mode = part.share.size() > 1 ? Mode::kParallel : Mode::kSequential;
    return part;
  }
  part.mode = Mode::kNode;
  part.node = static_cast<uint32_t>(node);
  if (part.node >= planned.plan.nodes.size()) return part;
  for (const plan::WorkerShare& worker : planned.plan.nodes[part.node].workers) add(worker);
  if (part.share.size() == settings.workers) return part;
  const plan::NodeShare shared =
      plan::share_over_workers(part.units, settings.workers, planned.costs, planned.compat);
  part.share.clear();
  for (const plan::WorkerShare& worker : shared.workers) part.share.push_back(worker.units);
  return part;
}

run::CiSyntax syntax_of(const std::string& provider) {
  if (provider == "github") return run::CiSyntax::kGithub;
  if (provider == "gitlab") return run::CiSyntax::kGitlab;
  if (provider == "buildkite") return run::CiSyntax::kBuildkite;
  if (provider == "azurepipelines") return run::CiSyntax::kAzure;
  if (provider == "teamcity") return run::CiSyntax::kTeamcity;
  if (provider == "travisci") return run::CiSyntax::kTravis;
  return run::CiSyntax::kNone;
}

run::OutputStyle style_of(const std::string& asked, size_t workers, run::CiSyntax syntax) {
  if (asked == "none") return run::OutputStyle::kPlain;
  if (asked == "group") return run::OutputStyle::kGrouped;
  if (asked == "prefix") return run::OutputStyle::kPrefixed;
  if (workers < 2) return run::OutputStyle::kPlain;
  return syntax == run::CiSyntax::kNone ? run::OutputStyle::kPrefixed : run::OutputStyle::kGrouped;
}

std::string absolute(const Splitting& splitting, const std::string& path) {
  return path.empty() || path.starts_with('/') ? path : splitting.directory + "/" + path;
}

run::RunRequest run_request(const Splitting& splitting, const plan_folder::PlannedRun& planned,
                            const Part& part) {
  const plan::Settings& settings = splitting.settings;
  origin::Environment environment;
  for (const auto& [name, value] : splitting.environment) environment[name] = value;
  run::RunRequest request;
  request.directory = splitting.directory;
  request.environment = splitting.environment;
  request.node = part.node;
  request.workers = static_cast<uint32_t>(part.share.size());
  request.worker_env = settings.worker_env;
  request.session_name = planned.run.service;
  request.manifest = splitting.folder + "/manifest.txt";
  request.persistent = settings.persistent && !settings.compat;
  request.fail_fast = settings.fail_fast;
  request.retry_failed = settings.retry_failed;
  request.file_timeout_ms = settings.file_timeout_ms;
  request.grace_ms = settings.grace_ms;
  request.boot_ms = planned.costs.worker_ms;
  request.syntax = syntax_of(origin::provider_name(environment));
  request.style = style_of(settings.output, part.share.size(), request.syntax);
  request.terminal = ::isatty(STDERR_FILENO) == 1;
  request.logs = absolute(splitting, settings.logs);
  request.junit = absolute(splitting, settings.junit);
  request.scratch = splitting.scratch.path();
  return request;
}

Result<std::unique_ptr<run::WorkSource>> source_of(const Splitting& splitting,
                                                   const plan_folder::PlannedRun& planned, const Part& part,
                                                   std::vector<std::vector<size_t>>* share) {
  const plan::Settings& settings = splitting.settings;
  if (settings.queue.empty() || part.mode != Mode::kNode)
    return std::unique_ptr<run::WorkSource>(
        std::make_unique<run::NodeShare>(part.units, part.share, run::Stealing{settings.steals}));
  origin::Environment environment;
  for (const auto& [name, value] : splitting.environment) environment[name] = value;
  queue::QueueRequest request;
  request.url = settings.queue;
  request.key = settings.queue_key.empty()
                    ? ci::run_key(origin::provider_name(environment), splitting.environment)
                    : settings.queue_key;
  if (request.key.empty())
    return Error{collector::kQueue, 0,
                 "--queue needs to know which nodes belong together: give all nodes of this CI run the same "
                 "--queue-key, and each CI run another one"};
  request.node = std::to_string(part.node);
  request.node_index = part.node;
  request.certificates = transport::certificates_of(environment);
  share->clear();  // positions are the whole plan's
  if (part.node < planned.plan.nodes.size()) {
    for (const plan::WorkerShare& worker : planned.plan.nodes[part.node].workers)
      share->push_back(worker.units);
  }
  share->resize(part.share.size());
  return queue::open_queue(request, planned.plan);
}

// From the start of the CI job to the start of its tests, where the system or the user says when that was.
std::optional<uint64_t> node_start_ms(const std::map<std::string, std::string>& environment, int64_t now_s) {
  for (const char* name : {"ALIBI_JOB_STARTED_AT", "CI_JOB_STARTED_AT"}) {  // the second is GitLab's
    const auto found = environment.find(name);
    if (found == environment.end()) continue;
    const std::optional<int64_t> started = junit::moment(found->second);
    if (started && *started <= now_s && now_s - *started < 86400)
      return static_cast<uint64_t>(now_s - *started) * 1000;
  }
  return std::nullopt;
}

void keep_timings(const Splitting& splitting, const plan_folder::PlannedRun& planned,
                  const std::vector<plan::Unit>& units, const run::RunOutcome& outcome, Console* console) {
  timings::RunTimings made;
  made.at_s =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  made.machine = timings::machine_class();
  made.framework = planned.framework;
  made.workers = static_cast<uint32_t>(outcome.workers.size());
  const bool may_leave_out = splitting.settings.selects && store::exists(splitting.data + "/evidence");
  made.node_ms =
      node_start_ms(splitting.environment, made.at_s - static_cast<int64_t>(outcome.wall_ms / 1000));
  planning::put_times(units, outcome, may_leave_out, &made);
  if (made.files.empty()) return;
  if (Result<void> kept = timings::add_run(splitting.data, made); !kept)
    console->warn("times of this run were not kept: " + kept.error().message);
}

ErrorCode code_of(Mode mode) {
  if (mode == Mode::kNode) return collector::kRunNode;
  return mode == Mode::kParallel ? collector::kRunParallel : collector::kRunSequential;
}

std::string mode_text(const Part& part) {
  if (part.mode == Mode::kNode) return "CI node " + std::to_string(part.node);
  return part.mode == Mode::kParallel ? "parallel" : "sequential";
}

// What this process was to run, as a plan of one node.
plan::Plan plan_of(const Part& part, const std::vector<plan::Unit>& units, uint64_t file_ms) {
  plan::Plan made;
  made.units = units;
  plan::NodeShare& node = made.nodes.emplace_back();
  for (const std::vector<size_t>& share : part.share) {
    plan::WorkerShare& worker = node.workers.emplace_back();
    worker.units = share;
    for (const size_t unit : share) worker.load_ms += units[unit].weight_ms + file_ms;
    node.wall_ms = std::max(node.wall_ms, worker.load_ms);
  }
  return made;
}

int tell(const Part& part, const Splitting& splitting, const std::vector<plan::Unit>& units, uint64_t file_ms,
         const run::RunOutcome& outcome, bool json, Console* console) {
  planning::RunFacts facts;
  facts.mode = mode_text(part);
  facts.units = &units;
  facts.outcome = &outcome;
  const plan::Plan node = plan_of(part, units, file_ms);
  for (const plan::WorkerShare& worker : node.nodes.front().workers)
    facts.planned_ms = std::max(facts.planned_ms, worker.load_ms);
  if (units.size() == part.units.size()) facts.losses = planning::losses_of(node, outcome);
  if (json)
    console->print(report::json_text(planning::run_json(facts)) + "\n");
  else if (splitting.settings.reports)
    std::fputs(planning::run_text(facts).c_str(), stderr);
  if (outcome.exit_status != 0)
    console->fail({code_of(part.mode), 0,
                   "tests failed or did not run: exit status " + std::to_string(outcome.exit_status)});
  return outcome.exit_status;
}

// All processes ended well but for having had no tests (pytest's 5).
bool found_no_tests(const run::RunOutcome& outcome) {
  constexpr int kNoTests = 5;
  return outcome.exit_status == kNoTests && outcome.problems.empty() &&
         std::ranges::all_of(outcome.units,
                             [](const run::UnitRun& unit) { return unit.end == run::UnitEnd::kPassed; });
}

// Before anything runs: a report that cannot be written is worth nothing afterwards.
Result<void> make_places(const run::RunRequest& request) {
  const std::string parent = std::filesystem::path(request.junit).parent_path();
  for (const std::string& folder : {parent, request.logs}) {
    if (folder.empty()) continue;
    if (Result<void> made = store::make_directories(folder); !made) return made;
  }
  return {};
}

int run_part(const RunOptions& options, PlanToRun* plan, const Part& part, Console* console) {
  const Splitting& splitting = plan->splitting;
  std::vector<std::vector<size_t>> share = part.share;
  Result<std::unique_ptr<run::WorkSource>> source = source_of(splitting, plan->run, part, &share);
  if (!source) return console->fail(source.error());
  const run::RunRequest request = run_request(splitting, plan->run, part);
  if (Result<void> made = make_places(request); !made) return console->fail(made.error());
  Result<run::RunOutcome> outcome = run::run_units(request, plan->framework.get(), source->get(), share);
  if (!outcome) {
    Error error = std::move(outcome).error();
    error.code = code_of(part.mode);
    return console->fail(error);
  }
  const std::vector<plan::Unit> units = (*source)->units();
  if (plan->node >= 0 && found_no_tests(*outcome)) outcome->exit_status = 0;  // others have some
  keep_timings(splitting, plan->run, units, *outcome, console);
  return tell(part, splitting, units, plan->run.costs.file_ms, *outcome, options.json, console);
}

int nothing_to_run(const Splitting& splitting, Console* console) {
  if (!splitting.settings.allow_empty)
    return console->fail(
        {collector::kPlanTestFiles, 0, "no test has to run, and --no-allow-empty makes that a failure"});
  console->warn("nothing has to run here");
  return kDone;
}

}  // namespace

int run_run(const RunOptions& options, Console* console) {
  for (const std::string& word : options.ignored) console->warn("ignored, as DDTest does: " + word);
  Result<PlanToRun> plan = plan_to_run(options, console);
  if (!plan) return console->fail(plan.error());
  const Part part = part_of(plan->run, plan->node, plan->splitting.settings);
  const bool queued = !plan->splitting.settings.queue.empty() && part.mode == Mode::kNode;
  if (part.units.empty() && !queued) return nothing_to_run(plan->splitting, console);
  return run_part(options, &*plan, part, console);
}

}  // namespace alibi::cli
