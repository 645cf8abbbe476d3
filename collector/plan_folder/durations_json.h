// runner/cache/test_suite_durations.json: what the peer keeps of a plan. Pure; written for its readers, read
// from folders that it wrote.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_DURATIONS_JSON_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_DURATIONS_JSON_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "collector/plan_folder/plan_folder.h"

namespace alibi::plan_folder {

std::string render_durations(const PlannedRun& planned);

struct PeerPlan {
  RunInfo run;
  std::string platform, framework, skipping_level;
  std::map<std::string, std::string> os_tags, runtime_tags;
  std::map<std::string, uint64_t> weights_ms;
  std::map<std::string, plan::DurationSource> sources;
  std::vector<plan::SuiteAggregate> suites;  // by (module, suite)
};
// The error says what is wrong; unknown keys and values of other types are passed over, as Go's reader would
// only stop at them.
Result<PeerPlan> parse_durations(std::string_view bytes);

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_DURATIONS_JSON_H_
