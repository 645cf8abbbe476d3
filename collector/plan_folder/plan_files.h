// A planned run <-> the files of its folder, as values. Pure: the disk is in plan_folder.cc. PLAN_FOLDER.md
// has every file's bytes.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_FILES_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_FILES_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "collector/plan_folder/plan_folder.h"

namespace alibi::plan_folder {

inline constexpr char kManifest[] = "manifest.txt";
inline constexpr char kPlanJson[] = "runner/plan.json";
inline constexpr char kTestFiles[] = "runner/test-files.txt";
inline constexpr char kRunners[] = "runner/parallel-runners.txt";
inline constexpr char kPercentage[] = "runner/skippable-percentage.txt";
inline constexpr char kSplits[] = "runner/tests-split";
inline constexpr char kSplitName[] = "runner-";
inline constexpr char kDurations[] = "runner/cache/test_suite_durations.json";
inline constexpr char kGithub[] = "github/config";
inline constexpr char kHttpCache[] = "cache/http";

struct PlanFile {
  std::string path;  // in the folder
  std::string bytes;
  ErrorCode code;  // when it cannot be written
};
std::vector<PlanFile> render_plan(const PlannedRun& planned);
// Of them those in runner/ that are one line or a list: what plan.json and the folder have to agree in.
std::vector<PlanFile> render_lists(const PlannedRun& planned);

// Nothing is lost and nothing runs twice: every unit is on exactly one worker, no file is whole and in parts
// or twice whole, no selector is twice, every runnable file is there; all names can stand in a list and on a
// command line. The error says which one is not so.
Result<void> check_plan(const PlannedRun& planned);

// The texts of a folder by path, as far as they are there.
using FolderTexts = std::map<std::string, std::string>;
// From plan.json; the lists beside it must say the same.
Result<PlannedRun> parse_own_folder(const FolderTexts& texts);
// From a folder without plan.json: the peer's.
Result<PlannedRun> parse_peer_folder(const FolderTexts& texts);
// As the peer reads parallel-runners.txt: blanks, a sign, the digits; what follows is nothing.
Result<uint32_t> parse_runners(const std::string& text);

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_FILES_H_
