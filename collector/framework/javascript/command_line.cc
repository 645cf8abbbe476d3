#include "collector/framework/javascript/command_line.h"

#include <unistd.h>

#include <algorithm>

namespace alibi::framework::javascript {
namespace {

std::string_view base_name(std::string_view word) {
  return word.substr(word.rfind('/') + 1);
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

// Runs a script or a tool through a shell, as one text.
bool is_package_runner(std::string_view name) {
  return name == "npm" || name == "npx" || name == "yarn" || name == "pnpm" || name == "pnpx" ||
         name == "bun" || name == "bunx";
}

// "--name=value" and, of short options, "-nvalue".
std::string option_name(const std::string& word, const OptionTable& table, bool* has_value) {
  const size_t equals = word.find('=');
  *has_value = equals != std::string::npos;
  std::string name = word.substr(0, equals);
  if (name.size() > 2 && name[1] != '-' && !table.contains(name)) {
    const auto short_one = table.find(name.substr(0, 2));
    if (short_one != table.end() && short_one->second != Takes::kNothing) {
      *has_value = true;
      return name.substr(0, 2);
    }
  }
  return name;
}

size_t values_after(const Words& words, size_t option, Takes takes) {
  size_t count = 0;
  const size_t most = takes == Takes::kNothing ? 0 : takes == Takes::kValues ? words.size() : 1;
  while (count < most && option + count + 1 < words.size()) {
    const bool sure = takes == Takes::kValue || (takes == Takes::kValues && count == 0);
    if (!sure && is_option(words[option + count + 1])) break;
    ++count;
  }
  return count;
}

}  // namespace

std::optional<size_t> tool_position(const Words& command, std::string_view tool) {
  for (size_t at = 0; at < command.size(); ++at) {
    std::string_view name = base_name(command[at]);
    for (const std::string_view end : {".js", ".mjs", ".cjs", ".cmd"}) {
      if (name.ends_with(end)) {
        name.remove_suffix(end.size());
        break;
      }
    }
    // "jest@29": a version that npx is to take. "_mocha" is Mocha without its start of another Node.
    const bool versioned = name.size() > tool.size() && name[tool.size()] == '@' && at > 0;
    if (versioned && name.starts_with(tool)) return at;
    if (name == tool || (tool == "mocha" && name == "_mocha")) return at;
  }
  return std::nullopt;
}

Words with_arguments(Words command, const Words& more) {
  const bool npm = !command.empty() && base_name(command.front()) == "npm";
  if (npm && std::ranges::find(command, "--") == command.end()) command.emplace_back("--");
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

SortedWords sorted_words(const Words& words, const OptionTable& table,
                         const std::vector<std::string_view>& dropped) {
  SortedWords sorted;
  for (size_t at = 0; at < words.size(); ++at) {
    if (!is_option(words[at])) {
      sorted.positional.push_back(words[at]);
      continue;
    }
    bool has_value = false;
    const std::string name = option_name(words[at], table, &has_value);
    const auto known = table.find(name);
    const size_t values = has_value || known == table.end() ? 0 : values_after(words, at, known->second);
    if (std::ranges::find(dropped, name) != dropped.end()) {
      sorted.dropped.push_back(name);
    } else {
      for (size_t word = at; word <= at + values; ++word) sorted.kept.push_back(words[word]);
    }
    at += values;
  }
  return sorted;
}

std::optional<std::string> value_of(const Words& words, const std::vector<std::string_view>& names) {
  std::optional<std::string> value;
  for (size_t at = 0; at < words.size(); ++at) {
    for (const std::string_view name : names) {
      if (words[at] == name && at + 1 < words.size()) value = words[at + 1];
      if (words[at].starts_with(std::string(name) + "=")) value = words[at].substr(name.size() + 1);
    }
  }
  return value;
}

size_t argument_room(const Words& command, const std::map<std::string, std::string>& environment) {
  constexpr size_t kOneArgument = size_t{100} << 10;  // the system's limit is 128 KiB
  constexpr size_t kEnough = size_t{1} << 20;
  if (!command.empty() && is_package_runner(base_name(command.front()))) return kOneArgument;
  size_t taken = 0;
  for (const auto& [name, value] : environment) taken += name.size() + value.size() + 2 + sizeof(char*);
  for (const std::string& word : command) taken += word.size() + 1 + sizeof(char*);
  const long limit = ::sysconf(_SC_ARG_MAX);
  const size_t all = limit > 0 ? static_cast<size_t>(limit) / 2 : kOneArgument;
  return all > taken + kOneArgument ? std::min(all - taken, kEnough) : kOneArgument / 2;
}

std::vector<Words> batches(const Words& files, size_t room, size_t extra_per_file) {
  std::vector<Words> made;
  size_t taken = 0;
  for (const std::string& file : files) {
    const size_t needed = file.size() + 1 + sizeof(char*) + extra_per_file;
    if (made.empty() || taken + needed > room) {
      made.emplace_back();
      taken = 0;
    }
    made.back().push_back(file);
    taken += needed;
  }
  return made;
}

std::string shown(const Words& command) {
  constexpr size_t kLongest = 400;
  std::string text;
  bool secret = false;
  for (const std::string& word : command) {
    if (!text.empty()) text += ' ';
    const std::string name = word.substr(0, word.find('='));
    const bool names_secret = name == "--publish-token" || name == "--key" || name == "-k";
    text += secret ? "***" : names_secret && name != word ? name + "=***" : word;
    secret = names_secret && name == word;
  }
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + " ...";
}

}  // namespace alibi::framework::javascript
