#include "collector/payload/test_management.h"

#include <utility>

#include "collector/model/error_codes.h"
#include "collector/payload/json_text.h"

namespace alibi::payload {
namespace {

constexpr const char* kRequest = "a request for test management";
constexpr const char* kAnswer = "the answer about test management";
constexpr const char* kType = "ci_app_libraries_tests_request";  // the same as of known tests

struct Property {
  const char* name;
  bool ManagedTest::*value;
};
constexpr Property kProperties[] = {{"quarantined", &ManagedTest::quarantined},
                                    {"disabled", &ManagedTest::disabled},
                                    {"attempt_to_fix", &ManagedTest::attempt_to_fix},
                                    {"active", &ManagedTest::active}};

Json properties_json(const ManagedTest& test) {
  Json properties = Json::object();
  for (const Property& one : kProperties) properties[one.name] = test.*one.value;
  Json json = Json::object();
  json["properties"] = std::move(properties);
  return json;
}

// Calls `take` for each member of `object`.`key`.
template <typename Take>
void each_member(const Json& object, const char* key, LeftOut* left_out, std::string_view reason,
                 Take&& take) {
  const Json& members = member(object, key);
  if (!members.is_object()) return left_out->add(reason);
  for (const auto& [name, value] : members.items()) take(name, value);
}

ManagedTest test_of(const std::string& module, const std::string& suite, const std::string& name,
                    const Json& properties) {
  ManagedTest test{module, suite, name};
  for (const Property& one : kProperties) test.*one.value = truth_of(member(properties, one.name));
  return test;
}

}  // namespace

std::string encode_test_management_request(const TestManagementRequest& request) {
  Json attributes = Json::object();
  attributes["repository_url"] = request.repository_url;
  attributes["commit_message"] = request.commit_message;
  attributes["sha"] = request.commit_sha;
  if (!request.branch.empty()) attributes["branch"] = request.branch;
  return json_text(request_json(request.request_id, kType, std::move(attributes)));
}

Result<TestManagementRequest> parse_test_management_request(std::string_view json) {
  const Result<RequestBody> request = parse_request(json, kRequest);
  if (!request) return request.error();
  const Json& attributes = request->attributes;
  return TestManagementRequest{request->id, text_or_empty(attributes, "repository_url"),
                               text_or_empty(attributes, "sha"), text_or_empty(attributes, "commit_message"),
                               text_or_empty(attributes, "branch")};
}

std::string encode_test_management(const std::vector<ManagedTest>& tests) {
  Json modules = Json::object();
  for (const ManagedTest& test : tests)
    modules[test.module]["suites"][test.suite]["tests"][test.name] = properties_json(test);
  Json attributes = Json::object();
  attributes["modules"] = std::move(modules);
  return json_text(request_json("1", "ci_app_libraries_tests", std::move(attributes)));
}

Result<ParsedTestManagement> parse_test_management(std::string_view json) {
  const Result<Json> attributes = parse_attributes(json, kAnswer);
  if (!attributes) return attributes.error();
  if (!member(*attributes, "modules").is_object()) {
    return Error{collector::kNotPayload, 0,
                 std::string(kAnswer) + " cannot be understood: it has no object modules"};
  }
  ParsedTestManagement parsed;
  LeftOut* const left_out = &parsed.left_out;
  each_member(*attributes, "modules", left_out, "", [&](const std::string& module, const Json& suites) {
    each_member(suites, "suites", left_out, "module without suites",
                [&](const std::string& suite, const Json& tests) {
                  each_member(tests, "tests", left_out, "suite without tests",
                              [&](const std::string& name, const Json& test) {
                                const Json& properties = member(test, "properties");
                                if (!properties.is_object()) return left_out->add("test without properties");
                                parsed.tests.push_back(test_of(module, suite, name, properties));
                              });
                });
  });
  return parsed;
}

}  // namespace alibi::payload
