// Tags of a session, and the variables that they are made of: bounded, valid text.
//
// Used by all of origin. Pure, any thread. Values come from environments and repositories that nobody
// checked: what goes in is cut to the protocol's length and becomes valid UTF-8; an empty value is no value.
#ifndef ALIBI_COLLECTOR_ORIGIN_TAGS_H_
#define ALIBI_COLLECTOR_ORIGIN_TAGS_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alibi::origin {

using Environment = std::map<std::string, std::string, std::less<>>;
using Tags = std::map<std::string, std::string, std::less<>>;

inline constexpr size_t kLongestValue = 5000;  // characters: where the intake cuts

// "NAME=value" each, as a process has them; the first of a name counts.
Environment environment_of(const char* const* variables);

// Empty when it is not there.
std::string_view value_of(const Environment& environment, std::string_view name);
std::string_view tag_of(const Tags& tags, std::string_view name);

// Valid UTF-8 (what is not becomes U+FFFD) of at most `longest` characters, no byte 0.
std::string clean_text(std::string_view text, size_t longest = kLongestValue);

// Nothing when the value is empty.
void put(Tags* tags, std::string_view name, std::string_view value);
// What `upper` says counts.
void overlay(Tags* tags, const Tags& upper);
// Only what `tags` do not say yet.
void fill(Tags* tags, const Tags& lower);

// Compact JSON that is at most kLongestValue characters long: what does not fit is left out as a whole.
// Objects: in the given order, entries with an empty value left out; empty when nothing is left.
std::string json_array(const std::vector<std::string>& items);
std::string json_object(const std::vector<std::pair<std::string, std::string>>& entries);

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_TAGS_H_
