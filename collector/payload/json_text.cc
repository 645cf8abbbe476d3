#include "collector/payload/json_text.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "collector/model/error_codes.h"

namespace alibi::payload {
namespace {

constexpr int kMostDepth = 24;  // of any message: 9
constexpr size_t kLongestQuote = 200;
constexpr std::string_view kConfigurations = "configurations";
constexpr std::string_view kCustom = "custom";

const Json kNull;

Error not_payload(const char* what, const std::string& why) {
  return Error{collector::kNotPayload, 0, std::string(what) + " cannot be understood: " + why};
}

bool is_true_word(std::string_view word) {
  if (word == "1") return true;
  constexpr std::string_view kTrue = "true";
  if (word.size() != kTrue.size()) return false;
  for (size_t at = 0; at < word.size(); ++at) {
    if ((word[at] | 0x20) != kTrue[at]) return false;
  }
  return true;
}

// Looked at beforehand: nlohmann's parser would tell while it reads, at three times the time.
bool nested_too_deeply(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMostDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_object(std::string_view text, const char* what) {
  if (nested_too_deeply(text)) return not_payload(what, "it is nested deeper than any message");
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return not_payload(what, "it is no JSON");
  if (!json.is_object()) return not_payload(what, "it is no JSON object");
  return json;
}

std::string json_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json& member(const Json& object, const char* key) {
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

const Json& member(const Json& object, std::initializer_list<const char*> path) {
  const Json* at = &object;
  for (const char* key : path) at = &member(*at, key);
  return *at;
}

std::optional<std::string> text_of(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

std::string text_or_empty(const Json& object, const char* key) {
  return text_of(member(object, key)).value_or(std::string());
}

bool truth_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  return value.is_string() && is_true_word(value.get_ref<const std::string&>());
}

std::optional<uint32_t> count_of(const Json& value) {
  constexpr uint64_t kMostCount = 1'000'000'000;
  if (value.is_number_unsigned()) {
    const auto number = value.get<uint64_t>();
    return number <= kMostCount ? std::optional(static_cast<uint32_t>(number)) : std::nullopt;
  }
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    const bool whole =
        number >= 0 && number <= static_cast<double>(kMostCount) && number == std::floor(number);
    return whole ? std::optional(static_cast<uint32_t>(number)) : std::nullopt;
  }
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size() && number <= kMostCount;
  return whole ? std::optional(number) : std::nullopt;
}

Tags tags_of(const Json& object) {
  Tags tags;
  if (!object.is_object()) return tags;
  for (const auto& [key, value] : object.items()) {
    if (value.is_string()) tags.emplace_back(key, value.get<std::string>());
  }
  return tags;
}

Json tags_json(const Tags& tags) {
  Json object = Json::object();
  for (const auto& [key, value] : tags) object[key] = value;
  return object;
}

Json request_json(const std::string& id, const char* type, Json attributes) {
  Json data = Json::object();
  if (!id.empty()) data["id"] = id;
  data["type"] = type;
  data["attributes"] = std::move(attributes);
  Json request = Json::object();
  request["data"] = std::move(data);
  return request;
}

Result<RequestBody> parse_request(std::string_view text, const char* what) {
  Result<Json> json = parse_object(text, what);
  if (!json) return json.error();
  const Json& attributes = member(*json, {"data", "attributes"});
  if (!attributes.is_object()) return not_payload(what, "it has no object data.attributes");
  return RequestBody{text_or_empty(member(*json, "data"), "id"), attributes};
}

Result<Json> parse_attributes(std::string_view text, const char* what) {
  Result<Json> json = parse_object(text, what);
  if (!json) return json.error();
  if (member(*json, {"data", "attributes"}).is_object()) return std::move((*json)["data"]["attributes"]);
  const Json& errors = member(*json, "errors");
  if (errors.is_null()) return not_payload(what, "it has no object data.attributes");
  return not_payload(what, "it says " + json_text(errors).substr(0, kLongestQuote));
}

void add_facts(const RunFacts& facts, Json* attributes) {
  (*attributes)["service"] = facts.service;
  (*attributes)["env"] = facts.env ? Json(*facts.env) : Json(nullptr);
  (*attributes)["repository_url"] = facts.repository_url;
  (*attributes)["sha"] = facts.commit_sha;
}

void add_configurations(const RunFacts& facts, Json* attributes) {
  Json configurations = tags_json(facts.platform);
  configurations[std::string(kCustom)] = tags_json(facts.custom);
  (*attributes)[std::string(kConfigurations)] = std::move(configurations);
}

RunFacts facts_of(const RequestBody& request) {
  RunFacts facts;
  facts.request_id = request.id;
  facts.service = text_or_empty(request.attributes, "service");
  facts.env = text_of(member(request.attributes, "env"));
  facts.repository_url = text_or_empty(request.attributes, "repository_url");
  facts.commit_sha = text_or_empty(request.attributes, "sha");
  facts.branch = text_or_empty(request.attributes, "branch");
  if (text_or_empty(request.attributes, "test_level") == "suite") facts.level = TestLevel::kSuite;
  const Json& configurations = member(request.attributes, kConfigurations.data());
  facts.platform = tags_of(configurations);
  facts.custom = tags_of(member(configurations, kCustom.data()));
  return facts;
}

const char* level_name(TestLevel level) {
  return level == TestLevel::kTest ? "test" : "suite";
}

}  // namespace alibi::payload
