#include "collector/framework/programs.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace alibi::framework {
namespace {

// Linux holds 2 MiB by default, macOS 1 MiB, both with the environment in it.
constexpr size_t kSafeArguments = size_t{400} << 10;
// Importing a large project takes minutes on a busy machine; a program that hangs must not hang a CI job.
constexpr std::chrono::minutes kPatience{30};
constexpr std::chrono::seconds kGrace{5};
constexpr uint64_t kLongestOutput = uint64_t{256} << 20;

size_t space_of(const std::string& argument) {
  return argument.size() + 1 + sizeof(char*);
}

}  // namespace

std::string variable_of(const Project& project, const std::string& name) {
  const auto found = project.environment.find(name);
  return found == project.environment.end() ? "" : found->second;
}

bool is_program(const Project& project, const std::string& name, const Disk& disk) {
  if (name.find('/') != std::string::npos) return disk.is_executable(joined(project.directory, name));
  const std::string path = variable_of(project, "PATH");
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string folder = joined(project.directory, path.substr(begin, end - begin));
    if (disk.is_executable(joined(folder, name))) return true;
    begin = end + 1;
  }
  return false;
}

process::ChildOptions options_for(const Project& project, const Variables& variables, ErrorCode code) {
  process::ChildOptions options{kPatience};
  options.grace = kGrace;
  options.directory = project.directory;
  options.longest_output = kLongestOutput;
  options.code = code;
  // What the workers get and this process has otherwise.
  const auto set_as_for_workers = [&](const std::string& name) {
    const auto found = project.environment.find(name);
    const auto named = [&](const auto& variable) { return variable.first == name; };
    if (found != project.environment.end() && std::ranges::none_of(variables, named))
      options.set.push_back(name + "=" + found->second);
  };
  for (const auto& [name, value] : project.settings.worker_env) set_as_for_workers(name);
  set_as_for_workers("DD_TEST_SESSION_NAME");
  for (const auto& [name, value] : variables) {
    if (value)
      options.set.push_back(name + "=" + *value);
    else
      options.unset.push_back(name);
  }
  return options;
}

Variables listing_variables(const std::string& file) {
  return {{"DD_CIVISIBILITY_ENABLED", "1"},
          {"DD_CIVISIBILITY_AGENTLESS_ENABLED", "true"},
          {"DD_API_KEY", "dummy_key"},
          {"DD_TEST_OPTIMIZATION_DISCOVERY_ENABLED", "1"},
          {"DD_TEST_OPTIMIZATION_DISCOVERY_FILE", file}};
}

std::string ground_file(const Project& project) {
  return project.scratch + "/ground.json";
}

bool fits_command_line(const std::vector<std::string>& arguments) {
  return std::accumulate(arguments.begin(), arguments.end(), size_t{0}, [](size_t sum, const auto& argument) {
           return sum + space_of(argument);
         }) <= kSafeArguments;
}

std::vector<std::vector<std::string>> batches_of(const std::vector<std::vector<std::string>>& groups) {
  std::vector<std::vector<std::string>> batches;
  size_t space = kSafeArguments + 1;
  for (const std::vector<std::string>& group : groups) {
    size_t needed = 0;
    for (const std::string& argument : group) needed += space_of(argument);
    space += needed;
    if (space > kSafeArguments) {
      batches.emplace_back();
      space = needed;
    }
    batches.back().insert(batches.back().end(), group.begin(), group.end());
  }
  return batches;
}

std::vector<std::vector<std::string>> batches_of(const std::vector<std::string>& arguments) {
  std::vector<std::vector<std::string>> alone;
  alone.reserve(arguments.size());
  for (const std::string& argument : arguments) alone.push_back({argument});
  return batches_of(alone);
}

}  // namespace alibi::framework
