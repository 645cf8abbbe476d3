#include "collector/ship/opening.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::ship {
namespace {

using nlohmann::json;
using transport::Route;

constexpr char kFailedPrefix[] = "_dd.ci.library_configuration_error.";

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

Reporting reporting_of(const SessionFacts& facts) {
  Reporting made;
  made.session_id = facts.session_id;
  made.framework = facts.run.framework;
  made.service = facts.origin.service.name;
  made.root = facts.root;
  made.wants_suites = facts.wants_suites;
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
  made.test_tags = {{"_dd.library_capabilities.test_impact_analysis", "1"}};
  return made;
}

class Opener {
 public:
  Opener(const SessionFacts& facts, const Ask& ask, const std::function<void()>& tell_commits)
      : facts_(facts), ask_(ask), tell_commits_(tell_commits), run_(run_facts(facts)) {
    opening_.reporting = reporting_of(facts);
  }

  Opening run() {
    if (!ask_settings()) return std::move(opening_);
    tell_commits_();
    if (opening_.settings.require_git && !ask_settings()) return std::move(opening_);
    opening_.reporting.wants_coverage = opening_.settings.code_coverage && !facts_.itr_switched_off;
    const bool skips =
        opening_.settings.itr_enabled && opening_.settings.tests_skipping && !facts_.itr_switched_off;
    opening_.reporting.skipping = skips;
    if (skips) ask_skippable();
    return std::move(opening_);
  }

 private:
  // False, so that nothing more is asked of a service that does not answer.
  bool failed(const char* what, const Error& error) {
    opening_.reporting.session_tags.emplace_back(std::string(kFailedPrefix) + what, "true");
    opening_.problems.push_back(error.message);
    return false;
  }

  bool ask_settings() {
    opening_.settings = {};
    const Result<std::string> answer = ask_(Route::kSettings, payload::encode_settings_request(run_));
    if (!answer) return failed("settings", answer.error());
    Result<payload::Settings> settings = payload::parse_settings(*answer);
    if (!settings) return failed("settings", settings.error());
    opening_.settings = std::move(*settings);
    return true;
  }

  bool ask_skippable() {
    const Result<std::string> answer = ask_(Route::kSkippable, payload::encode_skippable_request(run_));
    if (!answer) return failed("skippable_tests", answer.error());
    Result<payload::ParsedSkippable> parsed = payload::parse_skippable(*answer);
    if (!parsed) return failed("skippable_tests", parsed.error());
    opening_.reporting.correlation_id = std::move(parsed->skippable.correlation_id);
    opening_.skippable.emplace();
    for (payload::SkippableItem& item : parsed->skippable.items) {
      if (item.level == run_.level) opening_.skippable->push_back(std::move(item));
    }
    return true;
  }

  const SessionFacts& facts_;
  const Ask& ask_;
  const std::function<void()>& tell_commits_;
  const payload::RunFacts run_;
  Opening opening_;
};

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<RunDescription> read_run_description(std::string_view text) {
  const json read = json::parse(text, nullptr, false);
  RunDescription run;
  if (read.is_object()) {
    run.framework = text_of(read, "framework");
    run.framework_version = text_of(read, "framework_version");
    run.command = text_of(read, "command");
    run.language = text_of(read, "language");
    run.runtime_name = text_of(read, "runtime_name");
    run.runtime_version = text_of(read, "runtime_version");
    run.root = text_of(read, "root");
  }
  if (run.framework.empty() || run.root.empty())
    return Error{collector::kBadRequest, 0,
                 "what the test runner says of itself (standard input) is no JSON object with the texts "
                 "\"framework\" and \"root\""};
  return run;
}

Opening open_report(const SessionFacts& facts, const Ask& ask, const std::function<void()>& tell_commits) {
  return Opener(facts, ask, tell_commits).run();
}

std::string encode_opening(const Opening& opening) {
  json document = {{"reporting", true}, {"root", opening.reporting.root}, {"skippable", nullptr}};
  if (opening.skippable) {
    json listed = json::array();
    for (const payload::SkippableItem& item : *opening.skippable)
      listed.push_back({item.module.value_or("."), item.suite, item.name});
    document["skippable"] = std::move(listed);
  }
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace alibi::ship
