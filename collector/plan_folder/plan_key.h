// What a plan was made of, as digests, and what differs between a plan and the job that is to run it. Pure.
// Used by `alibi plan` (make_plan_key) and `alibi run` (key_of_now, difference_of_keys).
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_KEY_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_KEY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collector/plan/settings.h"
#include "collector/plan_folder/plan_folder.h"

namespace alibi::plan_folder {

// XXH3-64 as 16 hex digits; of several texts with their lengths, so that no two lists are alike.
std::string digest_of(const std::vector<std::string>& texts);

// files: all that were discovered, in any order. timings: file -> estimate in milliseconds.
PlanKey make_plan_key(const std::string& commit, const plan::Settings& settings,
                      std::vector<std::string> files, const std::map<std::string, uint64_t>& timings);
// Of a job that runs: the settings that were given to it, no others. files: null when it did not look.
PlanKey key_of_now(const std::string& commit, const plan::Settings& settings,
                   const std::vector<std::string>* files);

// A line for each thing that differs and makes the plan another's: commit, settings, files. What one of them
// does not know is no difference. Timings never are.
std::vector<std::string> difference_of_keys(const PlanKey& planned, const PlanKey& now);

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_PLAN_KEY_H_
