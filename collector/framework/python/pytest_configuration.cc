#include "collector/framework/python/pytest_configuration.h"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "collector/framework/python/ini_file.h"
#include "collector/framework/shell_words.h"
#include "collector/model/plan_errors.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;
using Keys = std::map<std::string, Words>;

constexpr std::array<const char*, 7> kFiles = {"pytest.toml",    ".pytest.toml", "pytest.ini", ".pytest.ini",
                                               "pyproject.toml", "tox.ini",      "setup.cfg"};

Words words_of(const std::string& text) {
  return split_quoted(text).words;
}

Error refused(const std::string& path, const std::string& why) {
  return Error{collector::kPlanFastDiscovery, 0, "pytest would refuse " + path + ": " + why};
}

Keys keys_of(const IniSection& section) {
  Keys keys;
  for (const auto& [name, value] : section) keys[name] = words_of(value);
  return keys;
}

Keys keys_of(const toml::table& table) {
  Keys keys;
  for (const auto& [name, value] : table) {
    Words& words = keys[std::string(name.str())];
    if (const auto* const list = value.as_array()) {
      for (const toml::node& entry : *list) {
        if (const auto text = entry.value<std::string>()) words.push_back(*text);
      }
    } else if (const auto text = value.value<std::string>()) {
      words = words_of(*text);
    }
  }
  return keys;
}

// Nothing: it is no configuration of pytest.
Result<std::optional<Keys>> read_ini(const std::string& path, const std::string& name,
                                     const std::string& text, const PytestMajor& major) {
  const Result<IniFile> file = parse_ini(text, path);
  if (!file) return refused(path, file.error().message);
  const bool is_setup = name.ends_with(".cfg");
  const auto section = file->find(is_setup ? "tool:pytest" : "pytest");
  if (section != file->end()) return std::optional(keys_of(section->second));
  if (is_setup && file->contains("pytest"))
    return refused(path, "its section is called [tool:pytest], not [pytest]");
  const bool ends_search = name == "pytest.ini" || (name == ".pytest.ini" && major() >= 9);
  return ends_search ? std::optional(Keys()) : std::nullopt;
}

Result<std::optional<Keys>> read_toml_table(const std::string& path, const std::string& name,
                                            const toml::table& document, const PytestMajor& major) {
  if (name != "pyproject.toml") {
    const toml::table* const own = document["pytest"].as_table();
    return std::optional(own != nullptr ? keys_of(*own) : Keys());
  }
  const toml::table* const tool = document["tool"]["pytest"].as_table();
  if (tool == nullptr) return std::optional<Keys>();
  const toml::table* const options = (*tool)["ini_options"].as_table();
  const bool has_own = tool->size() > (options != nullptr ? 1U : 0U);
  if (has_own && major() >= 9) {
    if (options != nullptr && !options->empty())
      return refused(path, "it has both [tool.pytest] and [tool.pytest.ini_options]");
    return std::optional(keys_of(*tool));
  }
  return options != nullptr ? std::optional(keys_of(*options)) : std::nullopt;
}

Result<std::optional<Keys>> read_toml(const std::string& path, const std::string& name,
                                      const std::string& text, const PytestMajor& major) {
  try {
    return read_toml_table(path, name, toml::parse(text, path), major);
  } catch (const toml::parse_error& error) {
    return refused(
        path, std::string(error.description()) + " in line " + std::to_string(error.source().begin.line));
  }
}

Result<std::optional<Keys>> read_file(const std::string& path, const PytestMajor& major, const Disk& disk) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool is_new = name == "pytest.toml" || name == ".pytest.toml";
  if (!disk.is_file(path) || (is_new && major() < 9)) return std::optional<Keys>();
  const std::optional<std::string> text = disk.text(path);
  if (!text) return refused(path, "it cannot be read, or is longer than 16 MiB");
  return name.ends_with(".toml") ? read_toml(path, name, *text, major) : read_ini(path, name, *text, major);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// Absolute, normal paths.
