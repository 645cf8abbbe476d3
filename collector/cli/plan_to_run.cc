#include "collector/cli/plan_to_run.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "collector/ci/ci_outputs.h"
#include "collector/cli/plan_ground.h"
#include "collector/cli/plan_service.h"
#include "collector/cli/planning_guard.h"
#include "collector/model/plan_errors.h"
#include "collector/origin/git.h"
#include "collector/plan/settings.h"
#include "collector/plan_folder/plan_key.h"
#include "collector/planning/report.h"
#include "collector/planning/variables.h"
#include "collector/process/child_process.h"

namespace alibi::cli {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string text;
  for (const std::string& one : texts) text += (text.empty() ? "" : "; ") + one;
  return text;
}

// Who says which node this is: the user, or the CI system. `total` 0: nobody says how many there are.
struct NodeChoice {
  int64_t node = -1;
  uint32_t total = 0;
  std::string said_by;
};
Result<NodeChoice> node_choice(const Splitting& splitting) {
  Result<std::optional<ci::NodePosition>> position = ci::node_position(splitting.environment);
  const int64_t chosen = splitting.settings.ci_node;
  if (!position && chosen < 0) return std::move(position).error();
  const bool says = position.ok() && position->has_value() && (*position)->total > 1;
  if (chosen >= 0) {
    // Another count of the system may be of something else, but not where its number is ours.
    const bool same = says && (*position)->index == chosen;
    return NodeChoice{chosen, same ? (*position)->total : 0, "--ci-node"};
  }
  if (!says) return NodeChoice{};
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
                 "the plan is for " + std::to_string(nodes) +
                     " nodes and the CI system says that there are " + std::to_string(choice.total) +
                     ": some tests would never run; start more nodes, or plan with --max-parallelism=" +
                     std::to_string(choice.total)};
  const bool idle = choice.node < std::max<int64_t>(choice.total, fewest_nodes(planned));
  if (choice.node >= static_cast<int64_t>(nodes) && nodes != 0 && !idle)
    return Error{collector::kRunNodeMissing, 0,
                 "node " + std::to_string(choice.node) + " is not in the plan, which has nodes 0 to " +
                     std::to_string(nodes - 1) + "; does the CI system count from 1?"};
  return {};
}

// Where nobody said what another worker costs: here it is no CI job, only a process.
void make_local(Splitting* splitting) {
  const std::vector<std::string>& given = splitting->settings.given;
  for (const char* flag : {"--ci-job-overhead", "--objective", "--compat"}) {
    if (std::ranges::find(given, flag) != given.end()) return;
  }
  splitting->settings.objective = plan::Objective::kWall;
}

// Whole files, the same of them left out.
bool runs_the_same(const plan_folder::PlannedRun& before, const plan_folder::PlannedRun& now) {
  const auto whole_files = [](const plan_folder::PlannedRun& planned) {
    std::set<std::string> files;
    for (const plan::Unit& unit : planned.plan.units) {
      if (!unit.is_part()) files.insert(unit.file);
    }
    return files;
  };
  const auto is_part = [](const plan::Unit& unit) { return unit.is_part(); };
  return !std::ranges::any_of(before.plan.units, is_part) && !std::ranges::any_of(now.plan.units, is_part) &&
         before.files.left_out == now.files.left_out && whole_files(before) == whole_files(now);
}

// `before`: a plan that stays where what is asked now comes to the same; nodes may be about to run it.
Result<PlanToRun> plan_first(Splitting splitting, Console* console,
                             plan_folder::PlannedRun* before = nullptr) {
  make_local(&splitting);
  Result<planning::Planned> planned = plan_now(splitting, Then::kRuns);
  if (!planned) return std::move(planned).error();
  if (before != nullptr && runs_the_same(*before, planned->run))
    return PlanToRun{std::move(splitting), std::move(*before), std::move(planned->framework), -1};
  for (const std::string& notice : planned->notices) console->warn(notice);
  planned->run.made_by_run = true;
  if (Result<void> kept = keep_plan(*planned, splitting, "none", Output::kText, console); !kept)
    return std::move(kept).error();
  if (splitting.settings.reports)
    std::fputs(planning::plan_text(*planned, splitting.settings).c_str(), stderr);
  return PlanToRun{std::move(splitting), std::move(planned->run), std::move(planned->framework), -1};
}

