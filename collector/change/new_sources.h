// Folders that an autoloader (Zeitwerk) listed while a session was recorded: what is new there is found by
// its name alone, or loaded with all others. Pure.
#ifndef ALIBI_COLLECTOR_CHANGE_NEW_SOURCES_H_
#define ALIBI_COLLECTOR_CHANGE_NEW_SOURCES_H_

#include <string>
#include <string_view>

#include "collector/model/session_coverage.h"

namespace alibi::change {

// Is the input such a listing? Nobody rests on it as a whole.
bool is_autoload_listing(const collector::Input& input);
// ... in order to load all that is there.
bool is_eager_listing(const collector::Input& input);

// "html_parser" and "HTMLParser" in the same letters: an autoloader has rules of its own for them.
std::string same_letters(std::string_view name);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_NEW_SOURCES_H_
