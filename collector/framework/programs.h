// Where programs are and how those that look at a project are started. One thread.
#ifndef ALIBI_COLLECTOR_FRAMEWORK_PROGRAMS_H_
#define ALIBI_COLLECTOR_FRAMEWORK_PROGRAMS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/framework/disk.h"
#include "collector/framework/framework.h"

namespace alibi::framework {

using Variables = std::vector<std::pair<std::string, std::optional<std::string>>>;

// A program without '/' on the project's PATH, one with it from the project's directory.
bool is_program(const Project& project, const std::string& name, const Disk& disk);
std::string variable_of(const Project& project, const std::string& name);  // "" also when it is not set

// In the project's directory, with the variables changed.
process::ChildOptions options_for(const Project& project, const Variables& variables, ErrorCode code);

// What DDTest sets for programs that list tests, so that the vendor's libraries in them send nothing and
// write to `file`.
Variables listing_variables(const std::string& file);

// Where `alibi select` writes what skipped tests rest on (Project::of_other_machines).
std::string ground_file(const Project& project);

// Arguments in groups that a command line can hold. A single one is never divided.
std::vector<std::vector<std::string>> batches_of(const std::vector<std::string>& arguments);
// A group is never divided, either.
std::vector<std::vector<std::string>> batches_of(const std::vector<std::vector<std::string>>& groups);
bool fits_command_line(const std::vector<std::string>& arguments);

}  // namespace alibi::framework

#endif  // ALIBI_COLLECTOR_FRAMEWORK_PROGRAMS_H_
