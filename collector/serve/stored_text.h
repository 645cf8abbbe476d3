// Texts as every database can keep them: UTF-8 without NUL. What is neither is replaced by U+FFFD, since one
// odd byte must not cost a body. Pure, any thread; used where bodies are stored and questions are asked.
#ifndef ALIBI_COLLECTOR_SERVE_STORED_TEXT_H_
#define ALIBI_COLLECTOR_SERVE_STORED_TEXT_H_

#include <string>
#include <string_view>

#include "collector/serve/records.h"

namespace alibi::serve {

bool can_be_stored(std::string_view text);
bool can_be_stored(const Intake& intake);
std::string storable(std::string_view text);
Intake storable(Intake intake);

}  // namespace alibi::serve

#endif  // ALIBI_COLLECTOR_SERVE_STORED_TEXT_H_