std::string common_ancestor(const Words& paths, const std::string& otherwise, const Disk& disk) {
  std::string common;
  for (const std::string& path : paths) {
    std::string folder = disk.is_folder(path) ? path : parent_of(path);
    if (!disk.is_folder(folder)) continue;
    if (common.empty()) common = folder;
    const auto holds = [&](const std::string& above) {
      return above == "/" || folder == above || folder.starts_with(above + "/");
    };
    while (!holds(common)) common = parent_of(common);
  }
  return common.empty() ? otherwise : common;
}

void apply(const PytestOptions& options, PytestConfiguration* configuration) {
  for (const auto& [name, value] : options.overrides) configuration->words[name] = words_of(value);
}

// The root where no file was found.
std::string root_without_file(const std::string& ancestor, const std::string& directory, const Disk& disk) {
  for (std::string base = ancestor;; base = parent_of(base)) {
    if (disk.is_file(joined(base, "setup.py"))) return base;
    if (base == "/") break;
  }
  const std::string common = common_ancestor({directory, ancestor}, directory, disk);
  return common == "/" ? ancestor : common;
}

}  // namespace

Words PytestConfiguration::of(const std::string& key, Words otherwise) const {
  const auto found = words.find(key);
  return found == words.end() ? std::move(otherwise) : found->second;
}

Result<PytestConfiguration> pytest_configuration(const std::string& directory, const Words& arguments,
                                                 const PytestOptions& options, const PytestMajor& major,
                                                 const Disk& disk) {
  PytestConfiguration found;
  const auto absolute = [&](const std::string& path) { return normal_path(joined(directory, path)); };
  const auto take = [&](const std::string& path) -> Result<bool> {
    Result<std::optional<Keys>> keys = read_file(path, major, disk);
    if (!keys) return std::move(keys).error();
    if (!keys->has_value()) return false;
    found.file = path;
    found.root = parent_of(path);
    found.words = std::move(**keys);
    return true;
  };
  const std::string ancestor = common_ancestor(arguments, normal_path(directory), disk);
  if (!options.configuration_file.empty()) {
    found.file = absolute(options.configuration_file);
    found.root = parent_of(found.file);
    if (const Result<bool> taken = take(found.file); !taken.ok()) return taken.error();
  }
  for (std::string base = ancestor; found.file.empty(); base = parent_of(base)) {
    for (const char* const name : kFiles) {
      const Result<bool> taken = take(joined(base, name));
      if (!taken.ok()) return taken.error();
      if (*taken) break;
    }
    if (base == "/") break;
  }
  if (found.file.empty()) found.root = root_without_file(ancestor, normal_path(directory), disk);
  if (!options.root.empty()) found.root = absolute(options.root);
  apply(options, &found);
  return found;
}

PytestConfiguration peer_configuration(const std::string& directory, const Disk& disk) {
  const PytestMajor old = [] { return 7; };
  for (const char* const name : {"pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"}) {
    const Result<std::optional<Keys>> keys = read_file(joined(directory, name), old, disk);
    if (!keys.ok() || !keys->has_value()) continue;
    if ((*keys)->contains("testpaths") || (*keys)->contains("python_files"))
      return {directory, joined(directory, name), **keys};
  }
  return {directory, "", {}};
}

std::string pytest_pattern(const PytestConfiguration& configuration, const std::string& directory,
                           const Disk& disk) {
  const auto either = [](const Words& choices) {
    std::string text;
    for (const std::string& choice : choices) text += (text.empty() ? "" : ",") + choice;
    return choices.size() == 1 ? text : "{" + text + "}";
  };
  const Words files = configuration.of("python_files", {});
  const std::string name = files.empty() ? "{test_*,*_test}.py" : either(files);
  Words folders, alone;
  for (std::string path : configuration.of("testpaths", {})) {
    path = normal_path(path);
    if (disk.is_file(joined(directory, path)))
      alone.push_back(path);
    else if (!path.empty())
      folders.push_back(path);
  }
  if (folders.empty() && alone.empty()) return "**/" + name;
  if (!folders.empty()) alone.push_back(either(folders) + "/**/" + name);
  return either(alone);
}

}  // namespace alibi::framework
