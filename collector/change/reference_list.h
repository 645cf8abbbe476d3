// Module references as text, one a line, for the cache beside the evidence. Pure; a damaged text is refused.
#ifndef ALIBI_COLLECTOR_CHANGE_REFERENCE_LIST_H_
#define ALIBI_COLLECTOR_CHANGE_REFERENCE_LIST_H_

#include <string>
#include <string_view>
#include <vector>

#include "collector/change/module_reference.h"

namespace alibi::change {

std::string references_text(const std::vector<ModuleReference>& references);
bool parse_references(std::string_view text, std::vector<ModuleReference>* references);

}  // namespace alibi::change

#endif  // ALIBI_COLLECTOR_CHANGE_REFERENCE_LIST_H_
