#include "collector/change/ground.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "collector/change/import_finder.h"
#include "collector/change/project_state.h"
#include "collector/store/distributions.h"

namespace alibi::change {
namespace {

using collector::Distribution;
using collector::ImportedModule;
using collector::Input;
using collector::InputKind;
using collector::InputState;
using collector::SessionCoverage;

auto key_of(const Input& input) {
  return std::tie(input.kind, input.subject, input.detail, input.state, input.hash.low, input.hash.high);
}

auto key_of(const Distribution& distribution) {
  return std::tie(distribution.name, distribution.version, distribution.editable, distribution.modules);
}

template <typename T, typename Key>
void sort_by(std::vector<T>* values, const Key& key) {
  std::ranges::sort(*values, [&](const T& one, const T& other) { return key(one) < key(other); });
  const auto rest =
      std::ranges::unique(*values, [&](const T& one, const T& other) { return key(one) == key(other); });
  values->erase(rest.begin(), rest.end());
}

template <typename T>
void append(std::vector<T> from, std::vector<T>* to) {
  std::move(from.begin(), from.end(), std::back_inserter(*to));
}

std::string top_of(const std::string& module) {
  return module.substr(0, module.find('.'));
}

// "/x/site-packages/foo/bar.py" of foo.bar -> "/x/site-packages"; nothing where the path is not as the name
// is.
std::string folder_of(const ImportedModule& module) {
  std::string folder = module.path;
  const auto leave_last = [&] {
    folder.resize(folder.rfind('/') == std::string::npos ? 0 : folder.rfind('/'));
  };
  if (folder.substr(folder.rfind('/') + 1).starts_with("__init__.")) leave_last();
  for (size_t at = 0; at != std::string::npos; at = module.module.find('.', at + 1)) leave_last();
  const std::string place = folder + "/" + top_of(module.module);
  const bool is_there = module.path.starts_with(place) &&
                        (module.path.size() == place.size() || module.path[place.size()] == '/' ||
                         module.path[place.size()] == '.');
  return is_there ? folder : std::string();
}

// A ground as a session that recorded nothing else, held against the project by the code of selection.
class Holding {
 public:
  Holding(const Ground& ground, const CurrentProject& now)
      : ground_(ground),
        now_(now),
        units_("", now.interpreter, KeepUnits::kIgnore, &names_),
        state_(now, "", &units_),
        finder_(ground.interpreter.starts_with("cruby") ? ImportFinder::Search::kRuby
                                                        : ImportFinder::Search::kPython,
                &files_, now.sys_path, now.builtin_modules) {
    files_.set_roots(ground.root, now.root);
    coverage_.description.root = ground.root;
    coverage_.inputs = ground.inputs;
    for (const ImportedModule& module : ground.imported) {
      ImportedModule found = relocated(module);
      if (files_.exists(here(found.path))) coverage_.imported.push_back(std::move(found));
    }
    coverage_.distributions = ground.distributions;
  }

  std::vector<InputChange> inputs() { return state_.changed_inputs(coverage_, {}); }
  std::vector<Distribution> packages() { return state_.present_packages(coverage_); }
  std::string place_of(const std::string& module) { return finder_.find(module); }
  std::string here(const std::string& path) const { return files_.here(path); }
  const recording::Observed& content(const std::string& path) { return files_.content(here(path)); }

 private:
  // Where an import would find it: an earlier folder of the path may have another version of it.
  ImportedModule relocated(const ImportedModule& module) {
    const std::string top = top_of(module.module);
    const auto [known, is_new] = places_.try_emplace(top);
    if (is_new) known->second = folder_of({top, finder_.find(top)});
    const std::string before = folder_of(module);
    if (known->second.empty() || before.empty()) return module;
    std::string path = known->second + module.path.substr(before.size());
    // As recorded: what lies below the root is looked for where the root is now.
    if (is_inside(path, now_.root)) path = ground_.root + path.substr(now_.root.size());
    return {module.module, std::move(path)};
  }

