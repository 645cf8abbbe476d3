#include "collector/payload/skippable.h"

#include <algorithm>
#include <utility>

#include "collector/model/error_codes.h"
#include "collector/payload/base64.h"
#include "collector/payload/json_text.h"
#include "collector/payload/line_bitmap.h"
#include "collector/payload/source_path.h"

namespace alibi::payload {
namespace {

constexpr const char* kRequest = "a request for skippable tests";
constexpr const char* kAnswer = "the answer about skippable tests";
constexpr const char* kBundle = "test.bundle";
constexpr uint64_t kMostLines = uint64_t{1} << 25;

// A name needs nlohmann's escapes seldom.
void append_text(const std::string& text, std::string* out) {
  const bool plain =
      std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  if (plain)
    out->append("\"").append(text).append("\"");
  else
    out->append(json_text(Json(text)));
}

void append_item(const SkippableItem& item, size_t number, std::string* out) {
  out->append("{\"attributes\":{\"configurations\":{");
  if (item.module) {
    out->append("\"").append(kBundle).append("\":");
    append_text(*item.module, out);
  }
  out->append("}");
  if (item.level == TestLevel::kTest) {
    out->append(",\"name\":");
    append_text(item.name, out);
    out->append(",\"parameters\":");
    if (item.parameters)
      append_text(*item.parameters, out);
    else
      out->append("null");
  }
  out->append(",\"suite\":");
  append_text(item.suite, out);
  out->append("},\"id\":\"").append(std::to_string(number)).append("\",\"type\":\"");
  out->append(level_name(item.level)).append("\"}");
}

Json meta_json(const Skippable& skippable) {
  Json meta = {{"correlation_id", skippable.correlation_id}};
  if (skippable.coverage.empty()) return meta;
  std::string bitmap;
  Json coverage = Json::object();
  for (const CoveredFile& file : skippable.coverage) {
    write_bitmap(file.lines, &bitmap);
    coverage["/" + file.path] = base64(bitmap);
  }
  meta["coverage"] = std::move(coverage);
  return meta;
}

std::optional<SkippableItem> item_of(const Json& json) {
  const std::optional<std::string> type = text_of(member(json, "type"));
  if (type != "test" && type != "suite") return std::nullopt;
  const Json& attributes = member(json, "attributes");
  std::optional<std::string> suite = text_of(member(attributes, "suite"));
  if (!suite) return std::nullopt;
  SkippableItem item;
  item.suite = std::move(*suite);
  item.module = text_of(member(attributes, {"configurations", kBundle}));
  if (type == "suite") {
    item.level = TestLevel::kSuite;
    return item;
  }
  std::optional<std::string> name = text_of(member(attributes, "name"));
  if (!name) return std::nullopt;
  item.name = std::move(*name);
  item.parameters = text_of(member(attributes, "parameters"));
  return item;
}

void read_coverage(const Json& json, ParsedSkippable* parsed) {
  if (!json.is_object()) return;
  uint64_t lines_left = kMostLines;
  for (const auto& [name, value] : json.items()) {
    std::optional<std::string> path = path_of_filename(name);
    const std::optional<std::string> bitmap =
        value.is_string() ? from_base64(value.get_ref<const std::string&>()) : std::nullopt;
    if (!path || !bitmap) {
      parsed->left_out.add("covered file with a bad path or bitmap");
      continue;
    }
    CoveredFile file{std::move(*path), {}};
    if (const uint64_t lines = lines_in(*bitmap); lines <= lines_left) {
      lines_left -= lines;
      read_bitmap(*bitmap, &file.lines);
    }
    parsed->skippable.coverage.push_back(std::move(file));
  }
}

}  // namespace

std::string encode_skippable_request(const RunFacts& facts) {
  Json attributes = Json::object();
  attributes["test_level"] = level_name(facts.level);
  add_facts(facts, &attributes);
  add_configurations(facts, &attributes);
  return json_text(request_json(facts.request_id, "test_params", std::move(attributes)));
}

Result<RunFacts> parse_skippable_request(std::string_view json) {
  const Result<RequestBody> request = parse_request(json, kRequest);
  if (!request) return request.error();
  return facts_of(*request);
}

// Written as text: of a hundred thousand items, trees would cost five times as much.
std::string encode_skippable(const Skippable& skippable) {
  std::string text = "{\"meta\":" + json_text(meta_json(skippable)) + ",\"data\":[";
  for (size_t at = 0; at < skippable.items.size(); ++at) {
    if (at != 0) text += ',';
    append_item(skippable.items[at], at + 1, &text);
  }
  return text + "]}";
}

Result<ParsedSkippable> parse_skippable(std::string_view json) {
  const Result<Json> answer = parse_object(json, kAnswer);
  if (!answer) return answer.error();
  const Json& data = member(*answer, "data");
  if (!data.is_array()) {
    return Error{collector::kNotPayload, 0,
                 std::string(kAnswer) + " cannot be understood: it has no list data"};
  }
  ParsedSkippable parsed;
  const Json& meta = member(*answer, "meta");
  parsed.skippable.correlation_id = text_or_empty(meta, "correlation_id");
  for (const Json& one : data) {
    std::optional<SkippableItem> item = item_of(one);
    if (item)
      parsed.skippable.items.push_back(std::move(*item));
    else
      parsed.left_out.add("item without a suite or name or of unknown type");
  }
  read_coverage(member(meta, "coverage"), &parsed);
  return parsed;
}

}  // namespace alibi::payload
