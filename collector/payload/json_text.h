// JSON of the intake's messages, read without trust: no exception, no deep nesting, every member of any type.
// Used by the messages' own translation units only; nlohmann's header stays there. Pure.
//
// Truth is what either client takes for it: true, 1, "true" and "1"; the text "false" is not (one of the
// clients takes it for true).
#ifndef ALIBI_COLLECTOR_PAYLOAD_JSON_TEXT_H_
#define ALIBI_COLLECTOR_PAYLOAD_JSON_TEXT_H_

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "collector/payload/run_facts.h"
#include "tracer/base/result.h"

namespace alibi::payload {

// Members come sorted. Not the ordered kind, which looks for a member from the first to the last: a hostile
// object with a million of them would keep it busy for hours.
using Json = nlohmann::json;

// An error: no JSON, no object, or nested deeper than any message. `what` names the message in the error.
Result<Json> parse_object(std::string_view text, const char* what);
// On one line; invalid UTF-8 is replaced.
std::string json_text(const Json& json);

// The member, or null where `object` is none or has no such.
const Json& member(const Json& object, const char* key);
const Json& member(const Json& object, std::initializer_list<const char*> path);

std::optional<std::string> text_of(const Json& value);
std::string text_or_empty(const Json& object, const char* key);
bool truth_of(const Json& value);                     // false where it says nothing
std::optional<uint32_t> count_of(const Json& value);  // also of "5" and 5.0; negative and giant ones are none
// Texts of an object; others are passed over.
Tags tags_of(const Json& object);
Json tags_json(const Tags& tags);

// {"data":{"id":…,"type":…,"attributes":…}}; without id where it is empty.
Json request_json(const std::string& id, const char* type, Json attributes);
// The attributes of a request, with its id; an error when it has none.
struct RequestBody {
  std::string id;
  Json attributes;
};
Result<RequestBody> parse_request(std::string_view text, const char* what);

// "data.attributes" of an answer; an error, which quotes "errors" if the answer has them.
Result<Json> parse_attributes(std::string_view text, const char* what);

// What several requests say alike.
void add_facts(const RunFacts& facts, Json* attributes);
void add_configurations(const RunFacts& facts, Json* attributes);
RunFacts facts_of(const RequestBody& request);

const char* level_name(TestLevel level);  // "test", "suite"

}  // namespace alibi::payload

#endif  // ALIBI_COLLECTOR_PAYLOAD_JSON_TEXT_H_
