#include "collector/payload/suite_durations.h"

#include <charconv>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/payload/json_text.h"

namespace alibi::payload {
namespace {

constexpr const char* kRequest = "a request for durations of suites";
constexpr const char* kAnswer = "the answer about durations of suites";
constexpr const char* kType = "ci_app_ddtest_test_suite_durations_request";
constexpr uint64_t kLongestNs = uint64_t{1} << 55;  // a year

Error not_understood(const std::string& why) {
  return Error{collector::kNotPayload, 0, std::string(kAnswer) + " cannot be used: " + why};
}

// Texts of whole nanoseconds; what is none, or nothing, says nothing.
std::optional<uint64_t> nanoseconds_of(const Json& value, LeftOut* left_out) {
  if (value.is_null()) return std::nullopt;
  uint64_t ns = 0;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), ns);
    if (wrong != std::errc() || end != text.data() + text.size()) ns = 0;
  } else if (value.is_number_unsigned()) {
    ns = value.get<uint64_t>();
  }
  if (ns != 0 && ns <= kLongestNs) return ns;
  left_out->add("duration that is no number of nanoseconds");
  return std::nullopt;
}

void read_module(const std::string& module, const Json& suites, ParsedSuiteDurations* parsed) {
  if (!suites.is_object()) return parsed->left_out.add("module that is no object");
  for (const auto& [name, facts] : suites.items()) {
    if (!facts.is_object()) {
      parsed->left_out.add("suite that is no object");
      continue;
    }
    SuiteDuration suite;
    suite.module = module;
    suite.suite = name;
    suite.source_file = text_or_empty(facts, "source_file");
    suite.p50_ns = nanoseconds_of(member(facts, {"duration", "p50"}), &parsed->left_out);
    suite.p90_ns = nanoseconds_of(member(facts, {"duration", "p90"}), &parsed->left_out);
    parsed->page.suites.push_back(std::move(suite));
  }
}

Json suite_json(const SuiteDuration& suite) {
  Json duration = Json::object();
  if (suite.p50_ns) duration["p50"] = std::to_string(*suite.p50_ns);
  if (suite.p90_ns) duration["p90"] = std::to_string(*suite.p90_ns);
  Json facts = Json::object();
  facts["source_file"] = suite.source_file;
  facts["duration"] = std::move(duration);
  return facts;
}

}  // namespace

std::string encode_suite_durations_request(const SuiteDurationsRequest& request) {
  Json page = Json::object();
  page["page_size"] = request.page_size;
  if (request.page_state) page["page_state"] = *request.page_state;
  Json attributes = Json::object();
  attributes["repository_url"] = request.repository_url;
  attributes["service"] = request.service;
  attributes["page_info"] = std::move(page);
  return json_text(request_json(request.request_id, kType, std::move(attributes)));
}

Result<SuiteDurationsRequest> parse_suite_durations_request(std::string_view json) {
  const Result<RequestBody> body = parse_request(json, kRequest);
  if (!body) return body.error();
  SuiteDurationsRequest request;
  request.request_id = body->id;
  request.service = text_or_empty(body->attributes, "service");
  request.repository_url = text_or_empty(body->attributes, "repository_url");
  request.page_size =
      count_of(member(body->attributes, {"page_info", "page_size"})).value_or(request.page_size);
  request.page_state = text_of(member(body->attributes, {"page_info", "page_state"}));
  return request;
}

std::string encode_suite_durations(const SuiteDurationsPage& page) {
  Json suites = Json::object();
  for (const SuiteDuration& suite : page.suites) suites[suite.module][suite.suite] = suite_json(suite);
  Json info = Json::object();
  if (page.next) info["cursor"] = *page.next;
  info["size"] = page.suites.size();
  info["has_next"] = page.next.has_value();
  Json attributes = Json::object();
  attributes["test_suites"] = std::move(suites);
  attributes["page_info"] = std::move(info);
  return json_text(request_json("1", "ci_app_ddtest_test_suite_durations", std::move(attributes)));
}

Result<ParsedSuiteDurations> parse_suite_durations(std::string_view json) {
  const Result<Json> attributes = parse_attributes(json, kAnswer);
  if (!attributes) return attributes.error();
  const Json& suites = member(*attributes, "test_suites");
  if (!suites.is_object()) return not_understood("it has no object test_suites");
  ParsedSuiteDurations parsed;
  for (const auto& [module, list] : suites.items()) read_module(module, list, &parsed);
  const Json& page = member(*attributes, "page_info");
  if (!truth_of(member(page, "has_next"))) return parsed;
  parsed.page.next = text_of(member(page, "cursor"));
  if (parsed.page.next && parsed.page.next->empty()) parsed.page.next.reset();
  parsed.next_is_missing = !parsed.page.next.has_value();
  return parsed;
}

Result<void> SuiteDurationsPages::take(std::string_view json) {
  Result<ParsedSuiteDurations> parsed = parse_suite_durations(json);
  if (!parsed) return parsed.error();
  left_out_.add(parsed->left_out);
  if (suites_.size() + parsed->page.suites.size() > kMostSuites)
    return not_understood("it has more than " + std::to_string(kMostSuites) + " suites");
  for (SuiteDuration& suite : parsed->page.suites) suites_.push_back(std::move(suite));
  if (parsed->next_is_missing) return not_understood("it announces another page without saying which");
  next_ = std::move(parsed->page.next);
  complete_ = !next_.has_value();
  if (complete_) return {};
  if (!asked_.insert(*next_).second) return not_understood("its pages go in a circle");
  if (++pages_ >= kMostPages)
    return not_understood("it has more than " + std::to_string(kMostPages) + " pages");
  return {};
}

}  // namespace alibi::payload
