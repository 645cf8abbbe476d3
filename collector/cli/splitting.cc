#include "collector/cli/splitting.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <utility>

#include "collector/ci/ci_outputs.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/node_command.h"
#include "collector/cli/plan_ground.h"
#include "collector/cli/plan_service.h"
#include "collector/cli/shipper.h"
#include "collector/model/plan_errors.h"
#include "collector/origin/ci_provider.h"
#include "collector/plan_folder/discovery_cache.h"
#include "collector/plan_folder/plan_key.h"
#include "collector/planning/kept_tests.h"
#include "collector/planning/variables.h"
#include "collector/process/child_process.h"
#include "collector/process/processors.h"
#include "collector/store/disk.h"

namespace alibi::cli {
namespace {

namespace fs = std::filesystem;

std::mutex scratch_mutex;
std::set<std::string> scratch_folders;

planning::Trust trust_of(const std::map<std::string, std::string>& environment) {
  const auto found = environment.find("ALIBI_TRUST");
  if (found != environment.end() && found->second == "service") return planning::Trust::kService;
  if (found != environment.end() && found->second == "local") return planning::Trust::kEvidence;
  return planning::Trust::kBoth;  // the strictest
}

std::map<std::string, uint32_t> nodes_of(const plan::Plan& plan) {
  std::map<std::string, uint32_t> nodes;
  for (uint32_t node = 0; node < plan.nodes.size(); ++node) {
    for (const plan::WorkerShare& worker : plan.nodes[node].workers) {
      for (const size_t unit : worker.units) nodes.try_emplace(plan.units[unit].file, node);
    }
  }
  return nodes;
}

uint32_t cores_here(const std::map<std::string, std::string>& environment) {
  const auto chosen = environment.find("GOMAXPROCS");
  const process::Processors found =
      process::processors(process::this_machine(chosen == environment.end() ? "" : chosen->second));
  return plan::physical_cores({found.usable, found.threads_per_core, found.logical, found.physical});
}

Result<void> append(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::app | std::ios::binary);
  file << text;
  file.flush();
  if (!file) return os_error(collector::kCannotWrite, errno, "cannot append to " + path);
  return {};
}

Result<void> keep_file(const std::string& folder, const ci::CiFile& file) {
  const std::string path = file.path.starts_with('/') ? file.path : folder + "/" + file.path;
  if (file.appends) return append(path, file.text);
  if (Result<void> made = store::make_directories(fs::path(path).parent_path()); !made) return made;
  return store::write_file(path, file.text, store::Durability::kUnsynced);
}

Result<void> tell_ci(const planning::Planned& planned, const Splitting& splitting,
                     const std::string& provider, Output output_of_command, Console* console) {
  ci::CiPlan about;
  about.nodes = static_cast<uint32_t>(planned.run.plan.nodes.size());
  about.run_command = splitting.node_command;
  const bool generates = provider == "gitlab" || provider == "buildkite";
  for (const std::string& notice : generates ? splitting.not_for_nodes : std::vector<std::string>())
    console->warn(notice);
  const Result<ci::CiOutput> output = ci::ci_output(provider, about, splitting.environment);
  if (!output) return output.error();
  for (const std::string& notice : output->notices) console->warn(notice);
  for (const ci::CiFile& file : output->files) {
    if (Result<void> kept = keep_file(splitting.folder, file); !kept) return kept;
  }
  // JSON stays alone on standard output.
  if (output_of_command == Output::kJson)
    std::fputs(output->standard_output.c_str(), stderr);
  else
    console->print(output->standard_output);
  return {};
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make() {
  const char* chosen = std::getenv("TMPDIR");
  std::string path = std::string(chosen != nullptr && *chosen == '/' ? chosen : "/tmp") + "/alibi-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return os_error(collector::kCannotWrite, errno, "cannot make a temporary folder " + path);
  const std::lock_guard lock(scratch_mutex);
  scratch_folders.insert(path);
  return ScratchFolder(std::move(path));
}

ScratchFolder::~ScratchFolder() {
  if (path_.empty()) return;
  store::remove_tree(path_);
  const std::lock_guard lock(scratch_mutex);
  scratch_folders.erase(path_);
}

void remove_scratch_folders() {
  const std::lock_guard lock(scratch_mutex);
  for (const std::string& path : scratch_folders) store::remove_tree(path);
}

Result<Splitting> prepare_splitting(const SplittingOptions& options) {
  plan::GivenSettings given;
  given.flags = options.flags;
  for (const auto& [name, value] : environment_of_process()) given.environment[name] = value;
  given.physical_cores = cores_here(given.environment);
  Result<plan::Settings> settings = plan::resolve_settings(given);
  if (!settings) return std::move(settings).error();
  Result<std::string> directory = store::absolute_path(".");
  if (!directory) return std::move(directory).error();
  Result<ScratchFolder> scratch = ScratchFolder::make();
  if (!scratch) return std::move(scratch).error();
  std::string folder = *directory + "/" + plan_folder::kFolder;
  std::string data = data_folder(options.data);
  if (!options.data.empty()) {  // what discovery and workers record to and ask
    if (!data.starts_with('/')) data = *directory + "/" + data;
    ::setenv("ALIBI_DATA", data.c_str(), 1);
    given.environment["ALIBI_DATA"] = data;
  }
  return Splitting{
      std::move(*settings), std::move(given.environment), std::move(*directory),  std::move(data),
      std::move(folder),    node_command(options),        not_for_nodes(options), std::move(*scratch)};
}

namespace {

planning::PlanningRequest planning_request(const Splitting& splitting, Then then) {
  planning::PlanningRequest request;
  request.runs_here = then == Then::kRuns;
  request.settings = splitting.settings;
  request.directory = splitting.directory;
  request.data = splitting.data;
  request.has_evidence = store::exists(splitting.data + "/evidence");
  request.environment =
      planning::environment_of_workers(splitting.environment, splitting.settings.worker_env);
  request.scratch = splitting.scratch.path();
  request.now_s =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  request.trust = trust_of(splitting.environment);
  if (splitting.settings.sticky && plan_folder::has_plan(splitting.folder)) {
    const Result<plan_folder::PlannedRun> before = plan_folder::read_plan(splitting.folder);
    if (before) request.previous = nodes_of(before->plan);
  }
  return request;
}

planning::KeptTests kept_tests(const Splitting& splitting, const framework::Framework& framework,
                               const planning::Revision& revision) {
  planning::KeptTests kept;
  kept.file = splitting.folder + "/" + plan_folder::kDiscoveryFile;
  kept.import = splitting.settings.discovery_cache;
  kept.directory = splitting.directory;
  kept.terms = {std::string(framework.platform()), std::string(framework.name()), framework.pattern(),
                splitting.settings.tests_exclude};
  kept.commit = revision.commit.substr(0, revision.commit.find('+'));
  return kept;
}

}  // namespace

bool rests_on_more_than_files(const plan_folder::PlannedRun& planned) {
  return !planned.files.left_out.empty() ||
         std::ranges::any_of(planned.plan.units, [](const plan::Unit& unit) { return unit.is_part(); });
}

Result<planning::Planned> plan_now(const Splitting& splitting, Then then) {
  planning::Revision revision;
  planning::PlanningDoors doors;
  doors.run_program = [](const std::vector<std::string>& command, const process::ChildOptions& options) {
    return process::run_child(command, {}, options);
  };
  doors.ask_service = [&](const planning::ServiceQuestion& question) {
    return ask_service_for_plan(question, splitting.data);
  };
  doors.revision = [&] { return revision = revision_here(splitting.directory); };
  const origin::GitCommand git(splitting.directory);
  std::string notice;
  doors.find_tests = [&](const framework::Framework& framework) {
    planning::FoundTests found = planning::find_kept_tests(kept_tests(splitting, framework, revision), git);
    notice = found.notice;
    return std::move(found.discovery);
  };
  doors.keep_tests = [&](const framework::Framework& framework, const framework::Discovery& found) {
    planning::keep_tests(kept_tests(splitting, framework, revision), found);
  };
  Result<planning::Planned> planned = planning::make_planned_run(planning_request(splitting, then), doors);
  if (!planned) return planned;
  if (!notice.empty()) planned->notices.push_back(notice);
  if (revision.commit.empty())
    planned->notices.push_back(
        "git has no commit here, so that nothing says later whether the plan is still of this project "
        "[plan_git_unavailable]");
  std::map<std::string, uint64_t> timings;
  for (const auto& [file, estimate] : planned->history.files) timings[file] = estimate.duration_ms;
  planned->run.key =
      plan_folder::make_plan_key(revision.commit, splitting.settings, planned->listed_files, timings);
  planned->run.key.untracked = revision.untracked;
  if (!planned->ground.empty()) {
    Result<std::string> ground =
        ground_of_plan(planned->ground, splitting.directory, splitting.data, planned->framework.get());
    if (!ground) return std::move(ground).error();
    planned->run.key.ground = std::move(*ground);
  }
  const planning::Environment seen_by_workers =
      planning::environment_of_workers(splitting.environment, splitting.settings.worker_env);
  if (!planned->run.files.left_out.empty())
    planned->run.key.variables = planning::variables_of_evidence(splitting.data, seen_by_workers);
  if (rests_on_more_than_files(planned->run))
    planned->run.key.variables.merge(
        planning::runner_options(planned->run.platform, seen_by_workers, splitting.directory));
  return planned;
}

Result<void> keep_plan(const planning::Planned& planned, const Splitting& splitting,
                       const std::string& provider, Output output, Console* console) {
  if (Result<void> written = plan_folder::write_plan(splitting.folder, planned.run); !written) return written;
  origin::Environment environment;
  for (const auto& [name, value] : splitting.environment) environment[name] = value;
  const std::string chosen = provider.empty() ? origin::provider_name(environment) : provider;
  if (chosen.empty() || chosen == "none") return {};
  return tell_ci(planned, splitting, chosen, output, console);
}

}  // namespace alibi::cli
