// Attributes of an element, and XML as text of it. Used by the reader and by the merge of reports. Pure.
#ifndef ALIBI_COLLECTOR_JUNIT_XML_TEXT_H_
#define ALIBI_COLLECTOR_JUNIT_XML_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alibi::junit {

using Attributes = std::vector<std::pair<std::string, std::string>>;

// Empty: it is not there.
std::string_view value_of(const Attributes& attributes, std::string_view name);

// At most `length` bytes of UTF-8 from its start, no character in part.
std::string_view start_of(std::string_view text, size_t length);

void append_escaped(std::string_view text, std::string* xml);
// <name a="b" ...>: without the end of the tag.
void append_tag(std::string_view name, const Attributes& attributes, std::string* xml);

}  // namespace alibi::junit

#endif  // ALIBI_COLLECTOR_JUNIT_XML_TEXT_H_