// What the plan was made with and this command does not name, so that both mean the same tests.
SplittingOptions with_settings_of(const plan_folder::PlannedRun& planned, const Splitting& splitting,
                                  SplittingOptions options) {
  const std::map<std::string, std::string> here = plan::plan_settings(splitting.settings, false);
  const std::vector<std::string>& given = splitting.settings.given;
  for (const auto& [flag, value] : planned.key.settings) {
    const auto own = here.find(flag);
    if (std::ranges::find(given, flag) != given.end() || own == here.end() || own->second == value) continue;
    options.flags[flag] = {value};
  }
  if (!planned.platform.empty()) options.flags["--platform"] = {planned.platform};
  if (!planned.framework.empty()) options.flags["--framework"] = {planned.framework};
  return options;
}

Result<std::unique_ptr<framework::Framework>> framework_of(const Splitting& splitting) {
  framework::Project project;
  project.directory = splitting.directory;
  project.repository = origin::repository_root(splitting.directory);
  project.environment =
      planning::environment_of_workers(splitting.environment, splitting.settings.worker_env);
  project.settings = splitting.settings;
  project.scratch = splitting.scratch.path();
  Result<std::unique_ptr<framework::Framework>> made = framework::make_framework(
      project, [](const std::vector<std::string>& command, const process::ChildOptions& options) {
        return process::run_child(command, {}, options);
      });
  if (!made) return Error{collector::kRunFramework, made.error().os_error, made.error().message};
  if (Result<void> checked = (*made)->check(); !checked)
    return Error{collector::kRunPlatform, checked.error().os_error, checked.error().message};
  return made;
}

std::string without_changes(const std::string& commit) {
  return commit.substr(0, commit.find('+'));
}

// What else the plan rests on. A CI job may touch tracked files (a version, a lock file); that matters where
// something is left out.
std::vector<std::string> other_differences(const plan_folder::PlannedRun& planned, const std::string& commit,
                                           framework::Framework* framework, Console* console) {
  std::vector<std::string> different;
  if (planned.key.commit != commit && without_changes(planned.key.commit) == without_changes(commit)) {
    if (rests_on_more_than_files(planned))
      different.push_back("tracked files were changed, and the plan leaves tests out or divides files");
    else
      console->warn("tracked files are not as they were when the plan was made");
  }
  if (!rests_on_more_than_files(planned)) return different;
  const Result<std::map<std::string, std::string>> tags = framework->runtime_tags();
  if (!tags) return different;
  for (const auto& [name, value] : planned.runtime_tags) {
    const auto now = tags->find(name);
    if (now != tags->end() && now->second != value)
      different.push_back(name + " was " + value + " and is " + now->second +
                          ", and the plan leaves tests out or divides files");
  }
  return different;
}

// What is different now from when the plan was made. A CI node sees its checkout with whatever the job put
// beside it; on the machine where the plan was made, files that git does not know count as well.
Result<std::vector<std::string>> differences(const plan_folder::PlannedRun& planned,
                                             const Splitting& splitting, bool is_node,
                                             framework::Framework* framework, Console* console) {
  const planning::Revision now = revision_here(splitting.directory);
  const bool same_commit = without_changes(now.commit) == without_changes(planned.key.commit);
  const std::string commit = is_node && same_commit ? planned.key.commit : now.commit;
  const auto against = [&](const std::vector<std::string>* files) {
    return plan_folder::difference_of_keys(planned.key,
                                           plan_folder::key_of_now(commit, splitting.settings, files));
  };
  Result<std::vector<std::string>> others =
      ground_changes(planned.key.ground, splitting.directory, framework);
  if (!others) return std::move(others).error();
  const planning::Environment seen =
      planning::environment_of_workers(splitting.environment, splitting.settings.worker_env);
  for (const std::string& name :
       planning::changed_variables(planned.key.variables, seen,
                                   planning::runner_options(planned.platform, seen, splitting.directory)))
    others->push_back("the variable " + name +
                      " has another value, and tests that depend on it may be left out or divided");
  if (is_node) {
    std::vector<std::string> different = against(nullptr);
    different.insert(different.end(), others->begin(), others->end());
    for (std::string& other : other_differences(planned, now.commit, framework, console))
      different.push_back(std::move(other));
    return different;
  }
  const Result<framework::Discovery> files = framework->list_files();
  if (!files) return files.error();
  std::vector<std::string> different = against(&files->files);
  different.insert(different.end(), others->begin(), others->end());
  if (now.untracked != planned.key.untracked) different.push_back("files that git does not know changed");
  return different;
}

