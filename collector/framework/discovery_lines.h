// What a driver inside a test framework writes about the tests it found: one JSON object a line, the peer's
// five keys (name, suite, module, parameters, suiteSourceFile) and ours (selector, group, skipped, reason,
// and lines with "cleared", "file", "uncollected" or "notice" alone). Read with suspicion. Pure.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_DISCOVERY_LINES_H_
#define ALIBI_COLLECTOR_FRAMEWORK_DISCOVERY_LINES_H_

#include <string_view>

#include "collector/framework/framework.h"

namespace alibi::framework {

// An error (kPlanFullResults) names the line. Fills `files`, and `cleared` with those of which every test
// is skipped. {"file": path}: the framework collects it; {"uncollected": folder}: what is in it is not known.
Result<Discovery> parse_discovery_lines(std::string_view text);

// What a failing program said last, for an error: at most some lines.
std::string end_of_output(const process::ChildOutput& output);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_DISCOVERY_LINES_H_