  const Ground& ground_;
  const CurrentProject& now_;
  NameTable names_;
  UnitStore units_;
  ProjectFiles files_;
  ProjectState state_;
  ImportFinder finder_;
  SessionCoverage coverage_;
  std::map<std::string, std::string> places_;
};

// Several distributions may have one name: code without metadata, known by its content.
std::map<std::string, std::set<std::string>> versions_of(const std::vector<Distribution>& packages) {
  std::map<std::string, std::set<std::string>> versions;
  for (const Distribution& each : packages) versions[each.name].insert(each.version);
  return versions;
}

std::string joined(const std::set<std::string>& texts) {
  std::string text;
  for (const std::string& each : texts) text += (text.empty() ? "" : ", ") + each;
  return text;
}

std::string name_of(const std::string& plugin) {
  return plugin.substr(0, plugin.find(' '));
}

std::map<std::string, std::set<std::string>> versions_of_plugins(const std::vector<std::string>& plugins,
                                                                 const std::vector<std::string>& ignored) {
  std::set<std::string> may_change;
  for (const std::string& name : ignored) may_change.insert(store::normalised_name(name));
  std::map<std::string, std::set<std::string>> versions;
  for (const std::string& plugin : plugins) {
    const std::string name = name_of(plugin);
    if (may_change.contains(store::normalised_name(name))) continue;
    versions[name].insert(plugin.substr(std::min(name.size() + 1, plugin.size())));
  }
  return versions;
}

void compare_plugins(const Ground& ground, const std::vector<std::string>& plugins,
                     std::vector<std::string>* lines) {
  const auto before = versions_of_plugins(ground.plugins, ground.ignored);
  const auto now = versions_of_plugins(plugins, ground.ignored);
  for (const auto& [name, versions] : before) {
    const auto found = now.find(name);
    if (found == now.end())
      lines->push_back("the test runner's plugin " + name + " " + joined(versions) + " is not installed");
    else if (found->second != versions)
      lines->push_back("the test runner's plugin " + name + " was " + joined(versions) + " and is " +
                       joined(found->second));
  }
  for (const auto& [name, versions] : now) {
    if (!before.contains(name))
      lines->push_back("the test runner's plugin " + name + " " + joined(versions) +
                       " was not installed where the plan was made");
  }
}

void compare_packages(const Ground& ground, Holding* holding, std::vector<std::string>* lines) {
  const auto now = versions_of(holding->packages());
  for (const auto& [name, versions] : versions_of(ground.distributions)) {
    const auto found = now.find(name);
    if (found == now.end())
      lines->push_back("the package " + name + " was " + joined(versions) + " and is not found");
    else if (found->second != versions)
      lines->push_back("the package " + name + " was " + joined(versions) + " and is " +
                       joined(found->second));
  }
}

const char* noun_of(InputKind kind) {
  return kind == InputKind::kDirectory ? "the folder " : kind == InputKind::kFile ? "the file " : "the path ";
}

}  // namespace

void Ground::add(Ground other) {
  if (root.empty()) root = std::move(other.root);
  if (interpreter.empty()) interpreter = std::move(other.interpreter);
  append(std::move(other.inputs), &inputs);
  append(std::move(other.imported), &imported);
  append(std::move(other.distributions), &distributions);
  append(std::move(other.absent), &absent);
  append(std::move(other.plugins), &plugins);
  append(std::move(other.ignored), &ignored);
}

void Ground::sort() {
  sort_by(&inputs, [](const Input& input) { return key_of(input); });
  sort_by(&imported, [](const ImportedModule& module) { return std::tie(module.module, module.path); });
  sort_by(&distributions, [](const Distribution& distribution) { return key_of(distribution); });
  for (std::vector<std::string>* texts : {&absent, &plugins, &ignored})
    sort_by(texts, [](const std::string& text) { return std::tie(text); });
}

std::vector<std::string> ground_differences(const Ground& ground, const CurrentProject& now,
                                            const std::vector<std::string>& plugins) {
  std::vector<std::string> lines;
  Holding holding(ground, now);
  compare_packages(ground, &holding, &lines);
  compare_plugins(ground, plugins, &lines);
  for (const std::string& module : ground.absent) {
    if (const std::string place = holding.place_of(module); !place.empty())
      lines.push_back("the module " + module + " was not found and is there (" + place + ")");
  }
  for (const InputChange& change : holding.inputs()) {
    const Input& input = ground.inputs[change.input];
    lines.push_back(noun_of(input.kind) + holding.here(input.subject) + " is another one (" + change.why +
                    ")");
  }
  return lines;
}

Ground seen_ground(Ground ground, const CurrentProject& now, const std::vector<std::string>& plugins) {
  Ground seen = ground;
  Holding holding(ground, now);
  std::set<std::string> wanted;
  for (const Distribution& each : ground.distributions) wanted.insert(each.name);
  seen.distributions.clear();
  for (Distribution& each : holding.packages()) {
    if (wanted.contains(each.name)) seen.distributions.push_back(std::move(each));
  }
  std::erase_if(seen.absent, [&](const std::string& module) { return !holding.place_of(module).empty(); });
  seen.plugins = plugins;
  std::set<size_t> unseen;
  for (const InputChange& change : holding.inputs()) unseen.insert(change.input);
  seen.inputs.clear();
  for (size_t i = 0; i < ground.inputs.size(); ++i) {
    if (!unseen.contains(i)) seen.inputs.push_back(std::move(ground.inputs[i]));
  }
  seen.sort();
  return seen;
}

void leave_away(Ground* ground, const std::function<bool(const std::string& path)>& is_left_away) {
  std::erase_if(ground->inputs, [&](const Input& input) {
    if (input.subject != ground->root && !is_inside(input.subject, ground->root)) return false;
    return input.kind == InputKind::kDirectory || is_left_away(input.subject);
  });
}

}  // namespace alibi::change
