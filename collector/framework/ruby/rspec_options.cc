#include "collector/framework/ruby/rspec_options.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "collector/framework/programs.h"
#include "collector/framework/shell_words.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

Words option_texts(const Project& project, const Disk& disk) {
  const std::string home = variable_of(project, "HOME"), config = variable_of(project, "XDG_CONFIG_HOME");
  Words files = {joined(project.directory, ".rspec"), joined(project.directory, ".rspec-local")};
  if (!home.empty()) files.push_back(joined(home, ".rspec"));
  if (!config.empty()) files.push_back(joined(config, "rspec/options"));
  if (config.empty() && !home.empty()) files.push_back(joined(home, ".config/rspec/options"));
  Words texts = {variable_of(project, "SPEC_OPTS"), project.settings.command};
  for (const std::string& file : files) texts.push_back(disk.text(file).value_or(""));
  return texts;
}

Words option_words(const Project& project, const Disk& disk) {
  Words words;
  for (const std::string& text : option_texts(project, disk)) {
    for (std::string& word : split_quoted(text).words) words.push_back(std::move(word));
  }
  return words;
}

// Options may be shortened ("--patt"), one letter may stand behind others ("-cPspec/x"), ERB may say
// anything.
bool speaks_of_files(const std::string& word) {
  constexpr std::array<std::string_view, 4> kLong = {"--pa", "--exc", "--def", "--op"};
  if (word.find("<%") != std::string::npos) return true;
  if (word.starts_with("--"))
    return std::ranges::any_of(kLong, [&](std::string_view option) { return word.starts_with(option); });
  return word.starts_with('-') && word.find_first_of("PO") != std::string::npos;
}

// "config.pattern = 'x'", but neither "==" nor "=~".
bool assigns(const std::string& text, const std::string& name) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const size_t sign = text.find_first_not_of(" \t", at + name.size());
    if (sign == std::string::npos || sign + 1 >= text.size()) continue;
    if (text[sign] == '=' && text[sign + 1] != '=' && text[sign + 1] != '~') return true;
    if (text[sign + 1] == '=' && (text[sign] == '+' || text[sign] == '|')) return true;
  }
  return false;
}

bool configures_files(const std::string& text) {
  constexpr std::array kNames = {".pattern", "exclude_pattern", ".default_path",
                                 ".files_or_directories_to_run", ".files_to_run"};
  return std::ranges::any_of(kNames, [&](const char* const name) { return assigns(text, name); });
}

// What follows --require, --require=x, -r, -rx.
Words required(const Words& words) {
  Words names;
  for (size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    if ((word == "-r" || word == "--require") && at + 1 < words.size())
      names.push_back(words[at + 1]);
    else if (word.starts_with("--require="))
      names.push_back(word.substr(10));
    else if (word.starts_with("-r"))
      names.push_back(word.substr(2));
  }
  return names;
}

}  // namespace

bool options_choose_files(const Project& project, const Disk& disk) {
  return std::ranges::any_of(option_words(project, disk), speaks_of_files);
}

bool helpers_choose_files(const Project& project, const Disk& disk) {
  for (const std::string& name : required(option_words(project, disk))) {
    for (const char* const folder : {"", "spec", "lib"}) {
      const std::string path = joined(joined(project.directory, folder), name);
      const auto text = disk.text(path.ends_with(".rb") ? path : path + ".rb");
      if (text && configures_files(*text)) return true;
    }
  }
  return false;
}

}  // namespace alibi::framework
