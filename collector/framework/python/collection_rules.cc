#include "collector/framework/python/collection_rules.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "collector/framework/walk.h"

namespace alibi::framework {
namespace {

using Words = std::vector<std::string>;

constexpr std::array<std::string_view, 6> kHooks = {
    "collect_ignore",           "pytest_ignore_collect",       "pytest_collect_file",
    "pytest_collect_directory", "pytest_pycollect_makemodule", "sybil"};
// They collect files of other kinds without an option.
constexpr std::array<std::string_view, 5> kCollectingPackages = {
    "tavern", "pytest_mypy_plugins", "pytest_mypy_testing", "pytest_ansible", "pytest_robotframework"};

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

// Texts in quotes that follow, up to the end of the list; none where they are computed.
Words quoted_after(std::string_view text) {
  Words found;
  const size_t begin = text.find_first_not_of(" \t=+");
  if (begin == std::string_view::npos) return found;
  text.remove_prefix(begin);
  const char closing = text[0] == '[' ? ']' : text[0] == '(' ? ')' : '\n';
  text = text.substr(0, text.find(closing));
  for (size_t at = text.find_first_of("'\""); at != std::string_view::npos;) {
    const size_t end = text.find(text[at], at + 1);
    if (end == std::string_view::npos) break;
    found.emplace_back(text.substr(at + 1, end - at - 1));
    at = text.find_first_of("'\"", end + 1);
  }
  return found;
}

class Search {
 public:
  Search(const CollectionRules& rules, const Disk& disk) : rules_(rules), disk_(disk) {
    bases_ = {rules.directory, rules.root, joined(rules.root, "src")};
    for (const std::string& folder : rules.search_path)
      bases_.push_back(normal_path(joined(rules.root, folder)));
  }

  // "" or what was found.
  std::string in_conftest_files() {
    const Result<Glob> pattern = Glob::compile("**/conftest.py");
    if (!pattern) return {};
    std::set<std::string> files;
    for (const std::string& name : files_of({rules_.directory, *pattern, {}}, disk_))
      files.insert(joined(rules_.directory, name));
    for (std::string folder = rules_.directory; folder != rules_.root && folder != "/";) {
      folder = parent_of(folder);
      if (disk_.is_file(joined(folder, "conftest.py"))) files.insert(joined(folder, "conftest.py"));
    }
    for (const std::string& file : files) {
      if (std::string found = in_file(file); !found.empty()) return found;
    }
    return {};
  }

  std::string in_module(const std::string& module, const std::string& folder = "") {
    const std::string package = module.substr(0, module.find('.'));
    if (std::ranges::find(kCollectingPackages, package) != kCollectingPackages.end())
      return "the plugin " + package + " collects files of its own";
    const std::optional<std::string> file = file_of(module, folder);
    return file ? in_file(*file) : "";
  }

 private:
  std::string in_file(const std::string& file) {
    if (!seen_.insert(file).second) return {};
    const std::optional<std::string> text = disk_.text(file);
    const std::string name = relative_to(rules_.directory, file);
    if (!text) return name + " cannot be read";
    for (const std::string_view hook : kHooks) {
      if (text->find(hook) != std::string::npos) return name + " has " + std::string(hook);
    }
    if (std::string found = in_named_plugins(*text, name, parent_of(file)); !found.empty()) return found;
    return in_imports(*text, parent_of(file));
  }

  std::string in_named_plugins(const std::string& text, const std::string& name, const std::string& folder) {
    constexpr std::string_view kName = "pytest_plugins";
    for (size_t at = text.find(kName); at != std::string::npos; at = text.find(kName, at + 1)) {
      const Words modules = quoted_after(std::string_view(text).substr(at + kName.size()));
      if (modules.empty()) return name + " computes " + std::string(kName);
      for (const std::string& module : modules) {
        if (std::string found = in_module(module, folder); !found.empty()) return found;
      }
    }
    return {};
  }

  // "from there import *" brings hooks, too.
  std::string in_imports(const std::string& text, const std::string& folder) {
    constexpr std::string_view kFrom = "from ", kAll = " import *";
    for (size_t at = text.find(kAll); at != std::string::npos; at = text.find(kAll, at + 1)) {
      const size_t line = text.rfind('\n', at) + 1;  // the first one: 0
      const size_t begin = text.find_first_not_of(" \t", line);
      if (text.compare(begin, kFrom.size(), kFrom) != 0 || begin + kFrom.size() > at) continue;
      std::string module = text.substr(begin + kFrom.size(), at - begin - kFrom.size());
      std::string from = folder;
      size_t dots = std::min(module.find_first_not_of('.'), module.size());
      module.erase(0, dots);
      for (; dots > 1; --dots) from = parent_of(from);
      if (std::string found = in_module(module, from); !found.empty()) return found;
    }
    return {};
  }

  std::optional<std::string> file_of(const std::string& module, const std::string& folder) const {
    std::string path = module;
    std::ranges::replace(path, '.', '/');
    Words bases = bases_;
    for (std::string above = folder; above.starts_with(rules_.root + "/"); above = parent_of(above))
      bases.insert(bases.begin(), above);
    for (const std::string& base : bases) {
      for (const char* const ending : {".py", "/__init__.py"}) {
        std::string file = normal_path(joined(base, path + ending));
        if (disk_.is_file(file)) return file;
      }
    }
    return std::nullopt;
  }

  const CollectionRules& rules_;
  const Disk& disk_;
  Words bases_;
  std::set<std::string> seen_;
};

}  // namespace

std::string other_collection_rules(const CollectionRules& rules, const Disk& disk) {
  if (!rules.option.empty()) return rules.option + " collects files of other kinds";
  Search search(rules, disk);
  for (const Words* const modules : {&rules.plugins, &rules.installed}) {
    for (const std::string& module : *modules) {
      if (std::string found = search.in_module(module); !found.empty()) return found;
    }
  }
  return search.in_conftest_files();
}

}  // namespace alibi::framework
