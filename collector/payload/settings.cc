#include "collector/payload/settings.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "collector/payload/json_text.h"

namespace alibi::payload {
namespace {

constexpr const char* kRequest = "a request for settings";
constexpr const char* kAnswer = "the answer about settings";
constexpr size_t kMostSteps = 100;

struct Switch {
  const char* name;
  bool Settings::*value;
};
constexpr Switch kSwitches[] = {{"itr_enabled", &Settings::itr_enabled},
                                {"code_coverage", &Settings::code_coverage},
                                {"tests_skipping", &Settings::tests_skipping},
                                {"require_git", &Settings::require_git},
                                {"flaky_test_retries_enabled", &Settings::flaky_test_retries},
                                {"known_tests_enabled", &Settings::known_tests},
                                {"impacted_tests_enabled", &Settings::impacted_tests},
                                {"coverage_report_upload_enabled", &Settings::coverage_report_upload}};

// "30s" and "5m", in seconds.
std::optional<uint32_t> duration_of(const std::string& text) {
  constexpr uint32_t kMostSeconds = 1'000'000;
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (error != std::errc() || number > kMostSeconds) return std::nullopt;
  if (unit == "s") return number;
  if (unit == "m") return number * 60;
  return std::nullopt;
}

std::string duration_text(uint32_t seconds) {
  const bool minutes = seconds >= 60 && seconds % 60 == 0;
  return minutes ? std::to_string(seconds / 60) + "m" : std::to_string(seconds) + "s";
}

std::vector<SlowTestRetries> retries_of(const Json& object) {
  std::vector<SlowTestRetries> steps;
  for (const auto& [key, value] : object.items()) {
    const std::optional<uint32_t> seconds = duration_of(key);
    const std::optional<uint32_t> retries = count_of(value);
    if (seconds && retries && steps.size() < kMostSteps) steps.push_back({*seconds, *retries});
  }
  std::ranges::sort(steps, {}, &SlowTestRetries::up_to_seconds);
  return steps;
}

}  // namespace

std::string encode_settings_request(const RunFacts& facts) {
  Json attributes = Json::object();
  add_facts(facts, &attributes);
  attributes["branch"] = facts.branch;
  attributes["test_level"] = level_name(facts.level);
  add_configurations(facts, &attributes);
  return json_text(
      request_json(facts.request_id, "ci_app_test_service_libraries_settings", std::move(attributes)));
}

Result<RunFacts> parse_settings_request(std::string_view json) {
  const Result<RequestBody> request = parse_request(json, kRequest);
  if (!request) return request.error();
  return facts_of(*request);
}

std::string encode_settings(const Settings& settings) {
  Json attributes = Json::object();
  for (const Switch& one : kSwitches) attributes[one.name] = settings.*one.value;
  Json steps = Json::object();
  for (const SlowTestRetries& step : settings.slow_test_retries)
    steps[duration_text(step.up_to_seconds)] = step.retries;
  attributes["early_flake_detection"] = {{"enabled", settings.early_flake_detection},
                                         {"slow_test_retries", std::move(steps)},
                                         {"faulty_session_threshold", settings.faulty_session_threshold}};
  Json management = {{"enabled", settings.test_management}};
  if (settings.attempt_to_fix_retries)
    management["attempt_to_fix_retries"] = *settings.attempt_to_fix_retries;
  attributes["test_management"] = std::move(management);
  return json_text(request_json("1", "ci_app_tracers_test_service_settings", std::move(attributes)));
}

Result<Settings> parse_settings(std::string_view json) {
  const Result<Json> attributes = parse_attributes(json, kAnswer);
  if (!attributes) return attributes.error();
  Settings settings;
  for (const Switch& one : kSwitches) settings.*one.value = truth_of(member(*attributes, one.name));
  const Json& detection = member(*attributes, "early_flake_detection");
  settings.early_flake_detection = truth_of(member(detection, "enabled"));
  const Json& steps = member(detection, "slow_test_retries");
  if (steps.is_object()) settings.slow_test_retries = retries_of(steps);
  settings.faulty_session_threshold =
      count_of(member(detection, "faulty_session_threshold")).value_or(settings.faulty_session_threshold);
  const Json& management = member(*attributes, "test_management");
  settings.test_management = truth_of(member(management, "enabled"));
  settings.attempt_to_fix_retries = count_of(member(management, "attempt_to_fix_retries"));
  return settings;
}

}  // namespace alibi::payload
