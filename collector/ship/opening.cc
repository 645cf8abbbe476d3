#include "collector/ship/opening.h"

#include <algorithm>
#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::ship {
namespace {

constexpr char kFailedPrefix[] = "_dd.ci.library_configuration_error.";
constexpr uint32_t kAttemptToFixRetries = 20;
constexpr uint32_t kMostRetries = 100;  // of one test, whatever a service says

// What this client can do, in the versions in which the service knows it.
constexpr char kCapability[] = "_dd.library_capabilities.";
constexpr std::pair<const char*, const char*> kCapabilities[] = {
    {"early_flake_detection", "1"},   {"auto_test_retries", "1"},
    {"test_impact_analysis", "1"},    {"test_management.quarantine", "1"},
    {"test_management.disable", "1"}, {"test_management.attempt_to_fix", "5"}};

Reporting reporting_of(const SessionFacts& facts) {
  Reporting made;
  made.session_id = facts.session_id;
  made.framework = facts.run.framework;
  made.service = facts.origin.service.name;
  made.root = facts.root;
  made.wants_suites = facts.wants_suites;
  made.is_local = facts.is_local;
  origin::Tags tags = facts.origin.tags;
  const std::pair<const char*, std::string> own[] = {
      {"language", facts.run.language},
      {"runtime-id", facts.runtime_id},
      {"library_version", facts.library_version},
      {"test.command", facts.run.command},
      {"test.framework", facts.run.framework},
      {"test.framework_version", facts.run.framework_version},
      {"test_session.name", facts.origin.session_name},
      {"component", facts.run.framework},
      {"env", facts.origin.environment.value_or("")},
      {"service.name", facts.origin.service.name},
      {"_dd.origin", "ciapp-test"},
      {"_dd.test.is_user_provided_service", facts.origin.service.by_user ? "true" : "false"}};
  for (const auto& [name, value] : own) origin::put(&tags, name, value);
  made.tags.assign(tags.begin(), tags.end());
  for (const auto& [name, version] : kCapabilities)
    made.test_tags.emplace_back(std::string(kCapability) + name, version);
  // The service knows the reports of the Python client only under this name.
  if (facts.run.language == "python")
    made.test_tags.emplace_back(std::string(kCapability) + "coverage_report_upload", "1");
  return made;
}

// A question that is asked at most once, and its answer.
template <typename Answer>
struct Question {
  bool asked = false;
  Result<Answer> answer = Error{ErrorCode::kOutOfMemory, 0, "there was not enough memory to ask the service"};
};

template <typename Answer, typename Asking>
void add(Question<Answer>* question, bool wanted, Asking asking, Jobs* jobs) {
  if (!wanted || question->asked) return;
  question->asked = true;
  jobs->push_back([question, asking = std::move(asking)] { question->answer = asking(); });
}

class Opener {
 public:
  Opener(const SessionFacts& facts, const Doors& doors)
      : facts_(facts), doors_(doors), switches_(facts.switches), run_(run_facts(facts)) {
    opening_.reporting = reporting_of(facts);
    opening_.problems = switches_.problems;
  }

  Opening run() {
    if (!settle_settings()) return std::move(opening_);
    ask_with_commits();
    const bool once_more = opening_.settings.require_git;
    if (!once_more || settle_settings()) {
      ask_after_commits();
      settle();
    }
    return std::move(opening_);
  }

 private:
  // False, so that nothing more is asked of a service that does not answer.
  bool failed(const char* what, const Error& error) {
    opening_.reporting.session_tags.emplace_back(std::string(kFailedPrefix) + what, "true");
    opening_.problems.push_back(error.message);
    return false;
  }

  bool settle_settings() {
    Result<payload::Settings> settings = ask_settings(doors_.ask, run_);
    opening_.settings = settings ? std::move(*settings) : payload::Settings();
    return settings ? true : failed("settings", settings.error());
  }

  bool wants_known() const { return opening_.settings.known_tests; }
  bool wants_managed() const { return opening_.settings.test_management && switches_.test_management; }
  bool wants_changes() const { return opening_.settings.impacted_tests && switches_.impacted_tests; }
  bool skips() const {
    return opening_.settings.itr_enabled && opening_.settings.tests_skipping &&
           switches_.test_impact_analysis;
  }

  void add_questions(Jobs* jobs) {
    add(
        &known_, wants_known(), [this] { return ask_known_tests(doors_.ask, run_); }, jobs);
    add(
        &managed_, wants_managed(),
        [this] { return ask_managed_tests(doors_.ask, run_, facts_.origin.tags); }, jobs);
    add(&changed_, wants_changes(), doors_.changed, jobs);
  }

  void ask_with_commits() {
    Result<void> told;
    Jobs jobs;
    if (!facts_.is_local) jobs.push_back([this, &told] { told = doors_.tell_commits(); });
    add_questions(&jobs);
    doors_.at_once(jobs);
    if (!told) opening_.problems.push_back("the service does not know all commits: " + told.error().message);
  }