// Test files that are here and were not where the plan was made: nobody's, so the first node's.
void adopt_strays(PlanToRun* plan, Console* console) {
  const Result<framework::Discovery> listed = plan->framework->list_files();
  if (!listed) return;
  std::set<std::string> known(plan->run.files.left_out.begin(), plan->run.files.left_out.end());
  known.insert(plan->run.no_tests.begin(), plan->run.no_tests.end());
  for (const plan::Unit& unit : plan->run.plan.units) known.insert(unit.file);
  for (const std::string& file : listed->files) {
    if (known.contains(file)) continue;
    console->warn(file + " is not in the plan: the first node runs it");
    if (plan->node != 0) continue;
    if (plan->run.plan.nodes.empty()) plan->run.plan.nodes.emplace_back();
    std::vector<plan::WorkerShare>& workers = plan->run.plan.nodes.front().workers;
    if (workers.empty()) workers.emplace_back();
    workers.front().units.push_back(plan->run.plan.units.size());
    plan::Unit unit;
    unit.file = file;
    plan->run.plan.units.push_back(std::move(unit));
  }
}

Result<PlanToRun> from_folder(const RunOptions& options, Splitting splitting, plan_folder::PlannedRun planned,
                              const NodeChoice& choice, Console* console) {
  const bool is_node = choice.node >= 0;
  Result<Splitting> settled = prepare_splitting(with_settings_of(planned, splitting, options));
  if (!settled) return Error{collector::kRunFramework, 0, "the plan: " + settled.error().message};
  settled->settings.given = splitting.settings.given;  // what differs is asked of these alone
  Result<std::unique_ptr<framework::Framework>> framework = framework_of(*settled);
  if (!framework) return std::move(framework).error();
  const bool knows_its_key = planned.key != plan_folder::PlanKey{};  // else the peer made it
  if (!knows_its_key) {
    for (const std::string& warning : planned.plan.warnings) console->warn(warning);
  }
  if (knows_its_key && !splitting.settings.force) {
    Result<std::vector<std::string>> different =
        differences(planned, *settled, is_node, framework->get(), console);
    if (!different) return std::move(different).error();
    if (!different->empty() && is_node)
      return Error{
          collector::kForeignPlan, 0,
          "the plan in " + splitting.folder + " is for another state of the project (" + joined(*different) +
              "); check out what the plan was made for, plan again, or run it all the same with --force"};
    if (!different->empty()) {
      console->warn("planning again, since the plan is not of now: " + joined(*different));
      return plan_first(std::move(*settled), console);
    }
    // Not everything that left-out tests rest on can be compared; planning here asks what is now.
    if (!is_node && (rests_on_more_than_files(planned) || planned.key.commit.empty()))
      return plan_first(std::move(*settled), console, &planned);
  }
  if (Result<void> known = check_node(choice, planned); !known) return std::move(known).error();
  PlanToRun made{std::move(*settled), std::move(planned), std::move(*framework), choice.node};
  if (is_node && knows_its_key && !splitting.settings.force) adopt_strays(&made, console);
  return made;
}

// Without a plan. Nodes that plan for themselves do not plan the same: tests would be nobody's.
Result<PlanToRun> without_plan(Splitting splitting, const NodeChoice& choice, Console* console) {
  if (splitting.settings.ci_node >= 0)
    return Error{
        collector::kRunPlanLoad, 0,
        "there is no plan in " + splitting.folder +
            " for this node; pass the folder on from one `alibi plan` to all nodes (it begins with a "
            "dot: some CI systems leave such folders out of artifacts unless told otherwise)"};
  if (choice.node >= 0)
    console->warn(choice.said_by + " says that this is one of " + std::to_string(choice.total) +
                  " jobs; there is no plan that divides the tests among them, so that all of them run here");
  return plan_first(std::move(splitting), console);
}

}  // namespace

Result<PlanToRun> plan_to_run(const RunOptions& options, Console* console) {
  const PlanningGuard guard;
  Result<Splitting> splitting = prepare_splitting(options);
  if (!splitting) return std::move(splitting).error();
  for (const std::string& warning : splitting->settings.warnings) console->warn(warning);
  const Result<NodeChoice> choice = node_choice(*splitting);
  if (!choice) return choice.error();
  if (!plan_folder::has_plan(splitting->folder)) return without_plan(std::move(*splitting), *choice, console);
  Result<plan_folder::PlannedRun> planned = plan_folder::read_plan(splitting->folder);
  if (!planned) return std::move(planned).error();
  // A plan that a run made for itself divides nothing among nodes, and is of what was known then.
  if (planned->made_by_run) return without_plan(std::move(*splitting), *choice, console);
  return from_folder(options, std::move(*splitting), std::move(*planned), *choice, console);
}

}  // namespace alibi::cli
