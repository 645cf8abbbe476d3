#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "collector/ci/ci_outputs.h"
#include "collector/cli/commands.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/plan_service.h"
#include "collector/cli/splitting.h"
#include "collector/model/plan_errors.h"
#include "collector/origin/ci_provider.h"
#include "collector/plan_folder/plan_key.h"
#include "collector/planning/report.h"
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

struct Loaded {
  plan_folder::PlannedRun run;
  std::unique_ptr<framework::Framework> framework;
};

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : "; ") + one;
  return text;
}

// What is different now from when the plan was made. A CI node sees its checkout with whatever the job put
// beside it; on the machine where the plan was made, files that git does not know count as well.
Result<std::vector<std::string>> differences(const plan_folder::PlannedRun& planned, const Splitting& splitting,
                                             bool is_node, framework::Framework* framework) {
  const planning::Revision now = revision_here(splitting.directory);
  const auto against = [&](const std::vector<std::string>* files) {
    return plan_folder::difference_of_keys(
        planned.key, plan_folder::key_of_now(now.commit, splitting.settings, files));
  };
  if (is_node) return against(nullptr);
  const Result<framework::Discovery> files = framework->list_files();
  if (!files) return files.error();
  std::vector<std::string> different = against(&files->files);
  if (now.untracked != planned.key.untracked) different.push_back("files that git does not know changed");
  return different;
}

Result<std::unique_ptr<framework::Framework>> framework_of(const Splitting& splitting,
                                                          const plan_folder::PlannedRun& planned) {
  framework::Project project;
  project.directory = splitting.directory;
  project.repository = origin::repository_root(splitting.directory);
  project.environment = splitting.environment;
  project.settings = splitting.settings;
  project.scratch = splitting.scratch.path();
  if (!planned.platform.empty()) project.settings.platform = planned.platform;
  if (!planned.framework.empty()) project.settings.framework = planned.framework;
  return framework::make_framework(
      project, [](const std::vector<std::string>& command, const process::ChildOptions& options) {
        return process::run_child(command, {}, options);
      });
}

Result<Loaded> plan_first(const Splitting& splitting, Console* console) {
  Result<planning::Planned> planned = plan_now(splitting);
  if (!planned) return std::move(planned).error();
  for (const std::string& notice : planned->notices) console->warn(notice);
  if (Result<void> kept = keep_plan(*planned, splitting, "", MustTell::kNo, console); !kept) return std::move(kept).error();
  if (splitting.settings.reports)
    std::fputs(planning::plan_text(*planned, splitting.settings).c_str(), stderr);
  return Loaded{std::move(planned->run), std::move(planned->framework)};
}

Result<Loaded> load_plan(const Splitting& splitting, bool is_node, Console* console) {
  if (!plan_folder::has_plan(splitting.folder)) return plan_first(splitting, console);
  Result<plan_folder::PlannedRun> planned = plan_folder::read_plan(splitting.folder);
  if (!planned) return std::move(planned).error();
  Result<std::unique_ptr<framework::Framework>> framework = framework_of(splitting, *planned);
  if (!framework) {
    Error error = std::move(framework).error();
    error.code = collector::kRunFramework;
    return error;
  }
  if (Result<void> checked = (*framework)->check(); !checked) {
    Error error = std::move(checked).error();
    error.code = collector::kRunPlatform;
    return error;
  }
  const bool knows_its_key = planned->key != plan_folder::PlanKey{};  // else the peer made it
  if (!knows_its_key) {
    for (const std::string& warning : planned->plan.warnings) console->warn(warning);
  }
  if (knows_its_key && !splitting.settings.force) {
    Result<std::vector<std::string>> different = differences(*planned, splitting, is_node, framework->get());
    if (!different) return std::move(different).error();
    if (!different->empty() && is_node)
      return Error{collector::kForeignPlan, 0,
                   "the plan in " + splitting.folder + " is for another state of the project (" +
                       joined(*different) +
                       "); check out what the plan was made for, plan again, or run it all the same with --force"};
    if (!different->empty()) {
      console->warn("planning again, since the plan is not of now: " + joined(*different));
      return plan_first(splitting, console);
    }
  }
  return Loaded{std::move(*planned), std::move(*framework)};
}

