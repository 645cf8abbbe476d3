// What programs read: the JSON of `alibi merge`, `show`, `list` and `stats`. Pure; keys are a contract, new
// ones may be added. Bytes that are not UTF-8 (file names may hold them) are shown as U+FFFD.
#ifndef ALIBI_COLLECTOR_REPORT_JSON_REPORT_H_
#define ALIBI_COLLECTOR_REPORT_JSON_REPORT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "collector/model/session_coverage.h"
#include "collector/store/evidence_index.h"
#include "collector/store/intake.h"

namespace alibi::report {

std::string json_text(const nlohmann::json& value);

nlohmann::json drops_json(const collector::DropCounts& drops);
nlohmann::json test_json(const collector::SessionCoverage& coverage, const collector::TestCoverage& test);
// Evidence of collection and hooks, and what is known about the run.
nlohmann::json session_json(const collector::SessionCoverage& coverage);
nlohmann::json intake_json(const store::IntakeReport& report, double duration_ms);
nlohmann::json test_row_json(const store::TestRow& row, const store::SessionRow* session);
nlohmann::json session_row_json(const store::SessionRow& row);

}  // namespace alibi::report

#endif  // ALIBI_COLLECTOR_REPORT_JSON_REPORT_H_
