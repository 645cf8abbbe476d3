// A folder's files, replaced as a whole: a reader sees the old ones or the new ones, and so does whoever
// comes after a crash. What the folder holds of others is carried over.
//
// Used by write_plan; one thread. Beside FOLDER there are "FOLDER.new.<numbers>" while it works and, where
// the file system cannot exchange two names at once, "FOLDER.old.<numbers>" for an instant; what a killed
// process left of them the next one puts back or clears away.
#ifndef ALIBI_COLLECTOR_PLAN_FOLDER_FOLDER_SWAP_H_
#define ALIBI_COLLECTOR_PLAN_FOLDER_FOLDER_SWAP_H_

#include <string>
#include <vector>

#include "collector/plan_folder/folder_disk.h"
#include "collector/plan_folder/plan_files.h"

namespace alibi::plan_folder {

// Errors have the code of the file that failed; then the folder is as it was.
Result<void> replace_folder(const std::string& folder, const std::vector<PlanFile>& files,
                            const FolderDisk& disk);

// Where the folder's content is now: the folder, or what a crash between two renames left of it.
std::string folder_to_read(const std::string& folder);

// Files and folders that belong to the plan and never outlive it.
bool is_of_plan(const std::string& path);

}  // namespace alibi::plan_folder

#endif  // ALIBI_COLLECTOR_PLAN_FOLDER_FOLDER_SWAP_H_
