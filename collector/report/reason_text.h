// A reason for running a test, in one line for people. Pure.
#ifndef ALIBI_COLLECTOR_REPORT_REASON_TEXT_H_
#define ALIBI_COLLECTOR_REPORT_REASON_TEXT_H_

#include <string>

#include "collector/select/decision.h"

namespace alibi::report {

std::string reason_text(const select::Reason& reason);
const char* reason_kind_name(select::ReasonKind kind);  // "function", "input", …; stable, for programs

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_REASON_TEXT_H_