  // The second settings may want more than the first.
  void ask_after_commits() {
    Jobs jobs;
    add(
        &skippable_, skips() && !facts_.is_local, [this] { return ask_skippable(doors_.ask, run_); }, &jobs);
    add_questions(&jobs);
    if (!jobs.empty()) doors_.at_once(jobs);
  }

  void settle() {
    opening_.reporting.wants_coverage = opening_.settings.code_coverage && switches_.test_impact_analysis;
    opening_.reporting.skipping = skips();
    if (skippable_.asked) settle_skippable();
    if (wants_known()) settle_known();
    if (wants_managed()) settle_managed();
    if (wants_changes()) settle_changes();
    if (opening_.settings.flaky_test_retries && switches_.flaky_test_retries)
      opening_.flaky_test_retries = {std::min(switches_.retries_per_test, kMostRetries),
                                     switches_.retried_tests};
    settle_attempts_to_fix();
    opening_.reporting.wants_report = wants_report();
    opening_.reporting.report_flags = switches_.coverage_flags;
    payload::Tags& of_session = opening_.reporting.session_only_tags;
    if (opening_.managed) of_session.emplace_back("test.test_management.enabled", "true");
    if (opening_.early_flake_detection) of_session.emplace_back("test.early_flake.enabled", "true");
  }

  void settle_skippable() {
    if (!skippable_.answer) {
      failed("skippable_tests", skippable_.answer.error());
      return;
    }
    opening_.reporting.correlation_id = std::move(skippable_.answer->correlation_id);
    opening_.skippable = std::move(skippable_.answer->items);
  }

  // Where nothing is known everything would be new: that tells nothing about any test.
  void settle_known() {
    if (!known_.answer) {
      failed("known_tests", known_.answer.error());
      return;
    }
    if (known_.answer->empty()) return;
    opening_.known = std::move(*known_.answer);
    const payload::Settings& settings = opening_.settings;
    if (settings.early_flake_detection && switches_.early_flake_detection)
      opening_.early_flake_detection = {settings.slow_test_retries, settings.faulty_session_threshold};
    if (opening_.early_flake_detection) {
      for (payload::SlowTestRetries& step : opening_.early_flake_detection->retries)
        step.retries = std::min(step.retries, kMostRetries);
    }
  }

  void settle_managed() {
    if (managed_.answer)
      opening_.managed = std::move(*managed_.answer);
    else
      failed("test_management_tests", managed_.answer.error());
  }

  void settle_changes() {
    if (changed_.answer)
      opening_.modified = std::move(*changed_.answer);
    else
      opening_.problems.push_back("which tests were modified is not known: " +
                                  changed_.answer.error().message);
  }

  bool is_ruby() const { return facts_.run.language == "ruby"; }

  // In Python the variable decides, in Ruby it only switches off.
  bool wants_report() const {
    const bool wanted = opening_.settings.coverage_report_upload;
    const bool said = switches_.coverage_report_upload.value_or(wanted);
    return is_ruby() ? wanted && said : said;
  }

  // The vendor's clients disagree about who wins.
  void settle_attempts_to_fix() {
    const std::optional<uint32_t>& answered = opening_.settings.attempt_to_fix_retries;
    const std::optional<uint32_t>& said = switches_.attempt_to_fix_retries;
    const std::optional<uint32_t>& first = is_ruby() ? answered : said;
    const std::optional<uint32_t>& second = is_ruby() ? said : answered;
    opening_.attempt_to_fix_retries =
        std::min(first.value_or(second.value_or(kAttemptToFixRetries)), kMostRetries);
  }

  const SessionFacts& facts_;
  const Doors& doors_;
  const Switches& switches_;
  const payload::RunFacts run_;
  Question<payload::Skippable> skippable_;
  Question<std::vector<payload::KnownSuite>> known_;
  Question<std::vector<payload::ManagedTest>> managed_;
  Question<origin::ChangedRanges> changed_;
  Opening opening_;
};

}  // namespace

payload::RunFacts run_facts(const SessionFacts& facts) {
  const origin::SessionOrigin& origin = facts.origin;
  payload::RunFacts made;
  made.request_id = facts.runtime_id;
  made.service = origin.service.name;
  made.env = origin.environment;
  made.repository_url = origin::tag_of(origin.tags, "git.repository_url");
  made.commit_sha = origin::tag_of(origin.tags, "git.commit.sha");
  made.branch = origin::tag_of(origin.tags, "git.branch");
  if (made.branch.empty()) made.branch = origin::tag_of(origin.tags, "git.tag");
  made.level = facts.wants_suites ? payload::TestLevel::kSuite : payload::TestLevel::kTest;
  made.platform.assign(origin.runtime.begin(), origin.runtime.end());
  made.custom.assign(origin.configurations.begin(), origin.configurations.end());
  return made;
}

Opening open_report(const SessionFacts& facts, const Doors& doors) {
  return Opener(facts, doors).run();
}

}  // namespace alibi::ship
