// Ground (ground.h) as a text, in a plan and between `alibi select` and `alibi plan`. Pure. Texts are bytes:
// each of them is written as the character of its number, so that names need not be UTF-8.
#ifndef ALIBI_COLLECTOR_CHANGE_GROUND_JSON_H_
#define ALIBI_COLLECTOR_CHANGE_GROUND_JSON_H_

#include <string>
#include <string_view>

#include "collector/change/ground.h"
#include "tracer/base/result.h"

namespace alibi::change {

// One line of JSON; equal ground that was sorted has equal texts.
std::string ground_text(const Ground& ground);
// Nothing in it is believed to be well-formed: an error for all that ground_text does not write.
Result<Ground> parse_ground(std::string_view text);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_GROUND_JSON_H_