// The CI system says which node this is, if nobody else does.
struct NodeChoice {
  int64_t node = -1;
  uint32_t total = 0;  // 0: not known
  std::string said_by;
};
Result<NodeChoice> node_choice(const Splitting& splitting) {
  if (splitting.settings.ci_node >= 0) return NodeChoice{splitting.settings.ci_node, 0, "--ci-node"};
  Result<std::optional<ci::NodePosition>> position = ci::node_position(splitting.environment);
  if (!position) return std::move(position).error();
  if (!*position || (*position)->total < 2) return NodeChoice{};
  return NodeChoice{(*position)->index, (*position)->total, (*position)->variable};
}

// How many nodes there are whatever is left to run: a job for each may stand in the CI configuration.
int64_t fewest_nodes(const plan_folder::PlannedRun& planned) {
  const auto asked = planned.key.settings.find("--min-parallelism");
  int64_t fewest = 0;
  if (asked != planned.key.settings.end())
    std::from_chars(asked->second.data(), asked->second.data() + asked->second.size(), fewest);
  return fewest;
}

// Every node's share has to be somebody's.
Result<void> check_node(const NodeChoice& choice, const plan_folder::PlannedRun& planned) {
  const size_t nodes = planned.plan.nodes.size();
  if (choice.total != 0 && choice.total < nodes)
    return Error{collector::kRunNodeMissing, 0,
                 "the plan is for " + std::to_string(nodes) + " nodes and " + choice.said_by +
                     " says that there are " + std::to_string(choice.total) +
                     ": some tests would never run; start more nodes, or plan with --max-parallelism=" +
                     std::to_string(choice.total)};
  const bool idle = choice.node < std::max<int64_t>(choice.total, fewest_nodes(planned));
  if (choice.node >= static_cast<int64_t>(nodes) && nodes != 0 && !idle)
    return Error{collector::kRunNodeMissing, 0,
                 "node " + std::to_string(choice.node) + " is not in the plan, which has nodes 0 to " +
                     std::to_string(nodes - 1) + "; does the CI system count from 1?"};
  return {};
}

