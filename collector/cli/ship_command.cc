#include <sys/random.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "collector/cli/commands.h"
#include "collector/cli/data_folder.h"
#include "collector/cli/exit_codes.h"
#include "collector/cli/shipper.h"
#include "collector/model/error_codes.h"
#include "collector/origin/git.h"
#include "collector/report/json_report.h"
#include "collector/ship/access.h"
#include "collector/ship/opening.h"
#include "collector/ship/reporting.h"
#include "collector/store/disk.h"
#include "collector/transport/curl_client.h"
#include "collector/transport/pace.h"
#include "tracer/base/file_system.h"

extern char** environ;

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

bool is_switched_off(const transport::Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  if (found == environment.end()) return false;
  return found->second == "0" || found->second == "false" || found->second == "False" ||
         found->second == "FALSE";
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
                            const std::string& agents_default) {
  ship::SessionFacts facts;
  facts.run = run;
  facts.root = origin::repository_root(run.root);
  if (facts.root.empty()) facts.root = run.root;
  origin::SessionFacts about;
  about.language = run.language == "ruby" ? origin::Language::kRuby : origin::Language::kPython;
  about.runtime = {run.runtime_name, run.runtime_version};
  about.system = origin::uname_facts();
  about.framework = run.framework;
  about.command = run.command;
  about.directory = run.root;
  about.agents_default = agents_default;
  facts.origin = origin::session_origin(about, environment, FileSystem::real(), origin::GitCommand(run.root));
  facts.library_version = ALIBI_VERSION;
  facts.runtime_id = random_hex(16);
  facts.session_id = random_number();
  facts.itr_switched_off = is_switched_off(environment, "DD_CIVISIBILITY_ITR_ENABLED");
  facts.wants_suites = is_suite_level(environment, run);
  return facts;
}

int not_reporting(const std::string& why, Console* console) {
  console->warn("nothing is reported: " + why);
  console->print("{\"reporting\":false}\n");
  return kDone;
}

int open_session(const std::string& session, Console* console) {
  const Result<ship::RunDescription> run = ship::read_run_description(standard_input());
  if (!run) return console->fail(run.error());
  const transport::Environment environment = environment_of_process();
  Result<ship::Access> access = ship::intake_access(environment, default_agent_socket_exists());
  if (!access) return not_reporting(access.error().message, console);
  transport::CurlClient http;
  transport::IntakeClient client(access->address, access->key, &http, &transport::Pace::real(),
                                 ship::limits_of_run(environment, ship::Part::kOpening));
  const Result<transport::AgentFeatures> features = client.features();
  if (!features) return not_reporting(features.error().message, console);
  if (access->address.mode == transport::IntakeMode::kAgent &&
      features->prefix == transport::AgentPrefix::kNone)
    return not_reporting(access->address.label() + " passes no test events on", console);
  const ship::SessionFacts facts = facts_of(*run, environment, features->default_env);
  for (const std::string& notice : facts.origin.notices) console->warn(notice);
  const ship::Opening opening = ship::open_report(
      facts, [&client](transport::Route route, std::string_view json) { return client.ask(route, json); });
  const std::string path = session + "/" + ship::kReportingFile;
  if (const Result<void> written =
          store::write_file(path, ship::encode_reporting(opening.reporting), store::Durability::kUnsynced);
      !written)
    return not_reporting(written.error().message, console);
  for (const std::string& problem : opening.problems) console->warn(problem);
  console->print(ship::encode_opening(opening) + "\n");
  return kDone;
}

int send_waiting(const ShipOptions& options, Console* console) {
  const transport::Environment environment = environment_of_process();
  Result<ship::Access> access = ship::intake_access(environment, default_agent_socket_exists());
  if (!access) return console->fail(access.error());
  const transport::ShipReport report =
      ship_waiting_reports(data_folder(options.data), *access, ship::patient_limits());
  if (options.output == Output::kJson)
    console->print(report::json_text(shipped_json(report)) + "\n");
  else
    console->print(shipped_text(report, access->address.label()) + "\n");
  for (const std::string& complaint : report.complaints) console->warn(complaint);
  if (report.spool_error) return console->fail(*report.spool_error);
  return report.kept == 0 ? kDone : kFailed;
}

}  // namespace

int run_ship(const ShipOptions& options, Console* console) {
  return options.session.empty() ? send_waiting(options, console) : open_session(options.session, console);
}

}  // namespace alibi::cli
