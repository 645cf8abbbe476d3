#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "collector/cli/commands.h"
#include "collector/cli/commit_upload.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/session_facts.h"
#include "collector/cli/shipper.h"
#include "collector/model/error_codes.h"
#include "collector/origin/changed_ranges.h"
#include "collector/origin/git.h"
#include "collector/origin/git_upload.h"
#include "collector/report/json_report.h"
#include "collector/ship/access.h"
#include "collector/ship/opening.h"
#include "collector/ship/opening_json.h"
#include "collector/ship/reporting.h"
#include "collector/store/disk.h"
#include "collector/transport/curl_client.h"
#include "collector/transport/pace.h"

namespace alibi::cli {
namespace {

constexpr size_t kLongestDescription = size_t{16} << 20;

std::string standard_input() {
  std::string text;
  char buffer[65536];
  for (ssize_t count = 0; (count = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kLongestDescription) break;
  }
  return text;
}

bool is_suite_level(const transport::Environment& environment, const ship::RunDescription& run) {
  const auto says = [&](std::string_view name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string_view() : std::string_view(found->second);
  };
  if (run.language == "ruby") return says("DD_TESTOPTIMIZATION_TIA_TEST_SKIPPING_MODE") == "suite";
  return transport::is_true(says("_DD_CIVISIBILITY_ITR_SUITE_MODE"));
}

ship::SessionFacts facts_of(const ship::RunDescription& run, const transport::Environment& environment,
                            const std::string& agents_default, const Intake& intake) {
  origin::SessionFacts about;
  about.language = run.language == "ruby" ? origin::Language::kRuby : origin::Language::kPython;
  about.runtime = {run.runtime_name, run.runtime_version};
  about.framework = run.framework;
  about.command = run.command;
  about.directory = run.root;
  about.agents_default = agents_default;
  ship::SessionFacts facts = session_facts(run, origin_here(about, environment), environment, intake);
  facts.wants_suites = is_suite_level(environment, run);
  return facts;
}

// Of the time for the opening, since the intake has to be asked, too: 700 ms of the usual 1200.
origin::Milliseconds patience_with_git(const transport::Environment& environment) {
  const auto whole = ship::limits_of_run(environment, ship::Part::kOpening).budget;
  return std::chrono::duration_cast<origin::Milliseconds>(whole * 7 / 12);
}

// A clone is not deepened while tests wait.
origin::UploadOptions upload_in_time(const transport::Environment& environment) {
  origin::UploadOptions options = origin::upload_options(environment);
  options.may_fetch = false;
  options.step = options.total = patience_with_git(environment);
  return options;
}

// Threads of their own for the jobs, as far as the system gives any. Each job keeps to the client's budget
// and to git's patience; a job that runs out of memory leaves its answer as it was.
void run_at_once(const ship::Jobs& jobs) {
  transport::in_parallel(jobs.size(), static_cast<unsigned>(jobs.size()), [&jobs](size_t at) {
    try {
      jobs[at]();
    } catch (const std::bad_alloc&) {
    }
  });
}

Result<origin::ChangedRanges> changes_of(const ship::SessionFacts& facts,
                                         const transport::Environment& environment) {
  const origin::GitCommand whole(facts.run.root);
  const origin::TimedGit git(whole, origin::Timepiece::real(), patience_with_git(environment));
  const Result<std::string> base = origin::base_commit(git, facts.origin.tags);
  if (!base) return base.error();
  return origin::changed_since(git, *base);
}

int not_reporting(const std::string& session, const std::string& why, Console* console) {
  const std::string said = ship::encode_no_opening();
  console->warn("nothing is reported: " + why);
  // Who looks for it there and finds nothing knows as much.
  static_cast<void>(
      store::write_file(session + "/" + ship::kOpeningFile, said, store::Durability::kUnsynced));
  console->print(said + "\n");
  return kDone;
}

// For the collector and for the other processes of the run.
Result<void> keep(const std::string& session, const ship::Opening& opening) {
  const std::pair<const char*, std::string> files[] = {
      {ship::kOpeningFile, ship::encode_opening(opening)},
      {ship::kReportingFile, ship::encode_reporting(opening.reporting)}};
  for (const auto& [name, text] : files) {
    const Result<void> written = store::write_file(session + "/" + name, text, store::Durability::kUnsynced);
    if (!written) return written.error();
  }
  return {};
}

// DATA/sessions/<id>
std::string data_of_session(const std::string& session) {
  return (std::filesystem::path(session).parent_path().parent_path()).string();
}

int open_session(const std::string& session, Console* console) {
  const Result<ship::RunDescription> run = ship::read_run_description(standard_input());
  if (!run) return console->fail(run.error());
  const transport::Environment environment = environment_of_process();
  const Result<Intake> intake = intake_of(environment, data_of_session(session));
  if (!intake) return not_reporting(session, intake.error().message, console);
  const ship::Access& access = intake->access;
  if (const std::string problem = ship::patience_problem(environment); !problem.empty())
    console->warn(problem);
  transport::CurlClient http(intake->trusted);
  transport::IntakeClient client(access.address, access.key, &http, &transport::Pace::real(),
                                 ship::limits_of_run(environment, ship::Part::kOpening));
  const Result<transport::AgentFeatures> features = client.features();
  if (!features) return not_reporting(session, features.error().message, console);
  if (access.address.mode == transport::IntakeMode::kAgent &&
      features->prefix == transport::AgentPrefix::kNone)
    return not_reporting(session, intake->label + " passes no test events on", console);
  const ship::SessionFacts facts = facts_of(*run, environment, features->default_env, *intake);
  for (const std::string& notice : facts.origin.notices) console->warn(notice);
  const ship::Opening opening = ship::open_report(
      facts, {[&client](transport::Route route, std::string_view json) { return client.ask(route, json); },
              [&] { return tell_commits(facts, upload_in_time(environment), &client); },
              [&] { return changes_of(facts, environment); }, run_at_once});
  for (const std::string& problem : opening.problems) console->warn(problem);
  if (const Result<void> kept = keep(session, opening); !kept)
    return not_reporting(session, kept.error().message, console);
  console->print(ship::encode_opening(opening) + "\n");
  return kDone;
}

// Of the repository that the command is called in, where there is one. Nobody waits: a shallow clone may be
// deepened.
std::optional<origin::UploadResult> tell_all_commits(const transport::Environment& environment,
                                                     const ship::Access& access) {
  const Result<std::string> folder = store::absolute_path(".");
  if (!folder || origin::repository_root(*folder).empty()) return std::nullopt;
  const origin::SessionOrigin origin = origin_here({.directory = *folder}, environment);
  const std::string repository(origin::tag_of(origin.tags, "git.repository_url"));
  const origin::UploadOptions options = origin::upload_options(environment);
  if (repository.empty() || !options.enabled) return std::nullopt;
  transport::CurlClient http(transport::certificates_of(environment));
  transport::IntakeClient client(access.address, access.key, &http, &transport::Pace::real(),
                                 ship::patient_limits(environment));
  return upload_commits(*folder, repository, options, &client);
}

void print_shipped(const transport::ShipReport& report, const std::optional<origin::UploadResult>& told,
                   const std::string& where, Output output, Console* console) {
  if (output == Output::kJson) {
    nlohmann::json document = shipped_json(report);
    document["commits"] = nullptr;
    if (told) document["commits"] = {{"complete", told->complete}, {"packs", told->packs}};
    console->print(report::json_text(document) + "\n");
    return;
  }
  std::string text = shipped_text(report, where) + "\n";
  if (told && told->complete)
    text += told->packs == 0 ? "it knows all commits of the last month\n"
                             : "it was told about the commits of the last month\n";
  console->print(text);
}

int send_waiting(const ShipOptions& options, Console* console) {
  const transport::Environment environment = environment_of_process();
  const Result<Intake> intake = intake_of(environment, data_folder(options.data));
  if (!intake) return console->fail(intake.error());
  const transport::ShipReport report = ship_waiting_reports(*intake, ship::patient_limits(environment));
  std::optional<origin::UploadResult> told;
  // What does not take reports does not take commits.
  if (report.kept == 0 && !report.spool_error && !intake->local)
    told = tell_all_commits(environment, intake->access);
  print_shipped(report, told, intake->label, options.output, console);
  for (const std::string& complaint : report.complaints) console->warn(complaint);
  if (told && told->error) console->warn("the service does not know all commits: " + told->error->message);
  if (report.spool_error) return console->fail(*report.spool_error);
  return report.kept == 0 ? kDone : kFailed;
}

}  // namespace

int run_ship(const ShipOptions& options, Console* console) {
  return options.session.empty() ? send_waiting(options, console) : open_session(options.session, console);
}

}  // namespace alibi::cli