Part part_of(const plan_folder::PlannedRun& planned, const NodeChoice& choice, const plan::Settings& settings) {
  Part part;
  const auto add = [&](const plan::WorkerShare& worker) {
    std::vector<size_t>& share = part.share.emplace_back();
    for (const size_t unit : worker.units) {
      share.push_back(part.units.size());
      part.units.push_back(planned.plan.units[unit]);
    }
  };
  if (choice.node < 0) {
    for (const plan::NodeShare& node : planned.plan.nodes) {
      for (const plan::WorkerShare& worker : node.workers) add(worker);
    }
    part.mode = part.share.size() > 1 ? Mode::kParallel : Mode::kSequential;
    return part;
  }
  part.mode = Mode::kNode;
  part.node = static_cast<uint32_t>(choice.node);
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

run::RunRequest run_request(const Splitting& splitting, const plan_folder::PlannedRun& planned, const Part& part) {
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
  share->clear();  // positions are the whole plan's
  if (part.node < planned.plan.nodes.size()) {
    for (const plan::WorkerShare& worker : planned.plan.nodes[part.node].workers)
      share->push_back(worker.units);
  }
  share->resize(part.share.size());
  return queue::open_queue(request, planned.plan);
}

void keep_timings(const Splitting& splitting, const plan_folder::PlannedRun& planned,
                  const std::vector<plan::Unit>& units, const run::RunOutcome& outcome, Console* console) {
  timings::RunTimings made;
  made.at_s = std::chrono::duration_cast<std::chrono::seconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
  made.machine = timings::machine_class();
  made.framework = planned.framework;
  made.workers = static_cast<uint32_t>(outcome.workers.size());
  std::vector<uint64_t> boots;
  for (const run::WorkerRun& worker : outcome.workers) {
    if (worker.boot_ms != 0) boots.push_back(worker.boot_ms);
  }
  std::ranges::sort(boots);
  if (!boots.empty()) made.boot_ms = boots[boots.size() / 2];
  for (const run::UnitRun& unit : outcome.units) {
    if (unit.end == run::UnitEnd::kNotRun || unit.wall_ms == 0) continue;
    const plan::Unit& about = units[unit.unit];
    const bool whole = !about.is_part() && unit.attempts == 1 &&
                       (unit.end == run::UnitEnd::kPassed || unit.end == run::UnitEnd::kFailed);
    if (!unit.measured) continue;  // shares of a batch would only say again what was expected
    made.files.push_back({about.file, unit.wall_ms, whole});
  }
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
plan::Plan plan_of(const Part& part, const std::vector<plan::Unit>& units) {
  plan::Plan made;
  made.units = units;
  plan::NodeShare& node = made.nodes.emplace_back();
  for (const std::vector<size_t>& share : part.share) {
    plan::WorkerShare& worker = node.workers.emplace_back();
    worker.units = share;
    for (const size_t unit : share) worker.load_ms += units[unit].weight_ms;
    node.wall_ms = std::max(node.wall_ms, worker.load_ms);
  }
  return made;
}

int tell(const Part& part, const Splitting& splitting, const std::vector<plan::Unit>& units, const run::RunOutcome& outcome, bool json, Console* console) {
  planning::RunFacts facts;
  facts.mode = mode_text(part);
  facts.units = &units;
  facts.outcome = &outcome;
  const plan::Plan node = plan_of(part, units);
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

int run_part(const RunOptions& options, const Splitting& splitting, Loaded* loaded, const Part& part,
             Console* console) {
  std::vector<std::vector<size_t>> share = part.share;
  Result<std::unique_ptr<run::WorkSource>> source = source_of(splitting, loaded->run, part, &share);
  if (!source) return console->fail(source.error());
  const run::RunRequest request = run_request(splitting, loaded->run, part);
  Result<run::RunOutcome> outcome = run::run_units(request, loaded->framework.get(), source->get(), share);
  if (!outcome) {
    Error error = std::move(outcome).error();
    error.code = code_of(part.mode);
    return console->fail(error);
  }
  const std::vector<plan::Unit> units = (*source)->units();
  keep_timings(splitting, loaded->run, units, *outcome, console);
  return tell(part, splitting, units, *outcome, options.json, console);
}

int nothing_to_run(const Splitting& splitting, Console* console) {
  if (!splitting.settings.allow_empty)
    return console->fail({collector::kPlanTestFiles, 0,
                          "no test has to run, and --no-allow-empty makes that a failure"});
  console->warn("nothing has to run here");
  return kDone;
}

}  // namespace

int run_run(const RunOptions& options, Console* console) {
  Result<Splitting> splitting = prepare_splitting(options);
  if (!splitting) return console->fail(splitting.error());
  for (const std::string& warning : splitting->settings.warnings) console->warn(warning);
  const Result<NodeChoice> choice = node_choice(*splitting);
  if (!choice) return console->fail(choice.error());
  Result<Loaded> loaded = load_plan(*splitting, choice->node >= 0, console);
  if (!loaded) return console->fail(loaded.error());
  if (Result<void> known = check_node(*choice, loaded->run); !known)
    return console->fail(known.error());
  const Part part = part_of(loaded->run, *choice, splitting->settings);
  const bool queued = !splitting->settings.queue.empty() && part.mode == Mode::kNode;
  if (part.units.empty() && !queued) return nothing_to_run(*splitting, console);
  return run_part(options, *splitting, &*loaded, part, console);
}

}  // namespace alibi::cli
