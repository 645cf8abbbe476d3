#include "collector/cli/plan_service.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <initializer_list>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>

#include "collector/cli/commit_upload.h"
#include "collector/cli/local_intake.h"
#include "collector/cli/session_facts.h"
#include "collector/cli/shipper.h"
#include "collector/origin/git.h"
#include "collector/origin/git_upload.h"
#include "collector/planning/revision.h"
#include "collector/ship/access.h"
#include "collector/ship/opening.h"
#include "collector/ship/questions.h"
#include "collector/transport/curl_client.h"
#include "collector/transport/pace.h"

namespace alibi::cli {
namespace {

using std::chrono::steady_clock;

// Nothing is asked unless a variable names an intake or an agent (docs/reporting.md).
bool is_wanted(const transport::Environment& environment) {
  const auto says = [&](const char* name) { return !origin::value_of(environment, name).empty(); };
  const std::string enabled(origin::value_of(environment, "DD_CIVISIBILITY_ENABLED"));
  if (enabled == "0" || enabled == "false" || enabled == "False" || enabled == "FALSE") return false;
  return origin::value_of(environment, "ALIBI_INTAKE") == "local" ||
         std::ranges::any_of(
             std::initializer_list<const char*>{
                 "DD_CIVISIBILITY_AGENTLESS_ENABLED", "DD_CIVISIBILITY_AGENTLESS_URL", "DD_TRACE_AGENT_URL",
                 "DD_AGENT_HOST", "DD_TRACE_AGENT_HOSTNAME", "DD_TRACE_AGENT_PORT", "DD_AGENT_PORT"},
             says);
}

ship::SessionFacts facts_of(const planning::ServiceQuestion& question,
                            const transport::Environment& environment, const Intake& intake) {
  ship::RunDescription run;
  run.framework = question.framework;
  run.language = question.language;
  run.root = question.directory;
  origin::SessionOrigin origin = origin_here({.directory = question.directory}, environment);
  origin.runtime.clear();
  for (const auto& [name, value] : question.runtime_tags) origin.runtime[name] = value;
  ship::SessionFacts facts = session_facts(run, std::move(origin), environment, intake);
  facts.wants_suites = question.suite_level;
  return facts;
}

const char* body_name(transport::Route route) {
  if (route == transport::Route::kSettings) return "settings.json";
  if (route == transport::Route::kSkippable) return "skippable_tests.json";
  if (route == transport::Route::kKnownTests) return "known_tests.json";
  if (route == transport::Route::kTestManagement) return "test_management.json";
  return nullptr;
}

// Asks, from several threads, and keeps the raw answers for libraries in the workers. Known tests come in
// pages, of which the last alone would be wrong: they are put together again by whoever parsed them.
class Asking {
 public:
  Asking(const Intake& intake, const transport::ClientLimits& limits)
      : http_(intake.trusted),
        client_(intake.access.address, intake.access.key, &http_, &transport::Pace::real(), limits) {}

  Result<std::string> ask(transport::Route route, std::string_view json) {
    Result<std::string> answer = client_.ask(route, json);
    const std::lock_guard<std::mutex> lock(mutex_);
    any_answer_ = any_answer_ || answer.ok();
    // What a proxy says in place of the service (a page to sign in) is nothing for libraries.
    const char* name = body_name(route);
    if (answer && name != nullptr && nlohmann::json::accept(*answer)) bodies_[name] = *answer;
    if (route == transport::Route::kKnownTests) ++pages_;
    return answer;
  }
  transport::IntakeClient* client() { return &client_; }

  // The rest when nobody asks any more.
  bool any_answer() const { return any_answer_; }
  std::map<std::string, std::string> bodies(const ship::Opening& opening) {
    if (pages_ > 1) bodies_.erase("known_tests.json");
    if (pages_ > 1 && opening.known)
      bodies_["known_tests.json"] = payload::encode_known_tests({*opening.known, std::nullopt, 0});
    return std::move(bodies_);
  }

