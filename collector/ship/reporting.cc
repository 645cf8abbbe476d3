#include "collector/ship/reporting.h"

#include <nlohmann/json.hpp>

#include "collector/model/error_codes.h"

namespace alibi::ship {
namespace {

using nlohmann::json;

json array_of(const payload::Tags& tags) {
  json pairs = json::array();
  for (const auto& [name, value] : tags) pairs.push_back({name, value});
  return pairs;
}

payload::Tags tags_of(const json& pairs) {
  payload::Tags tags;
  for (const json& pair : pairs)
    tags.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
  return tags;
}

}  // namespace

std::string encode_reporting(const Reporting& reporting) {
  const json document = {{"session_id", reporting.session_id},
                         {"framework", reporting.framework},
                         {"service", reporting.service},
                         {"root", reporting.root},
                         {"tags", array_of(reporting.tags)},
                         {"test_tags", array_of(reporting.test_tags)},
                         {"session_tags", array_of(reporting.session_tags)},
                         {"session_only_tags", array_of(reporting.session_only_tags)},
                         {"correlation_id", reporting.correlation_id},
                         {"coverage", reporting.wants_coverage},
                         {"suites", reporting.wants_suites},
                         {"skipping", reporting.skipping},
                         {"report", reporting.wants_report},
                         {"report_flags", reporting.report_flags}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

// nlohmann-json throws where a member is missing or of another type: caught here, where it happens.
Result<Reporting> decode_reporting(std::string_view text) {
  try {
    const json document = json::parse(text);
    Reporting reporting;
    reporting.session_id = document.at("session_id").get<uint64_t>();
    reporting.framework = document.at("framework").get<std::string>();
    reporting.service = document.at("service").get<std::string>();
    reporting.root = document.at("root").get<std::string>();
    reporting.tags = tags_of(document.at("tags"));
    reporting.test_tags = tags_of(document.at("test_tags"));
    reporting.session_tags = tags_of(document.at("session_tags"));
    reporting.session_only_tags = tags_of(document.value("session_only_tags", json::array()));
    reporting.correlation_id = document.at("correlation_id").get<std::string>();
    reporting.wants_coverage = document.at("coverage").get<bool>();
    reporting.wants_suites = document.at("suites").get<bool>();
    reporting.skipping = document.at("skipping").get<bool>();
    reporting.wants_report = document.value("report", false);
    reporting.report_flags = document.value("report_flags", std::vector<std::string>());
    return reporting;
  } catch (const json::exception& error) {
    return Error{collector::kBadRequest, 0,
                 std::string(kReportingFile) + " is not what Alibi wrote: " + error.what()};
  }
}

}  // namespace alibi::ship
