#include "collector/cli/node_command.h"

#include <utility>

#include "collector/plan/settings.h"

namespace alibi::cli {
namespace {

std::string shell_word(const std::string& text) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:,+@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char letter : text) {
    if (letter == '\'')
      word += "'\\''";
    else
      word += letter;
  }
  return word + "'";
}

}  // namespace

std::string node_command(const SplittingOptions& options) {
  std::string command = "alibi run";
  for (const plan::SettingFlag& flag : plan::setting_flags()) {
    const auto given = options.flags.find(flag.flag);
    if (!flag.runs || given == options.flags.end()) continue;
    for (const std::string& value : given->second) {
      if (flag.takes_value)
        command += " " + flag.flag + " " + shell_word(value);
      else if (value == "true")
        command += " " + flag.flag;
    }
  }
  if (!options.data.empty()) command += " --data " + shell_word(options.data);
  return command;
}

std::vector<std::string> not_for_nodes(const SplittingOptions& options) {
  std::vector<std::string> notices;
  for (const auto& [flag, variable] : {std::pair("--queue", "ALIBI_QUEUE"),
                                       std::pair("--worker-env", "DD_TEST_OPTIMIZATION_RUNNER_WORKER_ENV")}) {
    if (options.flags.contains(flag))
      notices.push_back(std::string(flag) +
                        " is not in the generated jobs, for it may hold a password: set " + variable +
                        " there");
  }
  return notices;
}

}  // namespace alibi::cli
