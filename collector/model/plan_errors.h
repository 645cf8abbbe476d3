// The error codes of planning and running: the peer's words, so that whoever searches logs for them finds
// them, and numbers of ours. Stable, never reused.
#ifndef ALIBI_COLLECTOR_MODEL_PLAN_ERRORS_H_
#define ALIBI_COLLECTOR_MODEL_PLAN_ERRORS_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tracer/base/error_code.h"

namespace alibi::collector {

struct PlanErrorName {
  ErrorCode code;
  std::string_view text;
};

inline constexpr ErrorCode kBadPlanSetting{100};  // a flag or variable that means nothing
inline constexpr ErrorCode kPlanGit{101};
inline constexpr ErrorCode kPlanPlatform{102};
inline constexpr ErrorCode kPlanPlatformTags{103};
inline constexpr ErrorCode kPlanRuntimeTags{104};
inline constexpr ErrorCode kPlanFramework{105};
inline constexpr ErrorCode kPlanClient{106};
inline constexpr ErrorCode kPlanTestFiles{107};
inline constexpr ErrorCode kPlanClientStart{108};
inline constexpr ErrorCode kPlanFullDiscovery{109};
inline constexpr ErrorCode kPlanFastDiscovery{110};
inline constexpr ErrorCode kPlanFullResults{111};
inline constexpr ErrorCode kPlanFastResults{112};
inline constexpr ErrorCode kPlanManifestWrite{113};
inline constexpr ErrorCode kPlanCacheWrite{114};
inline constexpr ErrorCode kPlanTestFilesWrite{115};
inline constexpr ErrorCode kPlanPercentageWrite{116};
inline constexpr ErrorCode kPlanRunnersWrite{117};
inline constexpr ErrorCode kPlanSplitsWrite{118};
inline constexpr ErrorCode kRunGit{120};
inline constexpr ErrorCode kRunPlanning{121};
inline constexpr ErrorCode kRunPlanStatus{122};
inline constexpr ErrorCode kRunPlanLoad{123};
inline constexpr ErrorCode kRunRunnersRead{124};
inline constexpr ErrorCode kRunRunnersParse{125};
inline constexpr ErrorCode kRunPlatform{126};
inline constexpr ErrorCode kRunFramework{127};
inline constexpr ErrorCode kRunSequentialRead{128};
inline constexpr ErrorCode kRunSequential{129};
inline constexpr ErrorCode kRunSplitsRead{130};
inline constexpr ErrorCode kRunParallelRead{131};
inline constexpr ErrorCode kRunParallel{132};
inline constexpr ErrorCode kRunNodeMissing{133};
inline constexpr ErrorCode kRunNodeRead{134};
inline constexpr ErrorCode kRunNode{135};
// Ours alone.
inline constexpr ErrorCode kForeignPlan{140};  // of another commit, other settings, other files
inline constexpr ErrorCode kQueue{141};        // the shared queue refuses or means nothing
inline constexpr ErrorCode kBadTimings{142};   // a JUnit file or a kept timing cannot be read

inline constexpr std::array kPlanErrorNames = {
    PlanErrorName{kBadPlanSetting, "plan_setting_invalid"},
    PlanErrorName{kPlanGit, "plan_git_unavailable"},
    PlanErrorName{kPlanPlatform, "plan_platform_detection_failed"},
    PlanErrorName{kPlanPlatformTags, "plan_platform_tags_creation_failed"},
    PlanErrorName{kPlanRuntimeTags, "plan_runtime_tags_invalid"},
    PlanErrorName{kPlanFramework, "plan_framework_detection_failed"},
    PlanErrorName{kPlanClient, "plan_optimization_client_creation_failed"},
    PlanErrorName{kPlanTestFiles, "plan_test_files_resolution_failed"},
    PlanErrorName{kPlanClientStart, "plan_optimization_client_initialization_failed"},
    PlanErrorName{kPlanFullDiscovery, "plan_full_test_discovery_failed"},
    PlanErrorName{kPlanFastDiscovery, "plan_fast_test_discovery_failed"},
    PlanErrorName{kPlanFullResults, "plan_full_discovery_results_processing_failed"},
    PlanErrorName{kPlanFastResults, "plan_fast_discovery_results_processing_failed"},
    PlanErrorName{kPlanManifestWrite, "plan_manifest_write_failed"},
    PlanErrorName{kPlanCacheWrite, "plan_cache_write_failed"},
    PlanErrorName{kPlanTestFilesWrite, "plan_test_files_write_failed"},
    PlanErrorName{kPlanPercentageWrite, "plan_skippable_percentage_write_failed"},
    PlanErrorName{kPlanRunnersWrite, "plan_parallel_runners_write_failed"},
    PlanErrorName{kPlanSplitsWrite, "plan_test_splits_write_failed"},
    PlanErrorName{kRunGit, "run_git_unavailable"},
    PlanErrorName{kRunPlanning, "run_planning_failed"},
    PlanErrorName{kRunPlanStatus, "run_plan_status_check_failed"},
    PlanErrorName{kRunPlanLoad, "run_plan_load_failed"},
    PlanErrorName{kRunRunnersRead, "run_parallel_runners_read_failed"},
    PlanErrorName{kRunRunnersParse, "run_parallel_runners_parse_failed"},
    PlanErrorName{kRunPlatform, "run_platform_detection_failed"},
    PlanErrorName{kRunFramework, "run_framework_detection_failed"},
    PlanErrorName{kRunSequentialRead, "run_sequential_test_files_read_failed"},
    PlanErrorName{kRunSequential, "run_sequential_tests_failed"},
    PlanErrorName{kRunSplitsRead, "run_parallel_splits_read_failed"},
    PlanErrorName{kRunParallelRead, "run_parallel_test_files_read_failed"},
    PlanErrorName{kRunParallel, "run_parallel_tests_failed"},
    PlanErrorName{kRunNodeMissing, "run_ci_node_test_files_missing"},
    PlanErrorName{kRunNodeRead, "run_ci_node_test_files_read_failed"},
    PlanErrorName{kRunNode, "run_ci_node_tests_failed"},
    PlanErrorName{kForeignPlan, "run_plan_foreign"},
    PlanErrorName{kQueue, "run_queue_failed"},
    PlanErrorName{kBadTimings, "plan_timings_unreadable"},
};

// "[plan_git_unavailable]"; "[alibi-41]" for the codes of others.
inline std::string plan_bracketed(ErrorCode code) {
  for (const PlanErrorName& name : kPlanErrorNames) {
    if (name.code == code) return std::string("[").append(name.text).append("]");
  }
  return "[alibi-" + std::to_string(static_cast<int32_t>(code)) + "]";
}

}  // namespace alibi::collector

#endif  // ALIBI_COLLECTOR_MODEL_PLAN_ERRORS_H_