 private:
  transport::CurlClient http_;
  transport::IntakeClient client_;
  std::mutex mutex_;
  std::map<std::string, std::string> bodies_;
  size_t pages_ = 0;  // of known tests
  bool any_answer_ = false;
};

origin::UploadOptions upload_within(origin::Milliseconds patience,
                                    const transport::Environment& environment) {
  origin::UploadOptions options = origin::upload_options(environment);
  options.step = options.total = patience;
  return options;
}

void put_opening(const ship::Opening& opening, planning::ServiceAnswer* answer) {
  if (opening.skippable) {
    answer->skips.skips = true;
    answer->skips.items = *opening.skippable;
  }
  if (opening.managed) answer->skips.managed = *opening.managed;
  for (const std::string& problem : opening.problems) answer->problems.push_back(problem);
}

// Nothing came: one line, whatever number of questions that were.
void put_silence(const ship::SessionFacts& facts, const ship::Opening& opening,
                 std::chrono::milliseconds patience, planning::ServiceAnswer* answer) {
  const std::vector<std::string>& before = facts.switches.problems;
  answer->problems.insert(answer->problems.end(), before.begin(), before.end());
  const std::string why = opening.problems.size() > before.size() ? opening.problems.back() : "no answer";
  answer->problems.push_back("the plan goes on with what is known here, since the service did not answer (" +
                             why + "); ALIBI_INTAKE_PATIENCE_MS, here " + std::to_string(patience.count()) +
                             ", is how long a plan waits for it");
}

// Threads of their own, as far as the system gives any; all share the client's budget of time.
void at_once(const ship::Jobs& jobs) {
  transport::in_parallel(jobs.size(), static_cast<unsigned>(jobs.size()), [&jobs](size_t at) {
    try {
      jobs[at]();
    } catch (const std::bad_alloc&) {  // its answer stays as it was
    }
  });
}

uint64_t steady_ms() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now().time_since_epoch()).count());
}

// As the plan knows files: relative to where it is made, which may be below the repository's root.
std::string file_here(const std::string& file, const std::string& prefix) {
  if (prefix.empty()) return file;
  return file.starts_with(prefix) ? file.substr(prefix.size()) : std::string();
}

void put_durations(const Result<ship::SuiteDurations>& durations, const std::string& root,
                   const std::string& directory, planning::ServiceAnswer* answer) {
  if (!durations) {
    answer->problems.push_back("no durations from the service: " + durations.error().message);
    return;
  }
  if (!durations->problem.empty()) answer->problems.push_back(durations->problem);
  std::error_code failed;
  const std::string below = std::filesystem::relative(directory, root, failed).generic_string();
  const std::string prefix = failed || below == "." || below.starts_with("..") ? "" : below + "/";
  for (const payload::SuiteDuration& suite : durations->suites) {
    planning::KnownSuite known;
    known.file = file_here(suite.source_file, prefix);
    known.duration_ns = suite.p50_ns.value_or(0);
    answer->known[{suite.module, suite.suite}] = known;
    if (suite.p90_ns) answer->p90_ns[{suite.module, suite.suite}] = *suite.p90_ns;
  }
}

}  // namespace

planning::Revision revision_here(const std::string& directory) {
  const transport::Environment environment = environment_of_process();
  const origin::GitCommand git(directory);
  planning::Revision made = planning::revision_of(directory, environment, git);
  const origin::SessionOrigin origin = origin_here({.directory = directory}, environment);
  made.repository = origin::tag_of(origin.tags, "git.repository_url");
  made.service = origin.service.name;
  made.branch = origin::tag_of(origin.tags, "git.branch");
  return made;
}

planning::ServiceAnswer ask_service_for_plan(const planning::ServiceQuestion& question,
                                             const std::string& data) {
  planning::ServiceAnswer answer;
  const auto start = steady_clock::now();
  const transport::Environment environment = environment_of_process();
  if (!is_wanted(environment)) return answer;
  const Result<Intake> intake = intake_of(environment, data);
  if (!intake) {
    answer.problems.push_back("the service was not asked: " + intake.error().message);
    return answer;
  }
  answer.where = intake->label;
  if (std::string problem = ship::patience_problem(environment); !problem.empty())
    answer.problems.push_back(std::move(problem));
  const transport::ClientLimits limits = ship::limits_of_plan(environment);
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(limits.budget);
  Asking asking(*intake, limits);
  const auto ask = [&asking](transport::Route route, std::string_view json) {
    return asking.ask(route, json);
  };
  const ship::SessionFacts facts = facts_of(question, environment, *intake);
  ship::Opening opening;
  Result<ship::SuiteDurations> durations = Error{ErrorCode::kOutOfMemory, 0, "there was not enough memory"};
  const ship::Jobs jobs = {
      [&] {
        opening = ship::open_report(
            facts, {ask,
                    [&] {
                      return tell_commits(
                          facts, upload_within(origin::Milliseconds(patience.count() / 2), environment),
                          asking.client());
                    },
                    []() -> Result<origin::ChangedRanges> { return origin::ChangedRanges{}; }, at_once});
      },
      [&] {
        durations = ship::ask_durations(ask, ship::run_facts(facts), steady_ms,
                                        static_cast<uint64_t>(patience.count()));
      }};
  at_once(jobs);
  if (asking.any_answer()) {
    put_opening(opening, &answer);
    put_durations(durations, facts.root, question.directory, &answer);
  } else {
    put_silence(facts, opening, patience, &answer);
  }
  answer.bodies = asking.bodies(opening);
  answer.milliseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - start).count());
  return answer;
}

}  // namespace alibi::cli
