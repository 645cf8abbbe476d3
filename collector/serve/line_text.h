// Numbers of lines as people write them. Pure.
#ifndef ALIBI_COLLECTOR_SERVE_LINE_TEXT_H_
#define ALIBI_COLLECTOR_SERVE_LINE_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

namespace alibi::serve {

std::string lines_text(const std::vector<uint32_t>& lines);  // "1–3, 7"; at most 2,000 bytes or so

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_LINE_TEXT_H_
