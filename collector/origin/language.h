// The two languages whose tests are run, where the intake's clients differ between them. Used by origin and
// ship.
#ifndef ALIBI_COLLECTOR_ORIGIN_LANGUAGE_H_
#define ALIBI_COLLECTOR_ORIGIN_LANGUAGE_H_

#include <cstdint>

namespace alibi::origin {

enum class Language : uint8_t { kPython, kRuby };

}  // namespace alibi::origin

#endif  // ALIBI_COLLECTOR_ORIGIN_LANGUAGE_H_
