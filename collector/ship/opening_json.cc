#include "collector/ship/opening_json.h"

#include <nlohmann/json.hpp>

#include "collector/model/error_codes.h"

namespace alibi::ship {
namespace {

using nlohmann::json;

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string printed(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

json skippable_json(const std::vector<payload::SkippableItem>& items) {
  json listed = json::array();
  for (const payload::SkippableItem& item : items) {
    json entry = {item.module.value_or("."), item.suite, item.name, nullptr};
    if (item.parameters) entry[3] = *item.parameters;
    listed.push_back(std::move(entry));
  }
  return listed;
}

json known_json(const std::vector<payload::KnownSuite>& suites) {
  json modules = json::object();
  for (const payload::KnownSuite& suite : suites) {
    json& tests = modules[suite.module][suite.suite];
    for (const std::string& test : suite.tests) tests.push_back(test);
  }
  return modules;
}

json managed_json(const std::vector<payload::ManagedTest>& tests) {
  json listed = json::array();
  for (const payload::ManagedTest& test : tests) {
    json marks = json::array();
    if (test.quarantined) marks.push_back("quarantined");
    if (test.disabled) marks.push_back("disabled");
    if (test.attempt_to_fix) marks.push_back("attempt_to_fix");
    listed.push_back(json::array({test.module, test.suite, test.name, std::move(marks)}));
  }
  return listed;
}

json detection_json(const EarlyFlakeDetection& detection) {
  json retries = json::array();
  for (const payload::SlowTestRetries& step : detection.retries)
    retries.push_back(json::array({step.up_to_seconds, step.retries}));
  return {{"retries", std::move(retries)}, {"faulty_percent", detection.faulty_percent}};
}

json modified_json(const origin::ChangedRanges& changed) {
  json files = json::object();
  for (const auto& [file, ranges] : changed.files()) {
    json listed = json::array();
    for (const origin::LineRange& range : ranges) listed.push_back(json::array({range.first, range.last}));
    files[file] = std::move(listed);
  }
  return files;
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

std::string encode_opening(const Opening& opening) {
  json document = {{"reporting", true},
                   {"root", opening.reporting.root},
                   {"skippable", nullptr},
                   {"known", nullptr},
                   {"early_flake_detection", nullptr},
                   {"flaky_test_retries", nullptr},
                   {"managed", nullptr},
                   {"attempt_to_fix_retries", opening.attempt_to_fix_retries},
                   {"modified", nullptr}};
  if (opening.skippable) document["skippable"] = skippable_json(*opening.skippable);
  if (opening.known) document["known"] = known_json(*opening.known);
  if (opening.early_flake_detection)
    document["early_flake_detection"] = detection_json(*opening.early_flake_detection);
  if (opening.flaky_test_retries)
    document["flaky_test_retries"] = {{"per_test", opening.flaky_test_retries->per_test},
                                      {"tests", opening.flaky_test_retries->tests}};
  if (opening.managed) document["managed"] = managed_json(*opening.managed);
  if (opening.modified) document["modified"] = modified_json(*opening.modified);
  return printed(document);
}

std::string encode_no_opening() {
  return printed({{"reporting", false}});
}

}  // namespace alibi::ship
