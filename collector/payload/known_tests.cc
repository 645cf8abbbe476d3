#include "collector/payload/known_tests.h"

#include <utility>

#include "collector/model/error_codes.h"
#include "collector/payload/json_text.h"

namespace alibi::payload {
namespace {

constexpr const char* kRequest = "a request for known tests";
constexpr const char* kAnswer = "the answer about known tests";
constexpr const char* kType = "ci_app_libraries_tests_request";

Error not_understood(const std::string& why) {
  return Error{collector::kNotPayload, 0, std::string(kAnswer) + " cannot be used: " + why};
}

std::vector<std::string> names_of(const Json& list, LeftOut* left_out) {
  std::vector<std::string> names;
  for (const Json& name : list) {
    if (name.is_string())
      names.push_back(name.get<std::string>());
    else
      left_out->add("test whose name is no text");
  }
  return names;
}

void read_module(const std::string& module, const Json& suites, ParsedKnownTests* parsed) {
  if (!suites.is_object()) return parsed->left_out.add("module that is no object");
  for (const auto& [suite, names] : suites.items()) {
    if (!names.is_array()) {
      parsed->left_out.add("suite that is no list");
      continue;
    }
    parsed->page.suites.push_back({module, suite, names_of(names, &parsed->left_out)});
    parsed->page.size += parsed->page.suites.back().tests.size();
  }
}

Json suites_json(const std::vector<KnownSuite>& suites) {
  Json modules = Json::object();
  for (const KnownSuite& suite : suites) {
    Json& list = modules[suite.module][suite.suite];
    if (list.is_null()) list = Json::array();
    for (const std::string& test : suite.tests) list.push_back(test);
  }
  return modules;
}

}  // namespace

std::string encode_known_tests_request(const KnownTestsRequest& request) {
  Json attributes = Json::object();
  add_facts(request.facts, &attributes);
  add_configurations(request.facts, &attributes);
  Json page = Json::object();
  if (request.page_state) page["page_state"] = *request.page_state;
  attributes["page_info"] = std::move(page);
  return json_text(request_json(request.facts.request_id, kType, std::move(attributes)));
}

Result<KnownTestsRequest> parse_known_tests_request(std::string_view json) {
  const Result<RequestBody> request = parse_request(json, kRequest);
  if (!request) return request.error();
  return KnownTestsRequest{facts_of(*request),
                           text_of(member(request->attributes, {"page_info", "page_state"}))};
}

std::string encode_known_tests(const KnownTestsPage& page) {
  Json info = Json::object();
  if (page.next) info["cursor"] = *page.next;
  info["size"] = page.size;
  info["has_next"] = page.next.has_value();
  Json attributes = Json::object();
  attributes["tests"] = suites_json(page.suites);
  attributes["page_info"] = std::move(info);
  return json_text(request_json("1", "ci_app_libraries_tests", std::move(attributes)));
}

Result<ParsedKnownTests> parse_known_tests(std::string_view json) {
  const Result<Json> attributes = parse_attributes(json, kAnswer);
  if (!attributes) return attributes.error();
  const Json& tests = member(*attributes, "tests");
  if (!tests.is_object()) return not_understood("it has no object tests");
  ParsedKnownTests parsed;
  for (const auto& [module, suites] : tests.items()) read_module(module, suites, &parsed);
  const Json& page = member(*attributes, "page_info");
  if (!truth_of(member(page, "has_next"))) return parsed;
  parsed.page.next = text_of(member(page, "cursor"));
  if (!parsed.page.next || parsed.page.next->empty())
    return not_understood("it announces another page without saying which");
  return parsed;
}

Result<void> KnownTestsPages::take(std::string_view json) {
  if (++pages_ > kMostPages)
    return not_understood("it has more than " + std::to_string(kMostPages) + " pages");
  Result<ParsedKnownTests> parsed = parse_known_tests(json);
  if (!parsed) return parsed.error();
  if (parsed->page.next && parsed->page.next == next_) return not_understood("its pages go in a circle");
  for (KnownSuite& suite : parsed->page.suites) suites_.push_back(std::move(suite));
  left_out_.add(parsed->left_out);
  next_ = std::move(parsed->page.next);
  complete_ = !next_.has_value();
  return {};
}

}  // namespace alibi::payload
