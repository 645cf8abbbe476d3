// Parts of names with dots in them, or with the double colons of Ruby's classes. Pure.
#ifndef ALIBI_COLLECTOR_SELECT_DOTTED_NAME_H_
#define ALIBI_COLLECTOR_SELECT_DOTTED_NAME_H_

#include <string_view>

namespace alibi::select {

inline std::string_view first_part(std::string_view dotted) {
  return dotted.substr(0, dotted.find('.'));
}

inline std::string_view last_part(std::string_view dotted) {
  return dotted.substr(dotted.find_last_of(".:") + 1);
}

}  // namespace alibi::select

#endif  // ALIBI_COLLECTOR_SELECT_DOTTED_NAME_H_
