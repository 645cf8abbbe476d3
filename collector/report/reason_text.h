// A reason for running a test, in one line for people. Pure.
#ifndef ALIBI_COLLECTOR_REPORT_REASON_TEXT_H_
#define ALIBI_COLLECTOR_REPORT_REASON_TEXT_H_

#include <string>
#include <vector>

#include "collector/select/decision.h"

namespace alibi::report {

// `path` below `root` without it.
std::string relative_to(const std::string& path, const std::string& root);
// " (a, b, c and 4 more)", or nothing.
std::string short_list(const std::vector<std::string>& names);

std::string reason_text(const select::Reason& reason);
const char* reason_kind_name(select::ReasonKind kind);  // "function", "input", …; stable, for programs

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_REASON_TEXT_H_
