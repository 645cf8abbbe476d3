// runner/plan.json: everything of a planned run, exactly. Pure. Its form is in PLAN_FOLDER.md.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_JSON_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_JSON_H_

#include <string>
#include <string_view>

#include "collector/plan_folder/plan_folder.h"

namespace alibi::plan_folder {

inline constexpr int kPlanVersion = 1;

std::string render_plan_json(const PlannedRun& planned);
// Any bytes: the error says what is wrong with them. Numbers are within their types and positions within the
// units; whether the plan makes sense as a whole is check_plan's (plan_files.h).
Result<PlannedRun> parse_plan_json(std::string_view bytes);

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_JSON_H_
