// JSON text for large answers, which are made piece by piece instead of as a document. Pure.
#ifndef ALIBI_COLLECTOR_SERVE_JSON_TEXT_H_
#define ALIBI_COLLECTOR_SERVE_JSON_TEXT_H_

#include <string>
#include <string_view>

namespace alibi::serve {

// With the quotes. Bytes from 0x80 are left as they are: all texts that are stored are valid UTF-8.
void append_json_string(std::string_view text, std::string* json);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_JSON_TEXT_H_
